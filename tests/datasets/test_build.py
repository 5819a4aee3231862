"""data/ is what data/build.py makes, and README.md and the catalog say the same of it."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys

import numpy as np
import pytest

from dlcourse.datasets.catalog import DATASETS, FILES
from tests.paths import ROOT


@pytest.fixture(scope="module")
def build():
    """data/build.py as a module."""
    spec = importlib.util.spec_from_file_location("data_build", ROOT / "data" / "build.py")
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.fixture
def run(build, monkeypatch, capsys):
    """Runs the script's main with some arguments: (exit code, what it printed)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["build.py", *map(str, arguments)])
        return build.main(), capsys.readouterr().out

    return call


@pytest.fixture
def copied(tmp_path):
    """A copy of data/ to damage."""
    return shutil.copytree(ROOT / "data", tmp_path / "data")


def snapshot(folder):
    """{name: bytes} of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_command_itself():
    done = subprocess.run([sys.executable, "data/build.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "13 files and README.md agree\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", [*FILES, "README.md"])
def test_check_names_a_changed_file_and_writes_nothing(run, copied, name):
    content = bytearray((copied / name).read_bytes())
    place = content.index(b"SHA-256 |") if name == "README.md" else len(content) // 2
    content[place] ^= 1
    (copied / name).write_bytes(content)
    before = snapshot(copied)
    code, said = run("--check", "--folder", copied)
    assert code == 1 and said.startswith(f"{name}: ") and said.count("\n") == 1
    assert snapshot(copied) == before


def test_check_names_a_missing_file(run, copied):
    (copied / "iris.csv").unlink()
    code, said = run("--check", "--folder", copied)
    assert code == 1 and said.startswith("iris.csv: ") and "is missing" in said


def test_writing_restores_everything_bit_for_bit(run, copied):
    before = snapshot(copied)
    for name in FILES:
        (copied / name).write_bytes(b"damaged")
    readme = (copied / "README.md").read_text("utf-8")
    (copied / "README.md").write_text(readme.replace("| 150 |", "| 151 |"), "utf-8")
    assert run("--folder", copied)[0] == 0
    assert snapshot(copied) == before


def test_a_new_hash_is_printed_for_the_catalog(run, build, copied, monkeypatch):
    monkeypatch.setattr(build, "build", lambda: {name: b"new" for name in FILES})
    code, said = run("--folder", copied)
    assert code == 1 and f'size=3, sha256="{hashlib.sha256(b"new").hexdigest()}"' in said


def test_files_catalog_and_readme_agree():
    readme = (ROOT / "data" / "README.md").read_text("utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in readme.splitlines() if line[:3] == "| `"]
    assert [row[0] for row in rows] == list(FILES)
    for name, _, n, source, licence, size, sha256 in rows:
        content, file = (ROOT / "data" / name).read_bytes(), FILES[name]
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert (int(n), int(size), sha256) == (file.n, file.size, file.sha256)
        assert source == file.source and licence == file.licence and source and licence
    assert readme.count(FILES["iris.csv"].sha256) == 1


def test_nothing_else_lies_in_data():
    tracked = {path.name for path in (ROOT / "data").iterdir() if path.name != "__pycache__"}
    assert tracked == {*FILES, "README.md", "build.py"}


def test_tables_are_lf_ascii_and_without_gaps():
    for row in DATASETS.values():
        if row.file.endswith(".csv"):
            content = (ROOT / "data" / row.file).read_bytes()
            lines = content.decode("ascii").splitlines()
            assert b"\r" not in content and content.endswith(b"\n") and len(lines) == FILES[row.file].n + 1
            assert len({line.count(",") for line in lines}) == 1 and ",," not in content.decode()
            header = lines[0].split(",")
            assert header[-1] == row.target and all(name.isidentifier() for name in header)


def test_a_picture_that_changed_its_form_stops_the_build(build, monkeypatch):
    assert build.picture("camera").shape == (512, 512) and build.picture("grass").shape == (256, 256)
    for changed in (np.zeros((100, 512), "uint8"), np.zeros((512, 512, 3), "uint8"), np.zeros((512, 512))):
        monkeypatch.setattr(build.pictures, "camera", lambda changed=changed: changed)
        with pytest.raises(SystemExit, match=r"camera: .* no longer a grey picture of 512 x 512"):
            build.picture("camera")


def test_equal_rows_stay_together_and_conflicting_ones_stop_the_build(build):
    features = ["same", "same", *"abcdefghijklmn"]
    for salt in range(50):  # many names: the pair falls on either side, and at times on the border
        train, test = build.split(f"set{salt}", features, ["x"] * 16)
        assert sorted([*train, *test]) == list(range(16))
        assert (0 in test) == (1 in test) and len(test) in (4, 5)
    with pytest.raises(SystemExit, match="different strata"):
        build.split("set", ["same", "same"], ["x", "y"])


def test_fifths_are_even_and_keep_ties_together(build):
    assert np.bincount(build.fifths(range(100))).tolist() == [20] * 5
    assert build.fifths([3, 3, 3, 1, 9]) == [1, 1, 1, 0, 4]
