"""Schedules as numbers and as pictures."""

import numpy as np
from keras import ops

from dlcourse.ops import compiled
from dlcourse.plots import curves
from dlcourse.schedules.arguments import whole
from dlcourse.schedules.nested import inner


def rates(schedule, steps):
    """The rates of the first `steps` steps, as a NumPy array (steps,) float32.

    Args:
        schedule: any Keras LearningRateSchedule, or a constant rate.
        steps: how many, from step 0.

    Raises:
        ValueError: another kind of schedule, or steps < 1 or not whole.

    >>> rates(0.5, 3).tolist()
    [0.5, 0.5, 0.5]
    """
    schedule, steps = inner("rates", schedule), whole("rates", "steps", steps)
    if not callable(schedule):
        return np.full(steps, schedule, "float32")
    found = _at_once(schedule, steps)
    if found is None:
        rate = compiled(schedule)
        found = [float(rate(ops.convert_to_tensor(step, "int32"))) for step in range(steps)]
    return np.array(found, "float32")


def _at_once(schedule, steps):
    """All rates by one call, or None for a schedule that takes one step at a time only."""
    some = (0, steps // 2, steps - 1)
    try:
        found = ops.convert_to_numpy(schedule(ops.arange(steps, dtype="int32")))
    except Exception:  # a condition on the step, as in Keras's CosineDecay with warm-up, raises by backend
        return None
    alone = [float(schedule(ops.convert_to_tensor(step, "int32"))) for step in some]
    return found if found.shape == (steps,) and np.allclose(found[list(some)], alone, rtol=1e-6, atol=0) else None


def plot(schedule, steps, log=False, ax=None):
    """The learning rate over the first `steps` steps: one line, or one for each entry of a dict.

    Args:
        schedule: what `rates` takes, or a dict {name: such a schedule}.
        steps: how many steps, from step 0.
        log: whether the rate's axis is logarithmic.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: another kind of schedule, an empty dict, or steps < 1 or not whole.
    """
    schedules = schedule if isinstance(schedule, dict) else {"rate": schedule}
    if not schedules:
        raise ValueError("plot draws a line for each entry of a dict, got an empty one. Pass {name: schedule}.")
    lines = {name: rates(one, steps) for name, one in schedules.items()}
    return curves(lines, np.arange(steps), "step", "learning rate", log, ax)
