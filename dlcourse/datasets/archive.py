"""Unpack an archive from elsewhere without trusting a word it says."""

import errno
import gzip
import lzma
import os
import re
import shutil
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from dlcourse.datasets.members import read_members

DAMAGE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)
GIB = 2**30


def unpack(archive, folder, max_files=200_000, max_bytes=16 * GIB) -> Path:
    """Unpack a zip or tar (plain, gz, bz2, xz) into the new folder `folder`, whole or not at all.

    Only plain files and folders with relative names come out; permissions, owners and times are not taken over.
    The content is written into a temporary folder beside `folder`, which is renamed at the end.

    Args:
        archive: path of the archive, known by its content, not by its name.
        folder: must not exist yet.
        max_files: at most this many files and folders, those only implied by a path included.
        max_bytes: at most this many bytes in all, counted as they are written; the sizes in the headers are not used.

    Returns:
        `folder` as a Path.

    Raises:
        ValueError: `folder` exists; the archive is damaged, encrypted or of another kind; it holds an absolute name,
            a `..`, a drive letter or backslash, a link, a device, two members of one name (upper and lower case count
            as the same), or more than the caps allow. The message names the member, and nothing is left behind.
        FileNotFoundError: there is no such archive.
    """
    folder = Path(os.path.abspath(folder))
    _refuse_existing(folder)
    with open(archive, "rb") as file:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}.", suffix=".unpacking"))
        try:
            content = scratch / "content"
            content.mkdir()
            _write(archive, file, content, _Ledger(max_files, max_bytes))
            _refuse_existing(folder)  # another process may have been faster
            os.replace(content, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _refuse_existing(folder):
    if os.path.lexists(folder):
        raise ValueError(f"unpack makes its folder anew, but {folder} exists. Remove it, or name another one.")


def _write(archive, file, root, ledger):
    """Write all members of the open archive under `root`; every failure but that of the disk is a ValueError."""
    try:
        for member in read_members(file):
            path = ledger.admit(member.name, member.is_folder)
            if member.is_folder:
                (root / path).mkdir(parents=True, exist_ok=True)
                continue
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with open(root / path, "xb") as target:
                for chunk in member.chunks:
                    ledger.spend(member.name, len(chunk))
                    target.write(chunk)
    except ValueError as error:
        raise ValueError(f"{archive} was refused: {error}") from error
    except (*DAMAGE, NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # EINVAL: a place before the start
            raise
        raise ValueError(f"{archive} is damaged or not a zip or tar archive: {error}") from error


class _Ledger:
    """The names and bytes that have been let through."""

    def __init__(self, max_files, max_bytes):
        self.max_files, self.max_bytes = max_files, max_bytes
        self.bytes, self.files, self.folders = 0, set(), {PurePosixPath()}

    def admit(self, name, is_folder):
        """The member's path below the root, or a ValueError."""
        path = _safe_path(name)
        key = PurePosixPath(unicodedata.normalize("NFC", str(path)).casefold())
        if key in self.files or (not is_folder and key in self.folders) or not self.files.isdisjoint(key.parents):
            raise ValueError(f"{name!r} is there twice, or both as a file and as a folder.")
        self.folders.update(key.parents)
        (self.folders if is_folder else self.files).add(key)
        if len(self.files) + len(self.folders) - 1 > self.max_files:
            raise ValueError(f"{name!r} is one file or folder too many: max_files={self.max_files}.")
        return path

    def spend(self, name, count):
        """Count bytes before they are written."""
        self.bytes += count
        if self.bytes > self.max_bytes:
            raise ValueError(f"{name!r} brings the content over max_bytes={self.max_bytes}.")


def _safe_path(name):
    if not name or "\0" in name:
        raise ValueError(f"{name!r} is not a name.")
    if name.startswith("/") or "\\" in name or re.search(r"(^|/)[A-Za-z]:", name):
        raise ValueError(f"{name!r} is an absolute name, or has a drive letter or a backslash.")
    path = PurePosixPath(name)
    if ".." in path.parts:
        raise ValueError(f"{name!r} leads out of the folder.")
    if any(len(os.fsencode(part)) > 255 for part in path.parts):
        raise ValueError(f"{name[:60]!r}... is longer than 255 bytes.")
    return path
