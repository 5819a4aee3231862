"""Reading a zip or tar archive as a stream of plain files and folders; anything else in it is refused."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 256 * 1024  # bytes a read
SLACK = 4 * 1024 * 1024  # bytes of headers and read-ahead that a tar may have beyond its content
HEADER = 8 * 1024  # further bytes of headers and padding for each member
STREAMS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


@dataclass(frozen=True)
class Member:
    """One entry of an archive: its name as stored, and for a file its content in chunks."""

    name: str
    is_folder: bool
    chunks: Iterator[bytes]


def read_members(file):
    """Yield each `Member` of the zip or tar (plain, gz, bz2, xz) open in `file`; read its chunks before the next.

    Raises:
        ValueError: a member is a link, a device or encrypted, or the archive's headers are a bomb.
        Exception: whatever the standard library raises on a damaged archive.
    """
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"PK"):
        yield from _zip_members(file)
    else:
        decompress = next((opener for magic, opener in STREAMS.items() if start.startswith(magic)), None)
        yield from _tar_members(decompress(file) if decompress else file)


def _zip_members(file):
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                what = "a symbolic link" if kind == stat.S_IFLNK else "a device or special file"
                raise ValueError(f"{info.orig_filename!r} is {what}; only files and folders are unpacked.")
            if info.flag_bits & 1:
                raise ValueError(f"{info.orig_filename!r} is encrypted, which is not supported.")
            # zipfile cuts a name at a zero byte: hand on the name as stored where the two differ in that
            name = info.orig_filename if "\0" in info.orig_filename else info.filename
            yield Member(name, info.is_dir() or kind == stat.S_IFDIR, _zip_chunks(archive, info))


def _zip_chunks(archive, info):
    with archive.open(info) as content:
        while chunk := content.read(CHUNK):
            yield chunk


def _tar_members(stream):
    """Forward only, so that no header is read, and nothing is decompressed, before the members in front of it."""
    metered = _Metered(stream)
    with tarfile.open(fileobj=metered, mode="r|", tarinfo=_StrictInfo) as archive:
        for info in archive:
            metered.allowed += HEADER
            if info.isdir():
                yield Member(info.name, True, iter(()))
            elif info.isreg():
                yield Member(info.name, False, _tar_chunks(archive, info, metered))
            else:
                what = "a link" if info.islnk() or info.issym() else "a device or special file"
                raise ValueError(f"{info.name!r} is {what}; only files and folders are unpacked.")
    while metered.read(CHUNK):  # a checksum at the end of a stream is verified only by reading to the end
        continue


def _tar_chunks(archive, info, metered):
    content = archive.extractfile(info)
    while chunk := content.read(CHUNK):
        metered.allowed += len(chunk)
        yield chunk


class _Metered:
    """A stream that may run ahead of the content handed out by no more than its headers need."""

    def __init__(self, stream):
        self.stream, self.taken, self.allowed = stream, 0, SLACK

    def read(self, size):
        data = self.stream.read(size)
        self.taken += len(data)
        if self.taken > self.allowed:
            raise ValueError("its headers hold more than its members; such an archive is a bomb.")
        return data


class _StrictInfo(tarfile.TarInfo):
    """A header that is cut short or garbled is an error; `tarfile` alone takes it for the end of the archive."""

    @classmethod
    def fromtarfile(cls, archive):
        try:
            return super().fromtarfile(archive)
        except (tarfile.EmptyHeaderError, tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as error:
            raise tarfile.ReadError(f"no valid header at byte {archive.offset}: {error}") from error
