"""What our schedules share: a rate that is a pure function of a counted step."""

from abc import ABC, abstractmethod

import keras

from dlcourse.schedules.arguments import counted


class Schedule(keras.optimizers.schedules.LearningRateSchedule, ABC):
    """Abstract: a learning rate as a pure function of the step, which is 0 at the first batch.

    Shapes:  step (...), whole numbers from 0 to 2**31 - 1 -> rate (...) float32; an optimizer asks for ()
    Exact:   what depends on where in a phase a step lies is counted in whole numbers, so that step 2**24 + 1 is not
             taken for 2**24, as a step in float32 would be
    Errors:  ValueError for a step that is not a whole number, or a negative Python int
    """

    def __call__(self, step):
        return self.rate(counted(step))

    @abstractmethod
    def rate(self, step):
        """The rate at `step`, an int32 or int64 tensor: (...) -> (...) float32"""
