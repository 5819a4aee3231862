"""How far the loss rises close to the weights: two measures of sharpness."""

import numpy as np
from scipy.optimize import Bounds, minimize

from dlcourse.curvature.flat import flatten, read_weights, unflatten
from dlcourse.curvature.surface import as_surface, finite_value


def keskar_sharpness(fn, weights, epsilon=1e-3, iterations=10, starts=3, seed=0):
    """The largest rise of the loss in a small box around the weights, in percent of 1 + loss.

    100 (max f(w + d) - f(w)) / (1 + f(w)),  over all d with |d_i| <= epsilon (|w_i| + 1)

    The maximum is sought by L-BFGS-B, as in the paper, in the whole space of weights (the paper's A = I). Two things
    are added. L-BFGS-B is slow where the loss is convex, since the maximum is then in a corner of the box: so steps
    follow to the corner that the gradient points to, as long as the loss rises. And the paper starts at w alone, from
    where no step leads if the gradient is 0: so further starts lie in random corners, and the best of all counts. What
    is found is a lower bound of the maximum, and at least what the paper's search finds.

    Args:
        fn, weights: as in `top_eigenvalues`.
        epsilon: size of the box; the paper takes 1e-3 and 5e-4.
        iterations: of L-BFGS-B from each start, and steps to corners at most; the paper takes 10.
        starts: 1 for w alone, as in the paper.
        seed: of the random corners.

    Range:   [0, inf), percent
    Errors:  ValueError for bad weights, a loss at or below -1, where the ratio means nothing, or an option below 1
    Source:  Keskar et al. 2017, metric 2.1, equations 3 and 4

    >>> round(keskar_sharpness(lambda w: 50.0 * w[0] ** 2, [np.array(0.0)], epsilon=0.1), 3)
    50.0
    """
    for name, number in (("iterations", iterations), ("starts", starts)):
        if number < 1:
            raise ValueError(f"keskar_sharpness needs {name} >= 1, got {number}.")
    _positive(epsilon, "keskar_sharpness", "epsilon")
    weights, surface = read_weights(weights, "keskar_sharpness"), as_surface(fn)
    value = finite_value(surface, weights, "keskar_sharpness")
    if value <= -1:
        raise ValueError(
            f"keskar_sharpness divides by 1 + loss: it needs a loss above -1, got {value}. Add a constant."
        )
    centre = flatten(weights)
    box = epsilon * (np.abs(centre) + 1)

    def climb(place):  # in [-1, 1]^n: the box, each side as long as the other
        height, gradients = surface.gradient(unflatten(centre + box * place, weights))
        return height, box * flatten(gradients)

    rng, best = np.random.default_rng(seed), value
    for start in range(starts):
        place = rng.choice([-1.0, 1.0], len(centre)) if start else np.zeros(len(centre))
        best = max(best, _highest(climb, place, iterations))
    return 100 * (best - value) / (1 + value)


def sam_sharpness(fn, weights, rho=0.05):
    """The rise of the loss after a step of length `rho` up the gradient g: f(w + rho g / |g|) - f(w).

    This is to first order in rho what the loss rises at most within a ball of that radius, and what sharpness-aware
    minimisation adds to the loss. Where the gradient is 0 it is 0: the first order sees no curvature.

    Args:
        fn, weights: as in `top_eigenvalues`.
        rho: radius; the paper takes 0.05.

    Range:   (-inf, inf), in the units of the loss; about rho |g| + rho^2 g.Hg / (2 |g|^2)
    Errors:  ValueError for bad weights or loss, or a rho that is not positive
    Source:  Foret et al. 2021, equation 2

    >>> round(sam_sharpness(lambda w: 4.0 * w[0] ** 2, [np.array(1.0)], rho=0.5), 4)
    5.0
    """
    _positive(rho, "sam_sharpness", "rho")
    weights, surface = read_weights(weights, "sam_sharpness"), as_surface(fn)
    finite_value(surface, weights, "sam_sharpness")
    value, gradients = surface.gradient(weights)
    gradient = flatten(gradients)
    norm = np.linalg.norm(gradient)
    if norm == 0:
        return 0.0
    return surface.value(unflatten(flatten(weights) + rho / norm * gradient, weights)) - value


def _positive(number, caller, name):
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{caller} needs a {name} > 0, got {number}. It is the size of the neighbourhood.")


def _highest(climb, place, iterations):
    """The largest value found in [-1, 1]^n from `place` on; climb: place -> (value, gradient)."""

    def descend(place):
        height, gradient = climb(place)
        return -height, -gradient

    options = {"maxiter": iterations, "ftol": 0.0, "gtol": 0.0}
    sides = Bounds(-np.ones(len(place)), np.ones(len(place)))
    found = minimize(descend, place, method="L-BFGS-B", jac=True, bounds=sides, options=options)
    best, gradient = -found.fun, -found.jac
    for _ in range(iterations):
        height, gradient = climb(np.sign(gradient))
        if not height > best:
            break
        best = height
    return best
