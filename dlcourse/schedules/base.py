"""What our schedules share: a rate that is a pure function of a counted step."""

import numbers
from abc import ABC, abstractmethod

import keras
from keras import ops

from dlcourse.schedules.arguments import LAST_STEP


class Schedule(keras.optimizers.schedules.LearningRateSchedule, ABC):
    """Abstract: a learning rate as a pure function of the step, which is 0 at the first batch.

    Shapes:  step (...), whole numbers from 0 to 2**31 - 1 -> rate (...) float32; an optimizer asks for ()
    Exact:   what depends on where in a phase a step lies is counted in whole numbers, so that step 2**24 + 1 is not
             taken for 2**24, as a step in float32 would be
    Errors:  ValueError for a step that is not a whole number, or a negative Python int
    """

    def __call__(self, step):
        return self.rate(_counted(step))

    @abstractmethod
    def rate(self, step):
        """The rate at `step`, an int32 or int64 tensor: (...) -> (...) float32"""


def _counted(step):
    """`step` (an int, or a tensor or variable of whole numbers, of any shape) as a tensor of at least 32 bits.

    A float is refused by its type, which is known while a backend traces: from 2**24 on, float32 skips steps.
    """
    if isinstance(step, numbers.Integral) and not isinstance(step, bool) and not 0 <= step <= LAST_STEP:
        raise ValueError(f"a schedule counts steps from 0 to {LAST_STEP}, got step={step}. Pass optimizer.iterations.")
    step = ops.convert_to_tensor(step)
    kind = keras.backend.standardize_dtype(step.dtype)
    if not kind.startswith(("int", "uint")):
        raise ValueError(
            f"a schedule takes a whole number as the step, got {kind}. Pass optimizer.iterations, or cast."
        )
    return step if kind in ("int32", "int64") else ops.cast(step, "int32")
