"""Cuts through the loss: along a line, between two solutions, over a plane."""

import numpy as np

from dlcourse.curvature.flat import flatten, read_like, read_weights, unflatten
from dlcourse.curvature.surface import as_surface, finite_value


def filter_normalised_direction(weights, seed=0):
    """A random direction in which every filter moves by its own length, so that nets of other scales compare.

    Each filter of the Gaussian direction is scaled to the norm of the same filter of the weights. A filter is what
    leads to one output unit: in Keras the last axis counts them, so that a dense kernel (d, k) has k filters (d,), and
    a convolution (h, w, c, f) has f filters (h, w, c). Weights of one axis or none, such as biases and the scales of
    normalisation, do not move, as in the paper.

    Shapes:  weights, a list of arrays -> float64 arrays like them
    Errors:  ValueError for bad weights, or where none has two axes or more
    Source:  Li et al. 2018, section 4

    >>> kernel = np.array([[3.0, 0.0], [4.0, 0.5]])
    >>> direction = filter_normalised_direction([kernel, np.ones(2)])
    >>> np.linalg.norm(direction[0], axis=0).tolist(), direction[1].tolist()
    ([5.0, 0.5], [0.0, 0.0])
    """
    weights = read_weights(weights, "filter_normalised_direction")
    if max(w.ndim for w in weights) < 2:
        raise ValueError("filter_normalised_direction moves kernels, weights of two axes or more; got none of them, "
                         f"only the shapes {[w.shape for w in weights]}.")  # fmt: skip
    rng = np.random.default_rng(seed)
    return [_filters(rng.standard_normal(w.shape), w.astype("float64")) if w.ndim > 1 else np.zeros(w.shape)
            for w in weights]  # fmt: skip


def loss_line(fn, weights, direction, alphas):
    """The loss along a line: f(weights + alpha direction) for each alpha.

    Shapes:  direction like weights; alphas (t,) -> (t,) float64
    Range:   the loss's; far out it may be infinite or NaN, which stays in the array
    Errors:  ValueError for bad weights, a direction of other shapes, or a loss that is not finite at the weights

    >>> loss_line(lambda w: w[0] ** 2, [np.array(1.0)], [np.array(2.0)], [0.0, 0.5]).tolist()
    [1.0, 4.0]
    """
    return loss_plane(fn, weights, (direction,), alphas, None)[0]


def loss_between(fn, first, second, alphas):
    """The loss on the straight way between two solutions: f((1 - alpha) first + alpha second).

    Shapes:  second like first; alphas (t,) -> (t,) float64, alpha 0 at the first, 1 at the second
    Errors:  as loss_line
    Source:  Goodfellow, Vinyals & Saxe 2015

    >>> loss_between(lambda w: w[0] ** 2, [np.array(1.0)], [np.array(-1.0)], [0.0, 0.5, 1.0]).tolist()
    [1.0, 0.0, 1.0]
    """
    first = read_weights(first, "loss_between", "first")
    second = read_like(second, first, "loss_between", "second")
    direction = unflatten(flatten(second) - flatten(first), first, keep_float64=True)
    return loss_line(fn, first, direction, alphas)


def loss_plane(fn, weights, directions, alphas, betas):
    """The loss over a plane: f(weights + alpha directions[0] + beta directions[1]).

    Shapes:  directions, a pair of lists like weights; alphas (t,), betas (s,) -> (s, t) float64, one row a beta
    Range:   as loss_line
    Errors:  as loss_line; ValueError where the directions are no pair

    >>> w, east, north = np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> loss_plane(lambda w: w[0][0] + 10 * w[0][1], [w], ([east], [north]), [0.0, 1.0], [0.0, 2.0, 3.0]).tolist()
    [[0.0, 1.0], [20.0, 21.0], [30.0, 31.0]]
    """
    caller = "loss_line" if betas is None else "loss_plane"
    if betas is not None and (not isinstance(directions, tuple | list) or len(directions) != 2):
        raise ValueError("loss_plane needs a pair of directions, each a list like the weights. Write (first, second).")
    weights, surface = read_weights(weights, caller), as_surface(fn)
    axes = [flatten(read_like(d, weights, caller, "the direction")) for d in directions]
    steps = [_steps(alphas, caller, "alphas"), np.zeros(1) if betas is None else _steps(betas, caller, "betas")]
    finite_value(surface, weights, caller)
    centre, rows = flatten(weights), []
    for beta in steps[1]:
        row = centre if betas is None else centre + beta * axes[1]
        rows.append([surface.value(unflatten(row + alpha * axes[0], weights)) for alpha in steps[0]])
    return np.array(rows)


def _filters(direction, weight):
    """`direction` with each filter (all axes but the last) scaled to the norm of `weight`'s."""
    axes = tuple(range(weight.ndim - 1))
    return direction * np.sqrt((weight**2).sum(axis=axes) / (direction**2).sum(axis=axes))


def _steps(values, caller, what):
    values = np.asarray(values, dtype="float64")
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"{caller}: {what} must be one or more finite numbers in a flat list, such as "
                         f"np.linspace(-1, 1, 21); got shape {values.shape}.")  # fmt: skip
    return values
