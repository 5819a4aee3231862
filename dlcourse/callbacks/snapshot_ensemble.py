"""Many models for the price of one: the weights at the end of each cosine, kept, and their predictions averaged."""

import bisect
import itertools
import threading
from pathlib import Path

import keras
import numpy as np
from keras import ops

from dlcourse.callbacks.checks import count, own_optimizer, refuse_other_thread, refuse_skipped_steps
from dlcourse.callbacks.snapshot_store import SnapshotStore
from dlcourse.schedules.arguments import whole


class SnapshotEnsemble(keras.callbacks.Callback):
    """Keeps the model's weights at each warm restart and averages what they predict.

    schedule = CosineWarmRestarts(0.2, first_steps=500)
    ensemble = SnapshotEnsemble(schedule, keep=5)
    model.fit(x, y, epochs=20, callbacks=[ensemble])
    probabilities = ensemble.predict(x_test)

    A snapshot holds the weights after `step` updates, at the lowest rate, just before the schedule jumps back up.
    The mean is taken over what the model puts out, which ought to be probabilities: a mean of logits is another
    ensemble (a geometric one), not this. Each fit begins a new collection. The model itself trains on as it would.

    Args:    at, a schedule with restarts(n), such as CosineWarmRestarts, or a list of steps; keep, how many to keep:
             the last, or with `monitor`, a name in the logs, the best, where mode is "min" or "max"; folder, where to
             keep them on disk, each written whole or not at all; in memory without
    Errors:  ValueError for arguments out of range; for steps_per_execution > 1 and gradient accumulation; where the
             logs have no `monitor`, or it is known at the ends of epochs only, as val_loss is, and a cycle ends within
             one; where there is nothing to predict with. OSError where a file cannot be written; the others stay
    Leaves:  the optimizer, and the model, as training left them
    Source:  Huang et al. 2017, section 3

    >>> SnapshotEnsemble([100, 200], keep=2).steps
    []
    """

    def __init__(self, at, keep=5, monitor=None, mode="min", folder=None):
        super().__init__()
        if not hasattr(at, "restarts"):
            if not isinstance(at, (list, tuple)) or not at:
                raise ValueError(
                    f"SnapshotEnsemble needs a schedule with restarts(n) or a list of steps, got at={at!r}. "
                    "Pass CosineWarmRestarts(...), or [100, 200]."
                )
            at = sorted({whole("SnapshotEnsemble", "at", step) for step in at})
        if mode not in ("min", "max"):
            raise ValueError(f"SnapshotEnsemble keeps by mode 'min' or 'max', got mode={mode!r}. Choose one.")
        if monitor is not None and not isinstance(monitor, str):
            raise ValueError(
                f"SnapshotEnsemble monitors a name in the logs, got {monitor!r}. Pass 'val_loss', or None."
            )
        self.at = at
        self.keep = count("SnapshotEnsemble", "keep", keep)
        self.monitor, self.mode = monitor, mode
        self.folder = None if folder is None else Path(folder)
        self._store = SnapshotStore(self.folder)
        self._values, self._evicted, self._due = {}, [], []

    @property
    def steps(self):
        """After how many updates the kept snapshots were taken, in order."""
        return sorted(self._values)

    @property
    def values(self):
        """{step: value of `monitor`}; None for each without one."""
        return {step: self._values[step] for step in self.steps}

    def weights(self, step):
        """The weights of the snapshot after `step` updates, as `model.get_weights()` lists them."""
        if step not in self._values:
            raise ValueError(f"there is no snapshot after step {step}; kept are {self.steps}. Name one of these.")
        return self._store.read(step)

    def predictions(self, x, batch_size=32):
        """What each snapshot predicts for x, in the order of `steps`: a list of what `model.predict` returns.

        Raises:
            ValueError: nothing was kept.
        """
        if not self.steps:
            raise ValueError(
                f"no snapshot was kept: the first is due after step {self._next(0)}. Train longer, or restart sooner."
            )
        model, found = self.model, []
        own = model.get_weights()
        try:
            for step in self.steps:
                model.set_weights(self.weights(step))
                found.append(model.predict(x, batch_size=batch_size, verbose=0))
        finally:
            model.set_weights(own)
        return found

    def predict(self, x, batch_size=32):
        """The mean of the snapshots' predictions for x: what `model.predict` returns, averaged over `steps`.

        Raises:
            ValueError: nothing was kept.
        """
        return keras.tree.map_structure(
            lambda *each: np.mean(each, axis=0, dtype="float64").astype(each[0].dtype),
            *self.predictions(x, batch_size),
        )

    def on_train_begin(self, logs=None):
        refuse_skipped_steps(self, self.model)
        self._thread = threading.get_ident()
        self._store.memory.clear()
        self._values, self._evicted = {}, []

    def on_train_batch_end(self, batch, logs=None):
        refuse_other_thread(self, self._thread)
        step = self._updates()
        if step == self._next(step - 1) and step not in self._values:
            self._store.write(step, self.model.get_weights())
            self._values[step] = None
            if self.monitor is None or self.monitor in logs:
                self._judge(step, None if self.monitor is None else float(logs[self.monitor]))

    def on_epoch_end(self, epoch, logs=None):
        waiting = [step for step in self.steps if self.monitor is not None and self._values[step] is None]
        for step in waiting:
            if self.monitor not in (logs or {}):
                raise ValueError(f"SnapshotEnsemble monitors {self.monitor!r}; the logs have {sorted(logs or {})}.")
            if step != self._updates():
                raise ValueError(
                    f"{self.monitor!r} is known at the ends of epochs only, and a cycle ended within one, after step "
                    f"{step}. Make the cycles whole epochs, or monitor a value of the training, such as 'loss'."
                )
            self._judge(step, float(logs[self.monitor]))

    def on_train_end(self, logs=None):
        self._store.remove(self._evicted)  # not sooner: a run that is resumed may still need them
        self._evicted = []

    def get_state(self):
        """What was kept; of snapshots on disk, which."""
        return {
            "values": [[step, value] for step, value in self.values.items()],
            "weights": [self._store.read(step) for step in self.steps] if self.folder is None else None,
            "evicted": list(self._evicted),
            "step": self._updates(),
        }

    def set_state(self, state):
        """Go on from where `get_state` was called; files written since are removed."""
        self._values = dict(state["values"])
        self._evicted = list(state["evicted"])
        self._store.remove(step for step in self._store.steps() if step > state["step"])
        if state["weights"] is not None:
            self._store.memory = dict(zip(self._values, state["weights"], strict=True))

    def _judge(self, step, value):
        """Enter the value of a snapshot, and drop the one too many."""
        self._values[step] = value
        if len(self._values) > self.keep:
            worst = min(self._values) if self.monitor is None else max(self._values, key=self._badness)
            del self._values[worst]
            if self.folder is None:
                self._store.remove([worst])
            else:
                self._evicted.append(worst)

    def _badness(self, step):
        """Larger for a worse snapshot: no number is the worst value; of two equal ones the older is worse."""
        value = self._values[step]
        known = value is not None and value == value
        return (known is False, (value if self.mode == "min" else -value) if known else 0.0, -step)

    def _updates(self):
        return int(ops.convert_to_numpy(own_optimizer(self.model).iterations))

    def _next(self, step):
        """The first step after `step` at which a snapshot is due, or None."""
        if not hasattr(self.at, "restarts"):
            self._due = self.at
        else:
            for n in itertools.count(1):
                if self._due and self._due[-1] > step:
                    break
                self._due = self.at.restarts(2**n)
        place = bisect.bisect_right(self._due, step)
        return self._due[place] if place < len(self._due) else None
