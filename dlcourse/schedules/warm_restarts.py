"""Cosines that begin again: stochastic gradient descent with warm restarts (SGDR)."""

import itertools
from functools import cached_property

import keras
import numpy as np
from keras import ops

from dlcourse.schedules.arguments import LAST_STEP, between, factor, positive, real, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.shapes import half_cosine, power

_SLOWEST_GROWTH = 1.001  # keeps the table of restarts up to step 2**31 - 1 below 15,000 rows


@keras.saving.register_keras_serializable("dlcourse")
class CosineWarmRestarts(Schedule):
    """Fall from `peak` to `floor` along half a cosine, jump back up, and fall again.

    rate(t) = floor + (peak - floor) * m_mul ** i * (1 + cos(pi t_i / T_i)) / 2

    Cycle i has T_i = round(first_steps * t_mult ** i) steps, and t_i = 0 .. T_i - 1 counts within it. The lowest rate
    comes at the last step of a cycle; `floor` itself would come one step later, where the next cycle starts.

    Keras's `CosineDecayRestarts` finds the cycle by a logarithm in float32 and does not round T_i; ours counts in whole
    numbers, so that it restarts at the very steps that `restarts` gives.

    Shapes:  step (...) -> rate (...) float32
    Range:   (floor, peak]
    Errors:  ValueError for peak <= 0, first_steps < 1 or not whole, t_mult neither 1 nor from 1.001 to 2**31 - 1, m_mul
             outside (0, 1], floor outside [0, peak]
    Source:  Loshchilov & Hutter 2017, eq. 5

    >>> schedule = CosineWarmRestarts(0.8, first_steps=4, t_mult=2.0)
    >>> [round(float(schedule(step)), 6) for step in (0, 2, 4, 8, 12)]
    [0.8, 0.4, 0.8, 0.4, 0.8]
    >>> schedule.restarts(3)
    [4, 12, 28]
    """

    def __init__(self, peak, first_steps, t_mult=1.0, m_mul=1.0, floor=0.0):
        self.peak = positive("CosineWarmRestarts", "peak", peak)
        self.first_steps = whole("CosineWarmRestarts", "first_steps", first_steps)
        self.t_mult = real(
            "CosineWarmRestarts",
            "t_mult",
            t_mult,
            f"1, or from {_SLOWEST_GROWTH} to {LAST_STEP}",
            lambda growth: growth == 1 or _SLOWEST_GROWTH <= growth <= LAST_STEP,
        )
        self.m_mul = factor("CosineWarmRestarts", "m_mul", m_mul)
        self.floor = between("CosineWarmRestarts", "floor", floor, 0.0, self.peak)

    def restarts(self, n):
        """The first n steps at which the rate jumps back up, as a list of n ints; step 0 does not count as one.

        The update before each of them is the last one at a low rate: after it SGDR offers its solution.

        Raises:
            ValueError: n < 1, or the n-th restart lies beyond step 2**31 - 1.
        """
        n = whole("CosineWarmRestarts.restarts", "n", n)
        found = list(itertools.islice(itertools.takewhile(lambda start: start <= LAST_STEP, self._starts()), n + 1))
        if len(found) <= n:
            raise ValueError(
                f"CosineWarmRestarts restarts {len(found) - 1} times up to step {LAST_STEP}, got n={n}. Ask for fewer."
            )
        return found[1:]

    def rate(self, step):
        if self.t_mult == 1.0:
            cycle = ops.floor_divide(step, self.first_steps)
            left = half_cosine(self.first_steps - ops.mod(step, self.first_steps), float(self.first_steps))
        else:
            starts, ends, cut, lengths = self._table
            reached = ops.expand_dims(step, -1) >= ops.cast(starts, step.dtype)
            cycle = ops.sum(ops.cast(reached, "int32"), axis=-1) - 1
            remaining = ops.cast(ops.take(ops.cast(ends, step.dtype), cycle) - step, "float32") + ops.take(cut, cycle)
            left = half_cosine(remaining, ops.take(lengths, cycle))
        return self.floor + (self.peak - self.floor) * power(self.m_mul, cycle) * left

    def get_config(self):
        return {
            "peak": self.peak,
            "first_steps": self.first_steps,
            "t_mult": self.t_mult,
            "m_mul": self.m_mul,
            "floor": self.floor,
        }

    @cached_property
    def _table(self):
        """For each cycle its first step, the step after its last that is counted, the steps beyond that, its length."""
        starts = list(itertools.takewhile(lambda start: start <= LAST_STEP, self._starts()))
        lengths = np.array([self._length(cycle) for cycle in range(len(starts))])
        ends = np.minimum(starts + lengths, LAST_STEP)
        cut = starts + lengths - ends  # of the last cycle
        return np.array(starts, "int32"), ends.astype("int32"), cut.astype("float32"), lengths.astype("float32")

    def _length(self, cycle):
        return round(self.first_steps * self.t_mult**cycle)

    def _starts(self):
        start = 0
        for cycle in itertools.count():
            yield start
            start += self._length(cycle)
