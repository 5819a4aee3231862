"""A rate that falls by a factor every so many steps."""

import keras

from dlcourse.schedules.arguments import between, factor, positive, whole
from dlcourse.schedules.base import Schedule
from dlcourse.schedules.shapes import power


@keras.saving.register_keras_serializable("dlcourse")
class StepDecay(Schedule):
    """Multiply the rate by `drop` after every `every` steps, but never go below `floor`.

    rate(t) = max(floor, initial * drop ** (t // every))

    `ExponentialDecay(staircase=True)` of Keras is the same without a floor; it divides in float32, ours in whole
    numbers. For boundaries at uneven distances take Keras's `PiecewiseConstantDecay`.

    Shapes:  step (...) -> rate (...) float32
    Range:   [floor, initial]
    Errors:  ValueError for initial <= 0, every < 1 or not whole, drop outside (0, 1], floor outside [0, initial]
    Source:  the practice of Krizhevsky, Sutskever & Hinton 2012, section 5

    >>> schedule = StepDecay(0.8, every=100, drop=0.5)
    >>> [round(float(schedule(step)), 6) for step in (0, 99, 100, 250)]
    [0.8, 0.8, 0.4, 0.2]
    """

    def __init__(self, initial, every, drop=0.1, floor=0.0):
        self.initial = positive("StepDecay", "initial", initial)
        self.every = whole("StepDecay", "every", every)
        self.drop = factor("StepDecay", "drop", drop)
        self.floor = between("StepDecay", "floor", floor, 0.0, self.initial)

    def rate(self, step):
        drops = keras.ops.floor_divide(step, self.every)
        return keras.ops.maximum(self.initial * power(self.drop, drops), self.floor)

    def get_config(self):
        return {"initial": self.initial, "every": self.every, "drop": self.drop, "floor": self.floor}
