"""`unpack` against bombs, damage and a disk that is not as expected: whole or not at all."""

import os
import struct
import tarfile

import pytest

from dlcourse.datasets import archive as module
from dlcourse.datasets import members as members_module
from dlcourse.datasets import unpack
from tests.datasets.archives import refuse, tar_of, tree, zip_of


def test_too_many_files(archive_of, folder):
    path = archive_of([(f"f{i}", b"") for i in range(11)])
    refuse(path, folder, "'f10' is one file or folder too many", max_files=10)
    assert len(tree(unpack(path, folder, max_files=11))) == 11


def test_folders_that_a_path_implies_count(archive_of, folder):
    refuse(archive_of([("/".join("abcdefghij"), b"")]), folder, "too many", max_files=9)


def test_too_many_bytes_in_all(archive_of, folder):
    path = archive_of([("a", b"0" * 600_000), ("b", b"0" * 600_000)])
    refuse(path, folder, "'b' brings the content over max_bytes=1000000", max_bytes=1_000_000)
    unpack(path, folder, max_bytes=1_200_000)


def test_a_bomb_is_stopped_at_the_cap(tmp_path, folder, monkeypatch):
    written = []
    spend = module._Ledger.spend
    monkeypatch.setattr(module._Ledger, "spend", lambda self, *a: (spend(self, *a), written.append(a[1])))
    path = tar_of(tmp_path / "a", {"bomb": bytes(50_000_000)}, "w:gz")
    assert path.stat().st_size < 100_000
    refuse(path, folder, "'bomb' brings", max_bytes=1_000_000)
    assert sum(written) <= 1_000_000


def test_a_zip_that_understates_its_size(tmp_path, folder):
    path = zip_of(tmp_path / "a", [("bomb", bytes(5_000_000))])
    raw = path.read_bytes().replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10))
    path.write_bytes(raw)
    refuse(path, folder, "damaged|over max_bytes", max_bytes=1000)


def test_a_tar_that_overstates_its_size(tmp_path, folder):
    info = tarfile.TarInfo("bomb")
    info.size = 2**40
    path = tmp_path / "a"
    path.write_bytes(info.tobuf() + b"short")
    refuse(path, folder, "damaged")


def test_a_bomb_in_the_headers(tmp_path, folder):
    info = tarfile.TarInfo("fine")
    info.pax_headers = {"comment": "x" * 20_000_000}
    refuse(tar_of(tmp_path / "a", [(info, b"")], "w:gz"), folder, "headers", max_bytes=1_000_000)


def test_a_sparse_file_counts_what_is_written(tmp_path, folder):
    info = tarfile.TarInfo("sparse")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(10**12),
        "GNU.sparse.map": f"{10**12},0",
    }
    refuse(tar_of(tmp_path / "a", [(info, b"")]), folder, "'sparse' brings", max_bytes=1_000_000)


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:xz", "w:bz2"])
def test_a_damaged_archive(tmp_path, folder, mode):
    path = tmp_path / "a"
    content = {"a": os.urandom(30_000), "b": os.urandom(30_000)}
    zip_of(path, content) if mode == "zip" else tar_of(path, content, mode)
    whole = path.read_bytes()
    for cut in (0, 3, 100, 20_000, 40_000, len(whole) - 15_000 if mode == "w" else len(whole) - 30):
        path.write_bytes(whole[:cut])
        refuse(path, folder, "damaged")
    if mode != "w":  # a plain tar has no checksum over its content
        path.write_bytes(whole[:20_000] + bytes([whole[20_000] ^ 255]) + whole[20_001:])
        refuse(path, folder, "damaged")


def test_a_garbled_tar_header_is_not_the_end(tmp_path, folder):
    path = tar_of(tmp_path / "a", {"a": b"1", "b": b"2"})
    raw = bytearray(path.read_bytes())
    raw[1024 + 150] ^= 1  # in the checksum of the second header
    path.write_bytes(raw)
    refuse(path, folder, "damaged")


def test_a_zip_that_points_before_its_start(tmp_path, folder):
    path = zip_of(tmp_path / "a", [("a", b"1")])
    raw = bytearray(path.read_bytes())
    place = raw.index(b"PK\x05\x06") + 16
    raw[place : place + 4] = struct.pack("<L", 60_000)
    path.write_bytes(raw)
    refuse(path, folder, "damaged")


def test_something_else(tmp_path, folder):
    path = tmp_path / "a"
    path.write_bytes(b"<html>not found</html>" * 100)
    refuse(path, folder, "damaged or not a zip or tar archive")
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "none", folder)
    assert tree(folder.parent) == ["data-evil"]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_an_existing_folder_is_left_alone(archive_of, folder, kind):
    path = archive_of([("data", b"new")])
    if kind == "folder":
        folder.mkdir()
        (folder / "mine").write_text("old")
    elif kind == "file":
        folder.write_text("old")
    else:
        folder.symlink_to(folder.parent / "data-evil")
    before = tree(folder.parent)
    with pytest.raises(ValueError, match="exists"):
        unpack(path, folder)
    with pytest.raises(ValueError, match="exists"):
        unpack("not even read", folder)
    assert tree(folder.parent) == before


def test_a_folder_that_appears_meanwhile_is_left_alone(archive_of, folder, monkeypatch):
    monkeypatch.setattr(module._Ledger, "spend", lambda self, name, count: folder.mkdir(exist_ok=True))
    with pytest.raises(ValueError, match="exists"):
        unpack(archive_of([("a", b"1")]), folder)
    assert tree(folder.parent) == ["data", "data-evil"]


def test_a_large_honest_archive_is_no_bomb(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(members_module, "SLACK", 2 * members_module.CHUNK)
    members = {"large": bytes(6_000_000), **{f"{i:03d}/" + "n" * 150: b"" for i in range(700)}}
    unpack(tar_of(tmp_path / "a", members, "w:gz"), folder, max_bytes=6_000_000)
    assert len(tree(folder)) == 1401 and (folder / "large").stat().st_size == 6_000_000


def test_a_full_disk_leaves_nothing(archive_of, folder, monkeypatch):
    def full(self, name, count):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module._Ledger, "spend", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(archive_of([("a", b"1")]), folder)
    assert tree(folder.parent) == ["data-evil"]
