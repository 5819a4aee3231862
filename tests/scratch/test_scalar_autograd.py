"""The scalar engine: both sweeps against the array engine and each other, and what they cost."""

import numpy as np
import pytest

from dlcourse.scratch.autograd import Value
from dlcourse.scratch.scalar_autograd import Scalar, backward, forward_slope, operands_first


def formula(x, y, z):
    q = x + y
    return q * z + (q * q * x).tanh() * y  # q, x and y are used several times


@pytest.mark.parametrize("seed", range(5))
def test_both_sweeps_agree_with_the_array_engine(seed):
    point = np.random.default_rng(seed).normal(size=3)
    numbers, values = [Scalar(v) for v in point], [Value(v) for v in point]
    outcome, twin = formula(*numbers), formula(*values)
    work = backward(outcome)
    twin.backward()
    assert outcome.data == pytest.approx(float(twin.data)) and outcome.gradient == 1
    for number, value in zip(numbers, values, strict=True):
        assert number.gradient == pytest.approx(float(value.gradient), rel=1e-12)
        assert forward_slope(outcome, number) == (pytest.approx(number.gradient, rel=1e-12), work)


def test_the_worked_example_its_order_and_its_cost():
    x, y, z = Scalar(2), Scalar(3), Scalar(-4)
    q = x + y
    f = q * z
    assert operands_first(f) == [x, y, q, z, f]
    assert backward(f) == backward(f) == 4  # one multiply-add an edge, and a second call starts afresh
    assert [v.gradient for v in (x, y, q, z)] == [-4, -4, -4, 5]
    assert forward_slope(f, Scalar(1.0)) == (0, 4)
