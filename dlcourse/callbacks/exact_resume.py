"""A run that may be killed at any moment and ends as if it never had been."""

import inspect
import random
import warnings
import zlib
from pathlib import Path

import filelock
import keras

from dlcourse.callbacks.fingerprint import differences, fingerprint
from dlcourse.callbacks.generations import Generations
from dlcourse.callbacks.replay import Replay
from dlcourse.callbacks.run_state import (
    read_callback,
    read_variables,
    remembers,
    write_callback,
    write_variables,
)
from dlcourse.ops.random_state import random_state, set_random_state

NOT_EXACT = {
    keras.callbacks.CSVLogger: "it starts its file anew, or writes rows twice; use dlcourse.callbacks.RunLog",
    keras.callbacks.BackupAndRestore: "it resumes too, and not exactly; leave it out",
}


class ExactResume(keras.callbacks.Callback):
    """Saves the whole run, so that after `kill -9` the same command goes on and ends with the same bits.

    keras.utils.set_random_seed(1)
    model = ...
    model.fit(x, y, epochs=20, callbacks=[ExactResume("runs/digits", every=50), EarlyStopping(patience=3)])

    Saved are the weights, the optimizer with its slots and step, the metrics, every seed generator (those of layers
    too, which `model.save` forgets), Python's, NumPy's, Keras's and PyTorch's generators, the place in the epoch, the
    history, and what the other callbacks remember: through their get_state / set_state where they have them, else
    every attribute of plain values and arrays that is no constructor argument. On the next start the data of the
    finished epochs are drawn and thrown away without a training step, so that shuffles, generators and tf.data
    pipelines stand where they stood. A run that is finished trains no more; remove the folder to start again.

    The same bits come out on a CPU where the run itself is reproducible: seeded by `keras.utils.set_random_seed`
    before the model is built, the same versions and number of threads. State that only a train_step of your own holds
    outside Keras variables is not saved.

    Args:    path, a folder, made if need be; it holds the last two states, each written to a temporary file, synced,
             hashed, renamed. every: save after this many training steps (at the end of the run as well), or "epoch"
    Errors:  ValueError where `every` is no positive integer or "epoch", steps_per_execution > 1, the model is not
             built or not compiled, a callback beside it cannot be resumed (CSVLogger, BackupAndRestore), the folder
             holds another run (the difference is named) or no state that is whole, or a second process uses the
             folder. OSError where a save fails; the last good state stays. A damaged file gives a warning, and the
             state before it is used.
    Leaves:  the optimizer as training left it

    >>> import numpy as np, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     x, saved = np.ones((8, 2), "float32"), ExactResume(folder, every=2)
    ...     history = model.fit(x, x[:, 0], batch_size=2, epochs=3, verbose=0, callbacks=[saved])
    ...     again = model.fit(x, x[:, 0], batch_size=2, epochs=3, verbose=0, callbacks=[saved])  # finished: no step
    >>> again.history == history.history, int(model.optimizer.iterations)
    (True, 12)
    """

    def __init__(self, path, every="epoch"):
        super().__init__()
        if every != "epoch" and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise ValueError(f"every is a positive number of steps or 'epoch', received {every!r}.")
        self.path = Path(path)
        self.every = every
        self._generations = Generations(self.path)

    def on_train_begin(self, logs=None):
        siblings = _callback_list(inspect.currentframe().f_back)
        if siblings.callbacks[-1] is not self:
            siblings.callbacks.append(self)  # to be called last, now and from now on: when all the others are ready
            return
        self._all = siblings.callbacks = [*(c for c in siblings.callbacks if c is not self), self]
        self._siblings = siblings
        self._replay, self._saved = None, None
        self._epoch, self._step, self._seen, self._seen_at_save, self._logs = 0, 0, 0, 0, {}
        _check(self.model, self._all)
        self._fingerprint = fingerprint(self.model, self._others(), self.params)
        self._start = zlib.crc32(repr(random.getstate()).encode())
        self._lock()
        try:
            self._resume(self._generations.load())
        except BaseException:
            self._unlock()
            raise

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._step = epoch, 0
        if self._replay and epoch >= self._saved["epoch"]:
            if self._saved["step"] == 0:
                self._arrive()
            for callback in self._others():
                if callback not in self._sources():
                    callback.on_epoch_begin(epoch, logs)
            if self._replay:
                set_random_state(self._saved["epoch_random"])  # which the order of this epoch was drawn with
        self._epoch_random = random_state()

    def on_train_batch_end(self, batch, logs=None):
        self._step += 1
        self._logs = logs
        if not self._replay:
            self._seen += 1
            if self.every != "epoch" and self._seen - self._seen_at_save >= self.every:
                self._save(self._epoch, self._step)
        elif (self._epoch, self._step) == (self._saved["epoch"], self._saved["step"]):
            self._arrive()

    def on_epoch_end(self, epoch, logs=None):
        if self._replay and epoch >= self._saved["epoch"]:
            self._replay.stop()
            self._unlock()
            raise ValueError(
                f"{self.path} was saved after step {self._saved['step']} of epoch {self._saved['epoch'] + 1}; now "
                f"epoch {epoch + 1} ended after {self._step} steps. Give fit the data of the first run."
            )
        if not self._replay and (self.every == "epoch" or self.model.stop_training or epoch + 1 >= self._epochs()):
            self._save(epoch + 1, 0)

    def on_train_end(self, logs=None):
        self.model._initial_epoch = None
        self._unlock()

    def _epochs(self):
        return self.params["epochs"]

    def _others(self):
        """The callbacks beside this one that have something to remember; History is among them."""
        return [callback for callback in self._all if callback is not self and remembers(callback)]

    def _sources(self):
        """Callbacks that are the data too, such as BatchSizeSchedule: these have to hear of every epoch."""
        return [callback for callback in self._all if isinstance(callback, keras.utils.PyDataset)]

    def _resume(self, saved):
        """Begin, or begin to go on: everything but the data is set to its place once the data are there."""
        self._saved = saved
        if saved is None:
            return
        if different := differences(saved["fingerprint"], self._fingerprint):
            raise ValueError(
                f"{self.path} holds another run: {different}. Nothing was changed. Run the command that began it, or "
                "give this one a folder of its own."
            )
        if saved["stopped"] or saved["epoch"] >= self._epochs():
            self._arrive()
            self.model._initial_epoch = self._epochs()  # as Keras's BackupAndRestore does: nothing is left to train
            return
        if keras.backend.backend() == "tensorflow" and saved["start"] != self._start:
            warnings.warn(
                f"{self.path}: the random generators do not stand where they stood when the run began, so the order of "
                "arrays that fit shuffles on TensorFlow may be another. Call keras.utils.set_random_seed(seed) before "
                "the model is built, in the first run and in this one.",
                stacklevel=2,
            )
        self._replay = Replay(self.model, len(saved["variables"]["metrics"]), saved["logs"])
        self._siblings.callbacks = [*self._sources(), self]

    def _arrive(self):
        """The data are where they were: now the rest."""
        saved, model = self._saved, self.model
        if self._replay:
            self._replay.stop()
            self._replay = None
        self._siblings.callbacks = self._all
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        variables = saved["variables"]
        if saved["step"] == 0:  # an epoch begins: metrics are 0, and on TensorFlow perhaps not even made
            variables = {name: arrays for name, arrays in variables.items() if name != "metrics"}
        write_variables(model, variables)
        for callback, state in zip(self._others(), saved["callbacks"], strict=True):
            write_callback(callback, state)
        set_random_state(saved["random"])
        self._seen = self._seen_at_save = saved["seen"]

    def _save(self, epoch, step):
        """Save the run as one that has `step` steps of epoch `epoch` behind it."""
        self._generations.save(
            {
                "fingerprint": self._fingerprint,
                "start": self._start,
                "epoch": epoch,
                "step": step,
                "seen": self._seen,
                "logs": self._logs,
                "stopped": bool(self.model.stop_training),
                "variables": read_variables(self.model),
                "callbacks": [read_callback(callback) for callback in self._others()],
                "random": random_state(),
                "epoch_random": self._epoch_random,
            }
        )
        self._seen_at_save = self._seen

    def _lock(self):
        """Keep other processes out of the folder; a lock goes with its process, however that ends."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            filelock.FileLock(self.path / "lock", is_singleton=True).acquire(timeout=0)
        except filelock.Timeout:
            raise ValueError(
                f"another process is training into {self.path}. Wait for it, or give this run a folder of its own."
            ) from None
        except OSError as error:
            raise ValueError(
                f"{self.path} cannot be written to ({error.strerror}). Give ExactResume a folder that can."
            ) from error
        self._generations.sweep()

    def _unlock(self):
        filelock.FileLock(self.path / "lock", is_singleton=True).release(force=True)


def _callback_list(frame):
    """The list that fit keeps its callbacks in. Keras hands it to none of them, so it is looked up in the caller."""
    caller = frame.f_locals.get("self")
    if not isinstance(caller, keras.callbacks.CallbackList):
        raise ValueError("ExactResume has to stand in the list of callbacks that fit is given, not inside another one.")
    return caller


def _check(model, callbacks):
    """Refuse what cannot be resumed exactly."""
    if not model.built:
        raise ValueError("the model is not built: give it a keras.Input, or call it once on a batch, before fit.")
    if model.steps_per_execution > 1:
        raise ValueError(
            f"steps_per_execution is {model.steps_per_execution}; a run is resumed exactly only where every step is "
            "seen. Compile with steps_per_execution=1."
        )
    for callback in callbacks:
        for kind, reason in NOT_EXACT.items():
            if isinstance(callback, kind):
                raise ValueError(f"{kind.__name__} cannot be resumed exactly: {reason}.")
