"""One rise and one long fall, for a budget that is known."""

import math

import keras
from keras import ops

from dlcourse.schedules.arguments import positive, real, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.cycles import turn_and_anneal
from dlcourse.schedules.shapes import half_cosine, ratio


@keras.saving.register_keras_serializable("dlcourse")
class OneCycle(Schedule):
    """Rise from peak / div to `peak` in the first `pct_start` of the run, then fall to peak / (div * final_div).

    The peak lies at step pct_start * total_steps - 1 (not rounded), the lowest rate at step total_steps - 1, as in
    PyTorch's OneCycleLR. Afterwards the rate stays at its lowest. `anneal` is the shape of both phases: half a cosine,
    or a straight line. `dlcourse.callbacks.OneCycleMomentum` moves momentum the other way.

    Shapes:  step (...) -> rate (...) float32
    Range:   [peak / (div * final_div), peak]
    Errors:  ValueError for peak <= 0, total_steps < 1 or not whole, pct_start outside (0, 1) or too small for one step
             of rise, div < 1, final_div < 1, an unknown anneal
    Source:  Smith & Topin 2018; Smith 2018, section 4.2

    >>> schedule = OneCycle(0.8, total_steps=10, pct_start=0.5, div=8.0, anneal="linear")
    >>> [round(float(schedule(step)), 3) for step in (0, 2, 4, 9)]
    [0.1, 0.45, 0.8, 0.0]
    """

    def __init__(self, peak, total_steps, pct_start=0.3, div=25.0, final_div=1e4, anneal="cos"):
        self.peak = positive("OneCycle", "peak", peak)
        self.total_steps = whole("OneCycle", "total_steps", total_steps)
        self.pct_start, self.anneal = turn_and_anneal("OneCycle", pct_start, self.total_steps, anneal)
        self.div = real("OneCycle", "div", div, "a number from 1 up", lambda number: number >= 1)
        self.final_div = real("OneCycle", "final_div", final_div, "a number from 1 up", lambda number: number >= 1)

    def rate(self, step):
        shape = half_cosine if self.anneal == "cos" else ratio
        first, last = self.peak / self.div, self.peak / (self.div * self.final_div)
        top, end = self.pct_start * self.total_steps - 1, self.total_steps - 1
        whole_top = math.floor(top)
        rise = first + (self.peak - first) * shape(ops.minimum(step, whole_top), top)
        fall = last + (self.peak - last) * shape(end - ops.clip(step, whole_top + 1, end), end - top)
        return ops.where(step <= whole_top, rise, fall)

    def get_config(self):
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "pct_start": self.pct_start,
            "div": self.div,
            "final_div": self.final_div,
            "anneal": self.anneal,
        }
