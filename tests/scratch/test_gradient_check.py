"""The check itself: right gradients pass, wrong ones do not, and the error has its minimum where it should."""

import numpy as np
import pytest

from dlcourse.scratch.autograd import Value
from dlcourse.scratch.gradient_check import central_differences, gradient_check, relative_gap

rng = np.random.default_rng(0)


def test_differences_of_known_slopes():
    x, w = rng.normal(size=(3, 4)), rng.normal(size=4)
    before = x.copy()
    in_x, in_w = central_differences(lambda x, w: np.sin(x @ w).sum(), [x, w])
    np.testing.assert_allclose(in_x, np.cos(x @ w)[:, None] * w, atol=1e-9)
    np.testing.assert_allclose(in_w, np.cos(x @ w) @ x, atol=1e-9)
    assert np.array_equal(x, before)
    (number,) = central_differences(lambda x: x**2, [3.0])
    assert number.shape == () and number == pytest.approx(6)


def test_the_error_falls_with_the_square_of_the_step_until_rounding_takes_over():
    off = {h: abs(central_differences(np.exp, [np.array(0.0)], h)[0] - 1) for h in (1e-2, 1e-3, 1e-5, 1e-12)}
    assert off[1e-2] / off[1e-3] == pytest.approx(100, rel=0.01)
    assert off[1e-5] < 1e-9 < off[1e-12]


def test_gaps():
    a = rng.normal(size=(2, 3))
    assert relative_gap(a, a) == 0 and relative_gap(a, -a) == 1 and relative_gap(0 * a, 0 * a) == 0
    assert relative_gap(a, 2 * a) == pytest.approx(1 / 3)
    assert relative_gap(3.0, 1.0) == 0.5


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match=r"one shape, got \(3,\) and \(3, 1\)"):
        relative_gap(np.ones(3), np.ones((3, 1)))  # would broadcast
    with pytest.raises(ValueError, match=r"one number, got the shape \(2,\)"):
        central_differences(lambda x: x**2, [np.ones(2)])
    for step in (0.0, -1e-5, np.nan):
        with pytest.raises(ValueError, match="above 0"):
            central_differences(np.sum, [np.ones(2)], step)


def test_a_right_gradient_passes_and_a_wrong_one_does_not():
    arrays = [rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)]
    gaps = gradient_check(lambda x, w, b: ((x @ w + b).tanh() ** 2).mean(), arrays)
    assert len(gaps) == 3 and max(gaps) < 1e-8

    def wrong(x):  # the square of the slope has been forgotten
        y = np.tanh(x.data)
        return x.made("tanh", y, (x, lambda g: g * (1 - y))).sum()

    assert gradient_check(wrong, [rng.normal(size=4)])[0] > 1e-2
    assert gradient_check(lambda x, unused: x.sum(), [np.ones(2), np.ones(3)]) == [pytest.approx(0, abs=1e-9), 0.0]
    with pytest.raises(ValueError, match="scalar"):
        gradient_check(lambda x: x * 2, [np.ones(2)])


def test_given_values_are_left_alone():
    x = np.ones(3)
    gradient_check(lambda v: (v * v).sum(), [x])
    assert x.tolist() == [1, 1, 1] and Value(x).gradient is None
