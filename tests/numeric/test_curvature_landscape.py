"""Sharpness against closed forms, landscapes against the loss asked point by point."""

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.curvature import (
    LossSurface,
    filter_normalised_direction,
    keskar_sharpness,
    loss_between,
    loss_line,
    loss_plane,
    sam_sharpness,
)
from tests.numeric import mlp_twin


class Quadratic:
    """f(w) = c + g.(w - w0) + sum(h (w - w0)^2) / 2 over two arrays, and what is known of it."""

    def __init__(self, seed, least_h=-2.0, g_scale=1.0, c=1.5):
        rng = np.random.default_rng(seed)
        self.w0 = [rng.normal(size=(3, 4)).astype("float32"), rng.normal(size=5).astype("float32")]
        self.h = [rng.uniform(least_h, 9.0, w.shape).astype("float32") for w in self.w0]
        self.g = [(g_scale * rng.normal(size=w.shape)).astype("float32") for w in self.w0]
        self.c = c

    def __call__(self, weights):
        total = self.c
        for w, w0, h, g in zip(weights, self.w0, self.h, self.g, strict=True):
            step = w - ops.convert_to_tensor(w0)
            total = total + ops.sum(step * (ops.convert_to_tensor(g) + 0.5 * ops.convert_to_tensor(h) * step))
        return total

    def flat(self):
        return (
            np.concatenate([part.ravel() for part in parts]).astype("float64") for parts in (self.w0, self.g, self.h)
        )

    def keskar(self, epsilon):
        """Coordinate by coordinate the best of both corners and, where it lies inside, the peak -g / h."""
        w0, g, h = self.flat()
        box = epsilon * (np.abs(w0) + 1)
        peak = np.where(h < 0, np.clip(-g / h, -box, box), 0)
        rise = np.max([g * d + h * d**2 / 2 for d in (box, -box, peak)], axis=0).sum()
        return 100 * rise / (1 + self.c)


@pytest.mark.parametrize("epsilon", [0.3, 1e-2])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_keskar_sharpness_of_separable_quadratics(seed, epsilon):
    surface = Quadratic(seed)
    exact = surface.keskar(epsilon)
    found = keskar_sharpness(surface, surface.w0, epsilon)
    assert found <= exact * (1 + 1e-3), "a lower bound of the maximum"
    if epsilon < 0.1:  # here the slope decides: the loss rises to one corner only, which any start finds
        assert found >= 0.9999 * exact
        assert keskar_sharpness(surface, surface.w0, epsilon, starts=1) >= 0.9999 * exact
    else:  # several corners, and weights whose best place is inside of the box
        assert found >= 0.95 * exact


def test_at_a_minimum_only_the_further_starts_move():
    surface = Quadratic(0, least_h=0.5, g_scale=0.0)
    assert keskar_sharpness(surface, surface.w0, 0.1, starts=1) == 0
    assert keskar_sharpness(surface, surface.w0, 0.1) == pytest.approx(surface.keskar(0.1), rel=1e-4)
    assert sam_sharpness(surface, surface.w0) == 0


@pytest.mark.parametrize("rho", [0.05, 1.0])
def test_sam_sharpness_of_quadratics(rho):
    surface = Quadratic(3)
    _, g, h = surface.flat()
    norm = np.linalg.norm(g)
    exact = rho * norm + 0.5 * rho**2 * (h * g**2).sum() / norm**2
    assert sam_sharpness(surface, surface.w0, rho) == pytest.approx(exact, rel=1e-4)


@pytest.fixture(scope="module")
def net():
    found = mlp_twin.net()
    found.surface = LossSurface(found.fn)
    found.weights = [np.array(ops.convert_to_numpy(w)) for w in found.model.trainable_variables]
    return found


def moved(net, *steps):
    """The loss of the NumPy twin at the weights plus sum of (size, direction)."""
    return net.loss([w + sum(size * d[i] for size, d in steps) for i, w in enumerate(net.weights)])


def test_sharpness_of_a_net(net):
    sharp = keskar_sharpness(net.surface, net.model.trainable_variables, 1e-2)
    box = [1e-2 * (np.abs(w) + 1) for w in net.weights]
    rng, value = np.random.default_rng(0), net.loss(net.weights)
    corners = [moved(net, (1, [b * np.sign(rng.normal(size=b.shape)) for b in box])) for _ in range(200)]
    slope = mlp_twin.split(net.gradient(net.weights), net.weights)
    uphill = moved(net, (1, [b * np.sign(g) for b, g in zip(box, slope, strict=True)]))
    assert sharp >= 100 * (max(*corners, uphill) - value) / (1 + value) * (1 - 1e-4)
    assert sharp <= 102 * (uphill - value) / (1 + value), "in so small a box the slope is nearly all"
    norm = np.sqrt(sum((g**2).sum() for g in slope))
    expected = moved(net, (0.05 / norm, slope)) - value
    assert sam_sharpness(net.surface, net.weights) == pytest.approx(expected, rel=1e-3)


def test_filters_move_by_their_own_norm():
    rng = np.random.default_rng(0)
    shapes = [(3, 3, 2, 5), (5,), (7, 4), (4,), ()]
    weights = [rng.normal(size=shape).astype("float32") * rng.uniform(0.1, 9, shape[-1:]) for shape in shapes]
    weights[2][:, 1] = 0
    one, other = filter_normalised_direction(weights), filter_normalised_direction(weights, seed=1)
    assert [d.shape for d in one] == shapes
    for direction in (one, other):
        for d, w in zip(direction, weights, strict=True):
            if w.ndim > 1:
                norms = [np.sqrt((a.astype("float64") ** 2).sum(axis=tuple(range(w.ndim - 1)))) for a in (d, w)]
                assert np.allclose(*norms, rtol=1e-6) and norms[0].shape == w.shape[-1:]
            else:
                assert not d.any()
    assert abs(np.corrcoef(one[0].ravel(), other[0].ravel())[0, 1]) < 0.4, "the seed decides"
    assert all((a == b).all() for a, b in zip(one, filter_normalised_direction(weights), strict=True))


def test_landscapes_are_the_loss_asked_point_by_point(net):
    variables = net.model.trainable_variables
    first, second = (filter_normalised_direction(variables, seed) for seed in (0, 1))
    alphas, betas = np.linspace(-1, 1, 5), np.array([-0.5, 0.0, 2.0])
    line = loss_line(net.surface, variables, first, alphas)
    assert np.allclose(line, [moved(net, (a, first)) for a in alphas], rtol=1e-5)
    plane = loss_plane(net.surface, variables, (first, second), alphas, betas)
    assert plane.shape == (3, 5) and np.allclose(plane[1], line)
    assert np.allclose(plane, [[moved(net, (a, first), (b, second)) for a in alphas] for b in betas], rtol=1e-5)
    other = [w + d for w, d in zip(net.weights, second, strict=True)]
    way = loss_between(net.surface, variables, other, [0.0, 0.25, 1.0])
    assert np.allclose(way, [moved(net, (a, second)) for a in (0, 0.25, 1)], rtol=1e-5)
    after = [ops.convert_to_numpy(w) for w in net.model.trainable_variables]
    assert all((a == b).all() for a, b in zip(after, net.weights, strict=True)), "nothing moved"


def bowl(weights):
    return ops.sum(weights[0] ** 2)


def test_far_out_the_loss_may_be_infinite_or_nan():
    far = loss_line(lambda w: ops.sum(ops.sqrt(w[0])), [np.ones(2)], [np.ones(2)], [0.0, 3.0, -2.0])
    assert far[:2].tolist() == [2, 4] and np.isnan(far[2])


TWO, ONE = [np.ones((2, 2))], [np.ones(1)]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: loss_line(bowl, TWO, ONE, [0.0]), r"loss_line: the direction must have the shapes .*got \[\(1,\)\]"),
        (lambda: loss_line(bowl, TWO, [np.ones((2, 2))] * 2, [0.0]), "the direction must have the shapes"),
        (lambda: loss_line(bowl, TWO, [np.full((2, 2), np.nan)], [0.0]), r"the direction\[0\] holds NaN"),
        (lambda: loss_line(bowl, [], TWO, [0.0]), "weights is an empty list"),
        (lambda: loss_line(bowl, TWO, TWO, []), "alphas must be one or more"),
        (lambda: loss_line(bowl, TWO, TWO, [[0.0]]), "alphas must be one or more"),
        (lambda: loss_line(lambda w: ops.sum(ops.log(-w[0])), TWO, TWO, [0.0]), "loss_line: the loss .* is nan"),
        (lambda: loss_plane(bowl, TWO, TWO, [0.0], [0.0]), "a pair of directions"),
        (lambda: loss_plane(bowl, TWO, (TWO, ONE), [0.0], [0.0]), "loss_plane: the direction must have the shapes"),
        (lambda: loss_plane(bowl, TWO, (TWO, TWO), [0.0], [np.inf]), "betas must be one or more"),
        (lambda: loss_between(bowl, TWO, ONE, [0.0]), "loss_between: second must have the shapes"),
        (lambda: filter_normalised_direction([np.ones(3)]), r"of two axes or more; .*\[\(3,\)\]"),
        (lambda: filter_normalised_direction([]), "weights is an empty list"),
        (lambda: keskar_sharpness(bowl, TWO, 0.0), "epsilon > 0"),
        (lambda: keskar_sharpness(bowl, TWO, starts=0), "starts >= 1"),
        (lambda: keskar_sharpness(lambda w: bowl(w) - 9, TWO), "above -1, got -5"),
        (lambda: keskar_sharpness(lambda w: ops.sum(ops.log(-w[0])), TWO), "the loss at the weights is nan"),
        (lambda: sam_sharpness(bowl, TWO, -1.0), "rho > 0"),
        (lambda: sam_sharpness(lambda w: w[0], TWO), "must return a scalar"),
        (lambda: sam_sharpness(keras.ops.sum, np.ones(2)), "weights must be a list"),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
