"""A folder that holds the last two good versions of a state: written whole, held to a hash, never in place."""

import contextlib
import hashlib
import json
import os
import warnings
from pathlib import Path

import numpy as np

from dlcourse.files import atomic_write

MAGIC = b"dlcourse state 1\n"
KEPT = 2


class Generations:
    """The last two versions of a state, a file each, newest last.

    A file is a line of magic, the SHA-256 of the rest, and the rest: the state, as `dumps` writes it. A new version is
    written beside the old ones, synced to the disk, renamed, and only then the oldest is removed: whatever moment the
    process dies at, a whole version is there.

    Args:    folder, made on the first save
    Errors:  ValueError where files are there and none of them is whole; OSError, with the last good version left in
             place, where a save fails

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     versions = Generations(folder)
    ...     versions.save({"step": 1}), versions.save({"step": 2}), versions.save({"step": 3})
    ...     (versions.load(), [path.name for path in versions.files()])
    (None, None, None)
    ({'step': 3}, ['state-00000002.bin', 'state-00000003.bin'])
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def files(self):
        """The files there are, oldest first."""
        return sorted(self.folder.glob("state-*.bin"))

    def save(self, state):
        """Write a new version, and remove all but the last two."""
        old = self.files()
        number = int(old[-1].stem.split("-")[1]) + 1 if old else 1
        payload = dumps(state)
        path = self.folder / f"state-{number:08d}.bin"
        try:
            with atomic_write(path) as file:
                file.write(MAGIC + hashlib.sha256(payload).digest())
                file.write(payload)
        except OSError as error:
            kept = f"the last good state is {old[-1].name}" if old else "there is no earlier state"
            raise type(error)(
                error.errno,
                f"the state of the run could not be saved ({error.strerror}); {kept}. "
                "Make room or give another folder, and run the same command again",
                str(path),
            ) from error
        for path in old[: -(KEPT - 1)]:
            path.unlink(missing_ok=True)

    def load(self):
        """The newest whole version, or None where there never was one. A damaged file is named in a warning."""
        faults = []
        for path in reversed(self.files()):
            try:
                state = loads(_checked(path.read_bytes()))
            except ValueError as error:
                faults.append(f"{path.name} {error}")
                continue
            if faults:
                warnings.warn(f"{self.folder}: {'; '.join(faults)}. Going on from {path.name}.", stacklevel=2)
            return state
        if faults:
            raise ValueError(
                f"{self.folder} holds no whole state: {'; '.join(faults)}. Nothing was changed. "
                "Put a good copy back, or remove the folder to start from the beginning."
            )
        return None

    def sweep(self):
        """Remove what a killed save left: temporary files that never got their name."""
        for path in self.folder.glob(".state-*.tmp"):
            with contextlib.suppress(OSError):
                path.unlink()


def dumps(state):
    """Bytes of a nested state: dicts, lists, tuples, numbers, strings, None, NumPy arrays and scalars.

    Errors:  TypeError where something else is in it

    >>> loads(dumps({"w": np.eye(2, dtype="float16")[0], "at": (1, None, float("inf"))}))
    {'w': array([1., 0.], dtype=float16), 'at': (1, None, inf)}
    """
    arrays = []
    tree = json.dumps(_pack(state, arrays)).encode()
    table = json.dumps([[array.dtype.name, array.shape] for array in arrays]).encode()
    sizes = np.array([len(tree), len(table)], "<u8").tobytes()
    return b"".join([sizes, tree, table, *(np.ascontiguousarray(array).tobytes() for array in arrays)])


def loads(data):
    """The state that `dumps` wrote, with every type and bit as it was."""
    tree, table = (int(size) for size in np.frombuffer(data, "<u8", 2))
    arrays, at = [], 16 + tree + table
    for name, shape in json.loads(data[16 + tree : at]):
        count = int(np.prod(shape, dtype="int64"))
        arrays.append(np.frombuffer(data, np.dtype(name), count, at).reshape(shape).copy())
        at += arrays[-1].nbytes
    return _unpack(json.loads(data[16 : 16 + tree]), arrays)


def is_plain(value):
    """Whether `dumps` can write a value.

    >>> is_plain({"best": 0.5, "weights": [np.ones(2)]}), is_plain(len)
    (True, False)
    """
    try:
        _pack(value, [])
    except TypeError:
        return False
    return True


def _checked(data):
    """The payload of a file, held to its hash."""
    start = len(MAGIC) + 32
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("is cut off or no state of a run")
    if hashlib.sha256(data[start:]).digest() != data[len(MAGIC) : start]:
        raise ValueError(f"is damaged: {len(data)} bytes that do not match their hash")
    return data[start:]


def _pack(value, arrays):
    """JSON for a value: containers and all that is no plain JSON become one-key objects."""
    if value is None or isinstance(value, bool | str) or type(value) in (int, float):
        return value
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.hasobject:
            raise TypeError("an array of Python objects")
        arrays.append(np.asarray(value))
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(value, dict):
        return {"dict": [[_pack(key, arrays), _pack(item, arrays)] for key, item in value.items()]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_pack(item, arrays) for item in value]}
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    raise TypeError(f"{type(value).__name__} is no number, string, list, dict or array")


def _unpack(value, arrays):
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "dict":
        return {_unpack(key, arrays): _unpack(item, arrays) for key, item in inner}
    if kind in ("list", "tuple"):
        items = [_unpack(item, arrays) for item in inner]
        return items if kind == "list" else tuple(items)
    if kind == "path":
        return Path(inner)
    return arrays[inner] if kind == "array" else arrays[inner][()]
