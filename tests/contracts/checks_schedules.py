"""The contract of a learning rate schedule."""

import numpy as np
from keras import ops

from tests.contracts import ramp
from tests.contracts.backends import compiled, numpy, traced
from tests.contracts.checks_shared import assert_close, check_config, check_errors, clone

STEPS = 1000


def _at(schedule, step):
    return float(numpy(schedule(ops.convert_to_tensor(step, dtype="int32"))))


def check_formula(row):
    """Equals its formula, in float64, at steps 0 .. 999."""
    schedule = compiled(row.make())
    found = [_at(schedule, step) for step in range(STEPS)]
    assert_close(found, [row.formula(step) for step in range(STEPS)], what="rate")


def check_pure(row):
    """Depends on the step alone: the order and the number of calls change nothing, and it may be traced."""
    schedule, steps = row.make(), [7, 0, 400, 7, 999, 0]
    assert [_at(schedule, step) for step in steps] == [_at(schedule, step) for step in steps]
    expected = [row.formula(step) for step in steps]
    assert_close([_at(schedule, step) for step in steps], expected, what="out of order")
    staged = traced(schedule)
    found = [float(numpy(staged(ops.convert_to_tensor(step, dtype="int32")))) for step in steps]
    assert_close(found, expected, what="traced")


def check_optimizer(row):
    """Drives an optimizer, compiled where the backend can: the steps taken are those of the formula."""
    model = ramp.model(row.make())
    x, y = ramp.data()
    for _ in range(5):
        model.train_on_batch(x, y)
    assert_close(ramp.descended(model), np.sum([row.formula(step) for step in range(5)]), what="five steps")
    assert_close(ramp.rate(model), row.formula(5), what="the rate of the sixth step")


def check_serializes(row):
    """A copy from the configuration gives the same rates."""
    schedule = row.make()
    back = clone(schedule)
    assert [_at(back, step) for step in range(0, STEPS, 50)] == [_at(schedule, step) for step in range(0, STEPS, 50)]


CHECKS = {
    "formula": check_formula,
    "pure": check_pure,
    "optimizer": check_optimizer,
    "serializes": check_serializes,
    "config": check_config,
    "errors": check_errors,
}
