"""Making archives for the tests, and looking at what came of them."""

import io
import tarfile
import zipfile

import pytest

from dlcourse.datasets import unpack


def tar_of(path, members, mode="w"):
    """A tar of {name: bytes} or of (TarInfo, bytes) pairs."""
    pairs = members.items() if isinstance(members, dict) else members
    with tarfile.open(path, mode) as file:
        for info, content in pairs:
            if isinstance(info, str):
                info = tarfile.TarInfo(info)
                info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def zip_of(path, members, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, bytes) pairs or a dict."""
    pairs = members.items() if isinstance(members, dict) else members
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in pairs:
            file.writestr(name, content)
    return path


def special(name, kind, target=""):
    """A tar entry of another kind than file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def refuse(archive, folder, match, **options):
    """`unpack` raises ValueError with `match`, and the disk is as it was."""
    before = tree(folder.parent)
    with pytest.raises(ValueError, match=match) as caught:
        unpack(archive, folder, **options)
    assert str(archive) in str(caught.value), "the message names the archive"
    assert tree(folder.parent) == before, "nothing may be left"


def tree(folder):
    """Every path below `folder`."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
