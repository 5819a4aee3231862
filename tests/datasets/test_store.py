"""The shipped files are read only when their hash is right, from a checkout and from a wheel."""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest

import dlcourse
from dlcourse.datasets import store, table, verify
from dlcourse.datasets.catalog import FILES
from tests.paths import ROOT


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """`data/` copied to where it may be damaged, and read from there."""
    folder = shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setattr(store, "folder", lambda: folder)
    return folder


def test_all_is_well_as_shipped():
    assert store.folder() == ROOT / "data"
    assert verify() == []


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_refused_with_path_both_hashes_and_the_remedy(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:
        store.read(name)
    found = hashlib.sha256(content).hexdigest()
    for part in (str(copied / name), FILES[name].sha256, found, "git checkout", "install the package again"):
        assert part in str(caught.value)
    assert len(verify()) == 1 and found in verify()[0]


def test_a_missing_file_is_refused_with_its_path_and_hash(copied):
    (copied / "iris.csv").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        table("iris")
    for part in (str(copied / "iris.csv"), FILES["iris.csv"].sha256, "git checkout"):
        assert part in str(caught.value)
    assert len(verify()) == 1


def test_a_file_is_read_once_a_process_and_verify_looks_again(copied):
    before = table("wine")
    (copied / "wine.csv").write_bytes(b"changed later")
    assert table("wine").equals(before), "what was verified is what is used"
    assert len(verify()) == 1


def test_a_refused_file_is_read_again_once_restored(copied):
    good = (copied / "wine.csv").read_bytes()
    (copied / "wine.csv").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="not the file that was shipped"):
        table("wine")
    (copied / "wine.csv").write_bytes(good)
    assert len(table("wine")) == 178


def test_an_installed_wheel_reads_the_data_inside_the_package(tmp_path):
    package = shutil.copytree(ROOT / "dlcourse", tmp_path / "dlcourse")
    shutil.copytree(ROOT / "data", package / "_data")
    code = "from dlcourse.datasets import store, verify; print(store.folder(), verify())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == f"{package.resolve() / '_data'} []", run.stderr


def test_importing_reads_nothing_and_loads_no_backend():
    code = (
        "import sys, dlcourse.datasets as d; from dlcourse.datasets.store import _verified; "
        "print(_verified.cache_info().currsize, [m for m in ('keras', 'tensorflow', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout.strip() == "0 []", run.stderr


def test_datasets_is_reached_from_the_package():
    assert dlcourse.datasets.table is table
