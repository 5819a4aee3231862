"""Schedules one after another."""

import keras
from keras import ops

from dlcourse.schedules.arguments import LAST_STEP, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.nested import inner, packed, rate_of, unpacked


@keras.saving.register_keras_serializable("dlcourse")
class Chain(Schedule):
    """Each schedule for its number of steps, from its own step 0; the last one goes on for ever.

    Shapes:  step (...) -> rate (...) float32, if every schedule takes (...) too
    Args:    parts, a list of pairs (schedule, steps): a LearningRateSchedule or a constant rate, and how long it lasts;
             the steps of the last pair may be None
    Errors:  ValueError for an empty list, an entry that is no pair, another kind of schedule, steps < 1 or not whole,
             None before the last pair, or more than 2**31 - 1 steps in all

    >>> decay = keras.optimizers.schedules.InverseTimeDecay(0.8, decay_steps=1, decay_rate=1.0)
    >>> schedule = Chain([(0.2, 2), (0.8, 1), (decay, None)])
    >>> [round(float(schedule(step)), 6) for step in range(5)]
    [0.2, 0.2, 0.8, 0.8, 0.4]
    """

    def __init__(self, parts):
        if not isinstance(parts, (list, tuple)) or not parts:
            raise ValueError(f"Chain takes a list of pairs (schedule, steps), at least one, got {parts!r}. Pass pairs.")
        self.parts = []
        for number, part in enumerate(parts):
            if not isinstance(part, (list, tuple)) or len(part) != 2:
                raise ValueError(f"Chain takes pairs (schedule, steps), got {part!r} at place {number}. Pass a pair.")
            schedule, steps = part
            endless = steps is None and number == len(parts) - 1
            self.parts.append((inner("Chain", schedule), None if endless else whole("Chain", "steps", steps)))
        if sum(steps or 0 for _, steps in self.parts) > LAST_STEP:
            raise ValueError(f"Chain counts up to step {LAST_STEP}, got parts that last longer. Shorten them.")

    def rate(self, step):
        start, rate = 0, None
        for schedule, steps in self.parts:
            own = rate_of(schedule, ops.maximum(step - start, 0))
            rate = own if rate is None else ops.where(step < start, rate, own)
            start += steps or 0
        return rate if len(self.parts) > 1 else rate + ops.zeros_like(step, dtype="float32")

    def get_config(self):
        return {"parts": [[packed(schedule), steps] for schedule, steps in self.parts]}

    @classmethod
    def from_config(cls, config):
        return cls([(unpacked(schedule), steps) for schedule, steps in config["parts"]])
