"""`unpack` against names, links and devices that mean harm: each is refused and leaves nothing."""

import os
import stat
import tarfile
import zipfile

import pytest

from dlcourse.datasets import unpack
from tests.datasets.archives import refuse, special, tar_of, tree, zip_of

FILES = {"set/a.txt": b"first", "set/deep/b.bin": bytes(range(256)) * 4000, "readme": b""}


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:xz", "w:bz2"])
def test_every_format_comes_out_whole(tmp_path, folder, mode):
    path = tmp_path / "no-suffix"
    zip_of(path, FILES) if mode == "zip" else tar_of(path, FILES, mode)
    assert unpack(path, folder) == folder
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == FILES
    assert sorted(p.name for p in folder.parent.iterdir()) == ["data", "data-evil"]
    os.mkdir(folder.parent / "plain")
    assert folder.stat().st_mode == (folder.parent / "plain").stat().st_mode


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_folders_and_dots_in_names_are_fine(tmp_path, folder):
    files = [("e/..x", b"1"), ("./e//f..", b"2")]
    dirs = [special("./", tarfile.DIRTYPE), special("./e", tarfile.DIRTYPE), special("e", tarfile.DIRTYPE)]
    unpack(tar_of(tmp_path / "tar", [*dirs, *files]), folder)
    zipped = unpack(zip_of(tmp_path / "zip", [("./", b""), ("e/", b""), ("./e/", b""), *files]), folder.parent / "zip")
    assert tree(folder) == tree(zipped) == ["e", "e/..x", "e/f.."]


def test_permissions_are_not_taken_over(tmp_path, folder):
    info = tarfile.TarInfo("run")
    info.size, info.mode = 2, 0o4777
    unpack(tar_of(tmp_path / "a", [(info, b"hi")]), folder)
    assert stat.S_IMODE((folder / "run").stat().st_mode) & 0o7111 == 0


@pytest.mark.parametrize(
    "name",
    [
        "/etc/evil",
        "//evil",
        "../evil",
        "a/../../evil",
        "..",
        "../data-evil/x",
        "a/..",
        "..\\evil",
        "a\\b",
        "C:evil",
        "c:/evil",
        "a/C:/evil",
        "\\\\host\\evil",
        "x" * 300,
    ],
)
def test_names_that_lead_elsewhere(archive_of, folder, name):
    refuse(archive_of([("fine", b"1"), (name, b"2")]), folder, "absolute|leads out|longer than")


def test_an_absolute_name_of_the_folder_itself(archive_of, folder):
    refuse(archive_of([(str(folder) + "-evil/x", b"2")]), folder, "absolute")


def test_a_zero_byte_in_a_zip_name(tmp_path, folder):
    path = zip_of(tmp_path / "a", [("evilXtxt", b"1")])
    path.write_bytes(path.read_bytes().replace(b"evilX", b"evil\0"))
    refuse(path, folder, r"evil\\x00txt")


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "./a"), ("a/b", "A/B"), ("caf\u00e9", "cafe\u0301"), ("a", "a/b"), ("a/b", "a")]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(archive_of, folder, names):
    refuse(archive_of([(names[0], b"1"), (names[1], b"2")]), folder, "twice")


@pytest.mark.parametrize(
    "entry",
    [
        special("evil", tarfile.SYMTYPE, "/etc"),
        special("evil", tarfile.SYMTYPE, "fine"),
        special("evil", tarfile.LNKTYPE, "fine"),
        special("evil", tarfile.LNKTYPE, "/etc/hostname"),
        special("evil", tarfile.CHRTYPE),
        special("evil", tarfile.BLKTYPE),
        special("evil", tarfile.FIFOTYPE),
    ],
)
def test_links_and_devices_in_a_tar(tmp_path, folder, entry):
    refuse(tar_of(tmp_path / "a", [("fine", b"1"), entry]), folder, "'evil' is a (link|device)")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip(tmp_path, folder, kind):
    info = zipfile.ZipInfo("evil")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    refuse(zip_of(tmp_path / "a", [("fine", b"1"), (info, b"/etc")]), folder, "'evil' is a (symbolic|device)")


def test_an_encrypted_zip(tmp_path, folder):
    path = zip_of(tmp_path / "a", [("evil", b"1")])
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    refuse(path, folder, "'evil' is encrypted")
