"""A gentle start in front of any schedule."""

import keras
from keras import ops

from dlcourse.schedules.arguments import between, positive, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.nested import inner, packed, rate_of, unpacked
from dlcourse.schedules.shapes import ratio


@keras.saving.register_keras_serializable("dlcourse")
class Warmup(Schedule):
    """Rise in a straight line for `steps` steps; then `schedule` begins, at its own step 0.

    rate(t) = schedule(0) * (start + (1 - start) t / steps)   for t < steps
              schedule(t - steps)                             from there on

    With start=0, as PyTorch and Keras have it, the first step has the rate 0 and changes no weight.

    Shapes:  step (...) -> rate (...) float32, if `schedule` takes (...) too
    Args:    schedule, a LearningRateSchedule or a constant rate; start, the first rate as a share of schedule(0)
    Errors:  ValueError for another kind of schedule, steps < 1 or not whole, start outside [0, 1]
    Source:  Goyal et al. 2017, section 2.2, "gradual warmup"

    >>> schedule = Warmup(0.8, steps=4)
    >>> [round(float(schedule(step)), 6) for step in (0, 1, 2, 4, 9)]
    [0.0, 0.2, 0.4, 0.8, 0.8]
    """

    def __init__(self, schedule, steps, start=0.0):
        self.schedule = inner("Warmup", schedule)
        self.steps = whole("Warmup", "steps", steps)
        self.start = between("Warmup", "start", start, 0.0, 1.0)

    def rate(self, step):
        return _raised(self, step, power=1.0)

    def get_config(self):
        return {"schedule": packed(self.schedule), "steps": self.steps, "start": self.start}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "schedule": unpacked(config["schedule"])})


@keras.saving.register_keras_serializable("dlcourse")
class PolynomialWarmup(Schedule):
    """As `Warmup`, along a power of t: slower at first for power > 1, faster at first for power < 1.

    rate(t) = schedule(0) * (start + (1 - start) (t / steps) ** power)   for t < steps
              schedule(t - steps)                                        from there on

    Shapes:  step (...) -> rate (...) float32, if `schedule` takes (...) too
    Args:    schedule, a LearningRateSchedule or a constant rate; start, the first rate as a share of schedule(0)
    Errors:  ValueError for another kind of schedule, steps < 1 or not whole, power <= 0, start outside [0, 1]
    Source:  Goyal et al. 2017, section 2.2, for power 1

    >>> schedule = PolynomialWarmup(0.8, steps=4, power=2.0)
    >>> [round(float(schedule(step)), 6) for step in (0, 1, 2, 4, 9)]
    [0.0, 0.05, 0.2, 0.8, 0.8]
    """

    def __init__(self, schedule, steps, power=2.0, start=0.0):
        self.schedule = inner("PolynomialWarmup", schedule)
        self.steps = whole("PolynomialWarmup", "steps", steps)
        self.power = positive("PolynomialWarmup", "power", power)
        self.start = between("PolynomialWarmup", "start", start, 0.0, 1.0)

    def rate(self, step):
        return _raised(self, step, self.power)

    def get_config(self):
        return {
            "schedule": packed(self.schedule),
            "steps": self.steps,
            "power": self.power,
            "start": self.start,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "schedule": unpacked(config["schedule"])})


def _raised(warmup, step, power):
    risen = ratio(ops.minimum(step, warmup.steps), float(warmup.steps))  # 0 .. 1
    risen = risen if power == 1.0 else ops.power(risen, power)
    share = warmup.start + (1 - warmup.start) * risen
    return share * rate_of(warmup.schedule, ops.maximum(step - warmup.steps, 0))
