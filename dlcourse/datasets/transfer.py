"""One HTTP download into a growing part file: time-outs, retries with back-off, resume.

The part file is only ever extended by bytes that follow those it holds, so an interrupted download goes on where it
stopped. Whether the bytes are the right ones is for the caller to verify.
"""

import http.client
import os
import re
import sys
import time
import urllib.error
import urllib.request

from tqdm import tqdm

from dlcourse import __version__
from dlcourse.display import in_notebook

CHUNK = 256 * 1024  # bytes a read
QUIET = 1024 * 1024  # downloads below this many bytes show no bar
PROGRESS = 1024 * 1024  # an attempt that brings this many new bytes starts the count of failures again
PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before the first retry, doubled up to the longest
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class _Dropped(Exception):
    """The network failed in a way that another attempt may mend."""


def transfer(url, part, timeout, attempts, max_bytes) -> bool:
    """Download `url` into the file `part`, resuming what it already holds.

    Gives up after `attempts` failures in a row; what has arrived stays in `part` for the next call.

    Returns:
        Whether the content came in one piece and of the announced length: if so, wrong content is the server's.

    Raises:
        ConnectionError: the server refuses (4xx), or every attempt failed.
        ValueError: the content is larger than `max_bytes`; `part` is removed.
        OSError: the disk is full or not writable.
    """
    furthest, failures = _size(part), 0
    while True:
        try:
            return _attempt(url, part, timeout, max_bytes)
        except _Dropped as error:
            if _size(part) - furthest >= PROGRESS:
                furthest, failures = _size(part), 0
            failures += 1
            if failures >= attempts:
                raise ConnectionError(
                    f"{url} could not be downloaded in {attempts} attempts; the last one: {error}. "
                    f"{_size(part)} bytes are kept; check the network and call again to go on from there."
                ) from error
            time.sleep(min(PAUSE * 2 ** (failures - 1), LONGEST_PAUSE))


def _attempt(url, part, timeout, max_bytes):
    offset = _size(part)
    with _open(url, part, offset, timeout) as response:
        start = _start(response, part, offset)
        length = _length(response)
        if start + (length or 0) > max_bytes:
            _refuse_size(url, part, max_bytes)
        held = start
        with open(part, "ab" if start else "wb") as file, _bar(part, start, length) as bar:
            for chunk in _chunks(response, length):
                held += len(chunk)
                if held > max_bytes:
                    _refuse_size(url, part, max_bytes)
                file.write(chunk)
                bar.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    if length is not None and held - start < length:
        raise _Dropped(f"the connection closed after {held - start} of {length} bytes")
    return offset == 0 and length is not None


def _open(url, part, offset, timeout):
    headers = {"User-Agent": f"dlcourse/{__version__}", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    try:
        return _opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and offset:  # the part is longer than the file: it is of something else
            part.unlink()
            raise _Dropped(f"the server has no bytes after {offset}") from error
        if error.code in TRANSIENT:
            raise _Dropped(f"the server answered {error.code} {error.reason}") from error
        raise ConnectionError(
            f"{url} cannot be downloaded: the server answered {error.code} {error.reason}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Dropped(f"{type(error).__name__}: {error}") from error


def _opener():
    """HTTP and HTTPS only: a redirect to a file or an ftp address is an error."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _start(response, part, offset):
    """Where in the file the answer begins: `offset` if the server resumes, 0 if it ignores the Range header."""
    if response.status != 206:
        return 0
    stated = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not stated or int(stated[1]) != offset:
        part.unlink(missing_ok=True)
        raise _Dropped(f"asked for the bytes from {offset}, got {response.headers.get('Content-Range')!r}")
    return offset


def _length(response):
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and not response.chunked else None


def _chunks(response, length):
    """The body piece by piece as it arrives, never more than `length` bytes."""
    left = length
    while left is None or left > 0:
        try:
            chunk = response.read1(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _Dropped(f"{type(error).__name__}: {error}") from error
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def _bar(part, start, length):
    small = length is not None and length < QUIET
    watched = in_notebook() or sys.stderr.isatty()
    total = None if length is None else start + length
    name = part.name.strip(".").rsplit(".", 2)[0]
    return tqdm(total=total, initial=start, desc=name, unit="B", unit_scale=True, disable=small or not watched)


def _refuse_size(url, part, max_bytes):
    part.unlink(missing_ok=True)
    raise ValueError(f"{url} is larger than {max_bytes} bytes. Pass a larger max_bytes if that is right.")


def _size(part):
    return part.stat().st_size if part.exists() else 0
