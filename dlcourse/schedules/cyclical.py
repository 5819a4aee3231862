"""Triangles: a rate that rises and falls between two bounds, over and over."""

import keras
from keras import ops

from dlcourse.schedules.arguments import LAST_STEP, positive, real, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.cycles import mode_and_gamma
from dlcourse.schedules.shapes import power, ratio


@keras.saving.register_keras_serializable("dlcourse")
class CyclicalLearningRate(Schedule):
    """Rise from `base` to `peak` in `step_size` steps, fall back in as many, and begin again.

    rate(t) = base + (peak - base) * height(t) * scale(t)
    height = min(r, 2 step_size - r) / step_size,  r = t mod (2 step_size),  cycle = t div (2 step_size)
    scale  = 1 ("triangular"), 2 ** -cycle ("triangular2"), gamma ** t ("exp_range")

    `step_size` counts steps (iterations, batches), half a cycle. Smith advises 2 to 10 times the steps of one epoch.
    In "exp_range" the lower bound stays, as in PyTorch; in the paper both bounds shrink.

    Shapes:  step (...) -> rate (...) float32
    Range:   [base, peak]
    Errors:  ValueError for base < 0, base > peak, step_size < 1 or not whole, an unknown mode; for gamma outside
             (0, 1], missing in "exp_range", or given in another mode
    Source:  Smith 2017, sections 3.1 and 3.2, figure 2

    >>> schedule = CyclicalLearningRate(0.1, 0.5, step_size=4, mode="triangular2")
    >>> [round(float(schedule(step)), 6) for step in (0, 2, 4, 8, 12)]
    [0.1, 0.3, 0.5, 0.1, 0.3]
    """

    def __init__(self, base, peak, step_size, mode="triangular", gamma=None):
        self.peak = positive("CyclicalLearningRate", "peak", peak)
        self.base = real(
            "CyclicalLearningRate", "base", base, f"from 0 to peak={self.peak}", lambda rate: 0 <= rate <= self.peak
        )
        self.step_size = whole("CyclicalLearningRate", "step_size", step_size, LAST_STEP // 2)
        self.mode, self.gamma = mode_and_gamma("CyclicalLearningRate", mode, gamma)

    def rate(self, step):
        period = 2 * self.step_size
        place = ops.mod(step, period)
        height = ratio(ops.minimum(place, period - place), float(self.step_size))
        if self.mode == "triangular2":
            height = height * power(0.5, ops.floor_divide(step, period))
        elif self.mode == "exp_range":
            height = height * power(self.gamma, step)
        return self.base + (self.peak - self.base) * height

    def get_config(self):
        return {
            "base": self.base,
            "peak": self.peak,
            "step_size": self.step_size,
            "mode": self.mode,
            "gamma": self.gamma,
        }
