"""Fetch a file once, and trust it only by its hash."""

import hashlib
import os
import re
import urllib.parse
from pathlib import Path

from filelock import FileLock

from dlcourse.datasets.transfer import transfer
from dlcourse.settings import home

GIB = 2**30


def fetch(url, sha256, name=None, timeout=30.0, attempts=5, max_bytes=16 * GIB) -> Path:
    """Path of the file at `url`, downloaded once into `DLCOURSE_HOME/data` and verified at every call.

    The content grows in a hidden part file beside the target and takes the target's name only when its SHA-256 is
    right. A broken download goes on where it stopped, in this call or in the next one, even after a kill. Of several
    processes that fetch the same file at once, one downloads and the others wait for it.

    Args:
        url: an http or https address.
        sha256: the expected hash, 64 hexadecimal digits.
        name: name of the file; the last part of the address unless given.
        timeout: seconds to connect, and seconds without a byte, before an attempt counts as failed.
        attempts: failures in a row before giving up, with a pause that doubles between them.
        max_bytes: a larger file is refused.

    Raises:
        ValueError: a bad argument, a file over `max_bytes`, or content with another hash. Nothing of it is kept, and
            a good file already there stays.
        ConnectionError: the server refuses, or all attempts failed.

    >>> fetch("ftp://example.org/a.zip", sha256="0" * 64)
    Traceback (most recent call last):
    ValueError: fetch needs an http or https address, got 'ftp://example.org/a.zip'.
    """
    digest = _checked_digest(sha256)
    target = home() / "data" / _checked_name(_checked_url(url), name)
    if attempts < 1 or timeout <= 0:
        raise ValueError(f"fetch needs attempts >= 1 and timeout > 0, got attempts={attempts}, timeout={timeout}.")
    if _holds(target, digest):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f".{target.name}.lock")):
        if not _holds(target, digest):  # another process may have been faster
            part = target.with_name(f".{target.name}.{digest[:16]}.part")
            _complete(url, part, digest, (timeout, attempts, max_bytes))
            os.replace(part, target)
    return target


def _complete(url, part, digest, options):
    """Bring `part` to the content whose hash is `digest`, or remove it and raise."""
    if _holds(part, digest):  # killed between the last byte and the renaming
        return
    clean = transfer(url, part, *options)
    if not _holds(part, digest) and not clean:  # pieces of two versions, or cut short: once more, from the first byte
        part.unlink()
        transfer(url, part, *options)
    if not _holds(part, digest):
        found = _hash(part)
        part.unlink()
        raise ValueError(
            f"{url} is not the expected file: SHA-256 {found}, expected {digest}. The download was deleted. "
            "Either the file has changed at its source or something on the way altered it."
        )


def _holds(path, digest):
    return path.is_file() and _hash(path) == digest


def _hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_digest(sha256):
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise ValueError(f"fetch needs the SHA-256 of the file as 64 hexadecimal digits, got {sha256!r}.")
    return sha256.lower()


def _checked_url(url):
    parts = urllib.parse.urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"fetch needs an http or https address, got {url!r}.")
    if re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError(f"fetch needs an address without spaces and control characters, got {url!r}. Quote them.")
    return parts


def _checked_name(parts, name):
    name = urllib.parse.unquote(parts.path.rpartition("/")[2]) if name is None else name
    plain = isinstance(name, str) and re.fullmatch(r"(?!\.)[^/\\:\x00-\x1f\x7f]+", name)
    if not plain or len(os.fsencode(name)) > 200:
        raise ValueError(
            f"fetch keeps its file under a plain name (no folders, no leading dot, at most 200 bytes), got {name!r}. "
            "Pass name='...'."
        )
    return name
