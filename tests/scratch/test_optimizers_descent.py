"""Gradient descent, the line search and the surfaces they are drawn on."""

import dataclasses

import numpy as np
import pytest

from dlcourse.scratch import optimizers as o

VALLEY = o.long_valley(10.0)


def test_the_path_is_that_of_the_closed_form():
    """On (x^2 + 10 y^2) / 2 each coordinate shrinks by 1 - rate * curvature a step."""
    found = o.gradient_descent(VALLEY.start, VALLEY.gradient, rate=0.15, max_steps=12, tolerance=1e-12)
    factors = np.array([1 - 0.15, 1 - 1.5]) ** np.arange(13)[:, None]
    assert np.allclose(found.path, VALLEY.start * factors) and found.steps == 12 and found.reason == "max_steps"
    assert np.array_equal(found.end, found.path[-1]) and not found.converged and np.all(found.rates == 0.15)


@pytest.mark.parametrize("rate, reason", [(0.19, "converged"), (0.3, "diverged"), (1e-5, "max_steps")])
def test_it_says_why_it_stopped(rate, reason):
    found = o.gradient_descent(VALLEY.start, VALLEY.gradient, rate, max_steps=2000)
    assert found.reason == reason and np.isfinite(found.path).all()
    assert found.converged == (np.abs(VALLEY.gradient(found.end)).max() <= 1e-6)
    assert len(found.rates) == found.steps == len(found.path) - 1


def test_it_stops_at_the_first_gradient_that_is_short_enough():
    found = o.gradient_descent(VALLEY.start, VALLEY.gradient, 0.1, tolerance=0.01)
    lengths = np.linalg.norm(VALLEY.gradient(found.path), axis=1)
    assert lengths[-1] <= 0.01 < lengths[-2]
    already = o.gradient_descent([0.0, 0.0], VALLEY.gradient, 0.1)
    assert already.converged and already.steps == 0 and already.path.shape == (1, 2)


def test_the_length_of_the_gradient_is_euclidean():
    assert o.gradient_descent([0.8, 0.8], lambda x: x, 0.1, tolerance=1.2).steps == 0
    assert o.gradient_descent([0.8, 0.8], lambda x: x, 0.1, tolerance=1.1).steps == 1  # 1.13, then 1.02


def test_a_schedule_counts_from_0_and_may_begin_at_0():
    found = o.gradient_descent([1.0], lambda x: x, rate=lambda step: step / 10, max_steps=3)
    assert np.allclose(found.path.ravel(), [1, 1, 0.9, 0.72]) and np.allclose(found.rates, [0, 0.1, 0.2])


def test_the_record_is_frozen_and_the_start_is_yours():
    start = np.array([1.0, 1.0])
    found = o.gradient_descent(start, VALLEY.gradient, 0.1, max_steps=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.reason = "converged"
    start[:] = 7
    assert found.path[0].tolist() == [1, 1]


def test_leaving_the_domain_is_divergence_without_a_warning(recwarn):
    found = o.gradient_descent([1.0], lambda x: -np.exp(x), rate=1.0, max_steps=100)
    assert found.reason == "diverged" and np.isfinite(found.path).all() and not recwarn.list


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1.0], lambda x: x, 0.0), "rate must be a number above 0"),
        (([1.0], lambda x: x, -0.1), "rate must be a number above 0"),
        (([1.0], lambda x: x, lambda step: np.nan), "rate at step 0 must be finite"),
        (([1], lambda x: x, 0.1), "start must hold floats, got int64. Write 1.0 for 1"),
        ((["a"], lambda x: x, 0.1), "start must hold floats"),
        (([[1.0]], lambda x: x, 0.1), r"start must be a vector \(d,\) .* got shape \(1, 1\)"),
        (([np.nan], lambda x: x, 0.1), "start must be finite"),
        (([1.0], lambda x: x * np.nan, 0.1), "gradient at the start must be finite"),
        (([1.0, 2.0], lambda x: x[:1], 0.1), r"must have shape \(2,\), got \(1,\)"),
        (([1.0], lambda x: x, 0.1, -1), "max_steps must be a whole number from 0 up, got -1"),
        (([1.0], lambda x: x, 0.1, 1e3), "max_steps must be a whole number"),
        (([1.0], lambda x: x, 0.1, 10, 0.0), "tolerance must be a number above 0"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        o.gradient_descent(*arguments)


def test_backtracking_keeps_armijos_promise_and_takes_the_first_rate_that_does():
    rng, surface = np.random.default_rng(0), o.rosenbrock()
    for _ in range(50):
        x = rng.uniform(-2, 2, size=2)
        g = surface.gradient(x)
        rate = o.backtracking(surface.value, x, g, -g)

        def holds(r, x=x, g=g):
            return surface.value(x - r * g) <= surface.value(x) - 1e-4 * r * g @ g

        assert holds(rate) and (rate == 1 or not holds(2 * rate)) and np.log2(rate) % 1 == 0


def test_a_decrease_that_is_no_share_of_the_promise_is_not_enough():
    """From 1 to just short of -1 on x^2: the value falls by 2e-5, where the slope promised 4."""
    x, g = np.array([1.0]), np.array([2.0])
    assert o.backtracking(lambda x: float(x @ x), x, g, np.array([-2 + 1e-5])) == 0.5


def test_backtracking_steps_back_into_the_domain_and_gives_up_where_nothing_helps():
    def barrier(x):
        return float(-np.log(x[0]) + x[0])  # NaN left of 0

    x = np.array([3.0])
    rate = o.backtracking(barrier, x, 1 - 1 / x, np.array([-100.0]), shrink=0.1)
    assert rate == pytest.approx(0.01)
    assert o.backtracking(lambda x: float(x[0]), np.array([1.0]), np.array([-1.0]), np.array([1.0])) == 0.0
    with pytest.raises(ValueError, match="must go downhill"):
        o.backtracking(barrier, x, np.array([1.0]), np.array([1.0]))
    with pytest.raises(ValueError, match="shrink must lie"):
        o.backtracking(barrier, x, np.array([1.0]), np.array([-1.0]), shrink=1.0)


def test_backtracking_descent_never_rises_and_needs_no_rate():
    for surface in (o.saddle(), o.long_valley(100.0)):
        found = o.backtracking_descent(surface.start, surface.value, surface.gradient)
        assert found.converged and (np.diff(surface.value(found.path)) <= 0).all()
        assert np.abs(surface.minima - found.end).max(axis=1).min() < 1e-5
        turns = np.sign(np.diff(np.log2(found.rates)))
        assert turns.min() == -1 and turns.max() == 1  # the rate shrinks and grows
    fixed = o.gradient_descent(surface.start, surface.gradient, 1.0, max_steps=2000)  # the first rate that it tried
    assert fixed.reason == "diverged"


def test_a_gradient_of_another_function_stalls():
    found = o.backtracking_descent([1.0, 1.0], VALLEY.value, lambda x: -VALLEY.gradient(x))
    assert found.reason == "stalled" and found.steps == 0


SURFACES = [o.rosenbrock(), o.long_valley(), o.saddle(), o.saddle(0), o.noisy_bowl(1e-12, np.random.default_rng(0))]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_surfaces_have_their_gradients_and_hessians(surface):
    points, h = np.random.default_rng(1).uniform(-2, 2, size=(4, 5, 2)), 1e-5
    assert surface.value(points).shape == (4, 5)
    for axis in range(2):
        step = h * (np.arange(2) == axis)
        slope = (surface.value(points + step) - surface.value(points - step)) / (2 * h)
        bend = (surface.gradient(points + step) - surface.gradient(points - step)) / (2 * h)
        assert np.allclose(surface.gradient(points)[..., axis], slope, rtol=1e-6, atol=1e-6)
        assert np.allclose(surface.hessian(points)[..., axis], bend, rtol=1e-6, atol=1e-5)
    assert np.allclose(surface.gradient(surface.minima), 0, atol=1e-10)
    assert (np.linalg.eigvalsh(surface.hessian(surface.minima)) > 0).all()
    (left, right), (low, high) = surface.box
    inside = np.array([surface.start, *surface.minima])
    assert (inside > [left, low]).all() and (inside < [right, high]).all()


def test_the_valley_has_its_condition_and_the_bowl_its_noise():
    assert np.linalg.cond(o.long_valley(80.0).hessian([0.0, 0.0])) == pytest.approx(80)
    bowl = o.noisy_bowl(0.5, np.random.default_rng(2))
    seen = np.array([bowl.gradient([1.0, -1.0]) for _ in range(4000)])
    assert np.allclose(seen.mean(axis=0), [1, -1], atol=0.03) and np.allclose(seen.std(axis=0), 0.5, atol=0.03)
    for wrong in (lambda: o.long_valley(0.0), lambda: o.noisy_bowl(-1, None), lambda: o.saddle(-1.0)):
        with pytest.raises(ValueError, match="above 0"):
            wrong()
    with pytest.raises(ValueError, match=r"\(\.\.\., 2\), got \(3,\)"):
        o.rosenbrock().value([1.0, 2.0, 3.0])
