"""Weights by step, in memory or on disk."""

import re

import numpy as np

from dlcourse.files import atomic_write

_NAME = re.compile(r"snapshot-(\d+)\.npz")


class SnapshotStore:
    """The weights of a model at several steps: in memory, or in `folder` as snapshot-<step>.npz."""

    def __init__(self, folder):
        self.folder = folder
        self.memory = {}

    def write(self, step, weights):
        """Keep the arrays under `step`; on disk whole, or not at all."""
        if self.folder is None:
            self.memory[step] = [np.array(array) for array in weights]
            return
        arrays = [array if array.dtype.kind in "biufc" else array.astype("float32") for array in weights]
        try:
            with atomic_write(self._path(step)) as file:
                np.savez(file, *arrays)
        except OSError as error:
            reason = f"{error.strerror}: the snapshot after step {step} could not be written; the others are whole"
            raise OSError(error.errno, reason, str(self._path(step))) from error

    def read(self, step):
        """The arrays kept under `step`."""
        if self.folder is None:
            return self.memory[step]
        with np.load(self._path(step)) as file:
            return [file[f"arr_{place}"] for place in range(len(file.files))]

    def remove(self, steps):
        """Forget these steps, with their files."""
        for step in steps:
            self.memory.pop(step, None)
            if self.folder is not None:
                self._path(step).unlink(missing_ok=True)

    def steps(self):
        """The steps that have weights here."""
        if self.folder is None:
            return sorted(self.memory)
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(int(match[1]) for path in found if (match := _NAME.fullmatch(path.name)))

    def _path(self, step):
        return self.folder / f"snapshot-{step}.npz"
