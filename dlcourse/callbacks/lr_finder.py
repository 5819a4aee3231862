"""Which learning rates a model can bear: try them all on a few batches, then undo it."""

import threading

import keras
import numpy as np

from dlcourse.callbacks.checks import own_optimizer, refuse_other_thread, refuse_skipped_steps
from dlcourse.callbacks.range_test import RangeTest
from dlcourse.callbacks.run_state import read_variables, write_variables
from dlcourse.ops.random_state import random_state, set_random_state
from dlcourse.schedules.arguments import positive, real, whole


class LRFinder(keras.callbacks.Callback):
    """A learning-rate range test: one batch at each of `steps` rates from `start` to `end`, then back to the beginning.

    result = LRFinder(start=1e-5, end=10.0).run(model, x, y, batch_size=32)
    result.plot(); result.suggest().peak

    `run` calls `fit` on as many epochs as it takes. Afterwards, also after an error or Ctrl-C, the model is as it was,
    bit for bit: weights, batch-norm statistics, optimizer slots and step, learning rate, metrics and the seed
    generators of its layers; so are Python's, NumPy's, Keras's and PyTorch's own generators. Only the generator by
    which TensorFlow shuffles the arrays given to `fit` has moved on.

    It may also stand in the list of callbacks of a `fit` of yours. Then the model is put back when that fit ends, and
    after an error or Ctrl-C by `restore()`, since Keras calls no callback then. The losses that such a fit shows are
    those of single batches, not running means: the loss metric starts anew at each batch.

    The test ends early where the smoothed loss exceeds its lowest by (diverge - 1) times that lowest (in size, and at
    least a tenth of the first loss), or where a loss is no number.

    Args:    start, end, the rates with 0 < start < end; steps, how many rates; mode, "exponential" (equal ratios) or
             "linear" (equal differences); smoothing in [0, 1), the share of the past in the average that is watched;
             diverge > 1
    Errors:  ValueError for arguments out of range; where the model is not built or not compiled, its learning rate is
             a schedule, steps_per_execution > 1, gradients are accumulated, or the loss is not among the logs
    Leaves:  the optimizer, and the whole model, as they were
    Source:  Smith 2017, section 3.3

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.25), "mse")
    >>> x = np.linspace(-1, 1, 32, dtype="float32")[:, None]
    >>> result = LRFinder(start=1e-3, end=1.0, steps=20).run(model, x, 3 * x, batch_size=8)
    >>> result.stopped, len(result.losses), float(model.optimizer.learning_rate)
    ('end', 20, 0.25)
    """

    def __init__(self, start=1e-6, end=10.0, steps=100, mode="exponential", smoothing=0.9, diverge=4.0):
        super().__init__()
        self.end = positive("LRFinder", "end", end)
        self.start = real("LRFinder", "start", start, f"above 0 and below end={end}", lambda rate: 0 < rate < self.end)
        self.steps = whole("LRFinder", "steps", steps)
        if self.steps < 2:
            raise ValueError(f"LRFinder tries at least 2 rates, got steps={steps}. Pass about 100.")
        if mode not in ("exponential", "linear"):
            raise ValueError(f"LRFinder has the modes exponential and linear, got mode={mode!r}. Choose one.")
        self.mode = mode
        self.smoothing = real("LRFinder", "smoothing", smoothing, "from 0 to below 1", lambda share: 0 <= share < 1)
        self.diverge = real("LRFinder", "diverge", diverge, "above 1", lambda factor: factor > 1)
        self.result = None
        self._before = None

    @property
    def rates(self):
        """The rates to be tried, (steps,) float64."""
        spaced = np.geomspace if self.mode == "exponential" else np.linspace
        return spaced(self.start, self.end, self.steps)

    def run(self, model, x, y=None, **arguments):
        """Test the model on the data, leave it as it was, and return the `RangeTest`.

        Args:
            model: built, and compiled with a learning rate that is a number.
            x, y, arguments: as for `fit` (batch_size, sample_weight, steps_per_epoch, ...), without epochs.

        Raises:
            ValueError: as the class says.
        """
        if taken := {"epochs", "initial_epoch"} & set(arguments):
            raise ValueError(f"LRFinder.run repeats the data until all rates are tried, got {taken}. Leave it out.")
        _check(self, model)
        arguments = {"verbose": 0, **arguments, "callbacks": [*(arguments.get("callbacks") or []), self]}
        history, generators = vars(model).get("history"), random_state()
        try:
            model.fit(x, y, epochs=self.steps, **arguments)
        finally:
            self.restore(model)
            set_random_state(generators)
            model.history = history
        return self.result

    def restore(self, model=None):
        """Put the model back to where it was before the test; does nothing where that is done already."""
        if self._before is None:
            return
        model, before = model or self.model, self._before
        variables = dict(before["variables"])
        if len(model.metrics_variables) != len(variables["metrics"]):  # TensorFlow makes some in the first batch
            del variables["metrics"]
            model.reset_metrics()
        write_variables(model, variables)
        set_random_state(before["random"])
        self._before = None

    def on_train_begin(self, logs=None):
        model = self.model
        _check(self, model)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self.result = None
        self._losses, self._smoothed, self._stopped = [], [], "data"
        self._thread = threading.get_ident()
        self._before = {"variables": read_variables(model), "random": random_state()}

    def on_train_batch_begin(self, batch, logs=None):
        model = self.model
        own_optimizer(model).learning_rate = float(self.rates[len(self._losses)])
        for metric in model.metrics:
            if metric.name == "loss":
                metric.reset_state()  # what it says after the batch is then the loss of this batch alone

    def on_train_batch_end(self, batch, logs=None):
        refuse_other_thread(self, self._thread)
        if "loss" not in (logs or {}):
            raise ValueError(
                f"LRFinder reads the loss from the logs, which hold {sorted(logs or {})}. Log it as 'loss'."
            )
        self._losses.append(float(logs["loss"]))
        self._smoothed.append(_average(self._losses, self._smoothed, self.smoothing))
        if not np.isfinite(self._losses[-1]):
            self._stopped = "nan"
        elif self._diverges():
            self._stopped = "diverged"
        elif len(self._losses) == self.steps:
            self._stopped = "end"
        if self._stopped != "data":
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        losses, smoothed = np.array(self._losses), np.array(self._smoothed)
        self.result = RangeTest(self.rates[: len(losses)], losses, smoothed, self._stopped, self.steps)
        self.restore()

    def get_state(self):
        """Where the test stands."""
        return {
            "losses": list(self._losses),
            "smoothed": list(self._smoothed),
            "stopped": self._stopped,
            "before": self._before,
        }

    def set_state(self, state):
        """Go on from where `get_state` was called."""
        self._losses, self._smoothed = list(state["losses"]), list(state["smoothed"])
        self._stopped, self._before = state["stopped"], state["before"]

    def _diverges(self):
        lowest = min(self._smoothed)
        return self._smoothed[-1] - lowest > (self.diverge - 1) * max(abs(lowest), 0.1 * abs(self._losses[0]))


def _average(losses, smoothed, share):
    """The exponential average up to the last loss: sum of share^k losses[t - k] over the sum of share^k."""
    t = len(losses)
    if t == 1 or share == 0:
        return losses[-1]
    past = share * (1 - share ** (t - 1))
    return (past * smoothed[-1] + (1 - share) * losses[-1]) / (past + 1 - share)


def _check(finder, model):
    """Refuse what cannot be tested or put back."""
    if not model.compiled or model.optimizer is None:
        raise ValueError(
            "LRFinder needs a compiled model. Call model.compile(optimizer, loss) with a float rate first."
        )
    if not model.built:
        raise ValueError("LRFinder cannot put back a model that is not built. Give it a keras.Input, or call it once.")
    refuse_skipped_steps(finder, model)
    if not isinstance(own_optimizer(model).learning_rate, keras.Variable):
        raise ValueError(
            "LRFinder sets the learning rate itself, but the optimizer has a schedule. Compile with a number, such as "
            "SGD(0.01), find the range, and compile again with the schedule."
        )
