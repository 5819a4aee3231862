"""A schedule within a schedule: what may stand there, and how it is saved."""

import keras

from dlcourse.schedules.arguments import positive

LearningRateSchedule = keras.optimizers.schedules.LearningRateSchedule


def inner(owner, schedule):
    """`schedule` if it is one, a positive number as a float; ValueError for anything else."""
    if isinstance(schedule, LearningRateSchedule):
        return schedule
    if callable(schedule) or isinstance(schedule, (str, dict, list, tuple)) or schedule is None:
        raise ValueError(
            f"{owner} takes a keras LearningRateSchedule or a constant rate, got {schedule!r}. "
            "Make an object of a schedule's class, as in CosineDecay(0.1, 1000)."
        )
    return positive(owner, "schedule (as a constant rate)", schedule)


def rate_of(schedule, step):
    """The rate of a schedule, or of a constant, at `step`: (...) -> (...) float32, or () for a constant"""
    return keras.ops.cast(schedule(step) if callable(schedule) else schedule, "float32")


def packed(schedule):
    """What `get_config` holds for it."""
    return keras.saving.serialize_keras_object(schedule) if callable(schedule) else schedule


def unpacked(config):
    """The schedule, or the constant, from what `packed` gave."""
    return keras.saving.deserialize_keras_object(config) if isinstance(config, dict) else config
