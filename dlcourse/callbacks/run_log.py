"""What a run did, row by row, in a file that survives it."""

import threading
from pathlib import Path

import keras
import numpy as np
from keras import ops

from dlcourse.callbacks.checks import count, own_optimizer, refuse_other_thread
from dlcourse.callbacks.run_log_file import SUFFIXES, RunLogFile


class RunLog(keras.callbacks.Callback):
    """A row for each epoch: epoch (from 0), step, learning_rate, and all that the logs hold.

    model.fit(x, y, epochs=20, validation_data=..., callbacks=[RunLog("runs/first.csv")])
    RunLog.read("runs/first.csv")

    `step` counts the updates so far, `learning_rate` is the rate that the optimizer holds when the row is written.
    Floats are written with all their digits. A column that turns up later, such as val_loss, is empty in the rows
    before.

    A row is handed to the system at once, and the row of an epoch is synced to the disk. A kill in the middle of a
    write may leave a part of a last line: it is dropped, with a warning, when the file is read, and cut off when a run
    goes on with the file.

    Args:    path, *.csv or *.jsonl (one JSON object a line); every, a row after each so many batches as well, with
             their place in the epoch in the column `batch`, which is empty in the rows of epochs; append, add to what
             the file holds, where otherwise a run begins it anew with its first row
    Errors:  ValueError for another suffix and for every < 1; OSError where the file cannot be written: rows already
             in it stay
    Leaves:  the optimizer as it is

    >>> RunLog("runs/first.jsonl", every=50).path.name
    'first.jsonl'
    """

    def __init__(self, path, every=None, append=False):
        super().__init__()
        self.path = Path(path)
        if self.path.suffix not in SUFFIXES:
            raise ValueError(f"RunLog writes {' and '.join(SUFFIXES)} files, got {str(path)!r}. Name such a file.")
        self.every = None if every is None else count("RunLog", "every", every)
        self.append = bool(append)

    @staticmethod
    def read(path):
        """The rows of a log as a pandas DataFrame, with NaN where a row has no value.

        A last line that was cut off is left out, with a warning.

        Raises:
            ValueError: another suffix, or a line within the file that is no row.
            FileNotFoundError: there is no such file.
        """
        from pandas import DataFrame

        columns, rows = RunLogFile(path).read()
        return DataFrame(rows, columns=columns)

    def frame(self):
        """What this log holds so far, as `read` gives it."""
        return self.read(self.path)

    def plot(self, *columns, ax=None):
        """Draw columns over the step (loss and val_loss where none is named); returns the axes.

        Raises:
            ValueError: there is no such column.
        """
        from dlcourse.plots import curves

        frame = self.frame()
        columns = columns or ("loss", *(["val_loss"] if "val_loss" in frame else []))
        if missing := [name for name in columns if name not in frame]:
            raise ValueError(f"{self.path} has no column {missing}; it has {list(frame.columns)}. Name some of these.")
        for name in columns:
            rows = frame[frame[name].notna()]
            ax = curves({name: rows[name]}, rows["step"], "step", " and ".join(columns), ax=ax)
        ax.legend()
        return ax

    def on_train_begin(self, logs=None):
        self._file = RunLogFile(self.path)
        self._file.probe()
        self._begun = self.append
        self._epoch, self._thread = 0, threading.get_ident()
        if self.append:
            self._file.cut()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.every is not None:
            refuse_other_thread(self, self._thread)
            if (batch + 1) % self.every == 0:
                self._write({"epoch": self._epoch, "batch": batch}, logs, sync=False)

    def on_epoch_end(self, epoch, logs=None):
        place = {"epoch": epoch} if self.every is None else {"epoch": epoch, "batch": None}
        self._write(place, logs, sync=True)

    def get_state(self):
        """How many rows there are, and their columns."""
        return {"rows": self._file.rows if self._begun else None, "columns": list(self._file.columns)}

    def set_state(self, state):
        """Go on from where `get_state` was called: rows written since are cut off.

        Raises:
            ValueError: the file has fewer rows than it had.
        """
        self._begun = state["rows"] is not None
        if self._begun:
            self._file.cut(state["rows"], state["columns"])

    def _write(self, place, logs, sync):
        if not self._begun:
            self._file.cut(0, [])
            self._begun = True
        row = {**(logs or {}), **place, **self._optimizer()}
        row = {name: row[name] for name in dict.fromkeys([*place, "step", "learning_rate", *row]) if name in row}
        self._file.add({name: _plain(value) for name, value in row.items()}, sync)

    def _optimizer(self):
        model = self.model
        if model.optimizer is None:
            return {}
        step = int(ops.convert_to_numpy(model.optimizer.iterations))
        return {"step": step, "learning_rate": float(ops.convert_to_numpy(own_optimizer(model).learning_rate))}


def _plain(value):
    """A number, string, None or list of what the logs hold."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else np.asarray(value).tolist()
