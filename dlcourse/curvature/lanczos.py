"""The ends of the Hessian's spectrum, without the Hessian: Lanczos on Hessian-vector products."""

from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import NamedTuple

import numpy as np

from dlcourse.curvature.flat import flatten, read_weights, unflatten
from dlcourse.curvature.krylov import NEGLIGIBLE, Krylov
from dlcourse.curvature.surface import as_surface, finite_value


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """What a search for eigenvalues found, and why it ended.

    values     (k,) descending
    vectors    k of them, each orthonormal to the others, the entry that is largest in magnitude positive
    bounds     (k,) |H v - value v|: within this distance of the value lies an eigenvalue. Rounding of the products,
               about 1e-6 of the largest eigenvalue in float32, comes on top
    products   Hessian-vector products used
    converged  whether every bound is within the tolerance
    reason     why the search ended
    """

    values: np.ndarray
    vectors: object
    bounds: np.ndarray
    products: int
    converged: bool
    reason: str


def top_eigenvalues(fn, weights, k=5, tolerance=1e-3, max_products=200, seed=0):
    """The largest eigenvalues of the Hessian of `fn` at `weights`, with their vectors.

    The search ends when each value's residual is at most `tolerance` of it (or 1e-6 of the largest in magnitude, below
    which float32 products cannot see), and a second search, orthogonal to the first, has found nothing that belongs
    among the k. One chain of products sees an eigenvalue that occurs several times only once; the second search,
    which has a start of its own, finds the other times.

    Args:
        fn: list of tensors -> scalar tensor, from `ops.loss_of_weights`, or a LossSurface.
        weights: list of tensors, Keras variables or arrays, n numbers in all; they are not changed.
        k: how many of the largest (algebraically); or a pair (high, low): the `high` largest and the `low` smallest.
            The k largest in magnitude are among those of the pair (k, k).
        tolerance: of the residuals, relative.
        max_products: where the search ends at the latest. 8 n bytes of memory are used for each product.
        seed: of the random starts.

    Returns:
        Eigenpairs; a vector is a list of float64 arrays like the weights.

    Raises:
        ValueError: bad weights or loss; k below 1 or above n or `max_products`; a tolerance that is not positive.

    Source:  Lanczos 1950; Parlett 1998, chapter 13; the length of the second search: Kuczynski & Wozniakowski 1992

    >>> def bowl(w):
    ...     return 0.5 * (3.0 * w[0][0] ** 2 + 2.0 * w[0][1] ** 2 - w[1] ** 2)
    >>> top_eigenvalues(bowl, [np.zeros(2), np.array(0.0)], k=(1, 1)).values.round(4).tolist()
    [3.0, -1.0]
    """
    weights, surface = read_weights(weights, "top_eigenvalues"), as_surface(fn)
    n = sum(w.size for w in weights)
    _counts(k, n, max_products)
    finite_value(surface, weights, "top_eigenvalues")
    found = lanczos(lambda v: flatten(surface.product(weights, unflatten(v, weights))), n, k, tolerance, max_products,
                    seed)  # fmt: skip
    vectors = [unflatten(v, weights, keep_float64=True) for v in found.vectors]
    return Eigenpairs(found.values, vectors, found.bounds, found.products, found.converged, found.reason)


def lanczos(product, n, k=5, tolerance=1e-3, max_products=200, seed=0):
    """The largest eigenvalues of any symmetric matrix (n, n) of which only the product with a vector is known.

    Args:
        product: v (n,) -> H v (n,), float64.
        k, tolerance, max_products, seed: as in `top_eigenvalues`, where the search is described.

    Returns:
        Eigenpairs; vectors (k, n).

    Raises:
        ValueError: as `top_eigenvalues`; a product that is not finite.

    >>> lanczos(lambda v: np.array([5.0, 5.0, 1.0, -7.0]) * v, 4, k=3).values.round(6).tolist()
    [5.0, 5.0, 1.0]
    """
    high, low = _counts(k, n, max_products)
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}. 1e-3 is 0.1 % of each eigenvalue.")
    krylov = Krylov(product, n, min(n, max_products), np.random.default_rng(seed))
    start, second = 0, None  # where the present search began; what the second search is to confirm
    while True:
        krylov.extend()
        if krylov.size < high + low:
            continue
        pairs, near = _outermost(krylov, high, low, tolerance)
        if krylov.size == n:
            return _result(krylov, pairs, True, f"the basis holds all {n} dimensions")
        settled = bool((pairs.bounds <= near).all())
        if second and (np.abs(pairs.values - second.values) > near).any():
            second = None  # it has found something: it is the search now
        if second and settled and _confirmed(krylov, n, high, second):
            reason = f"every bound is within the tolerance {tolerance:g}, and a second search found no other value"
            return _result(krylov, pairs, True, reason)
        if krylov.size == max_products:
            reason = f"max_products = {max_products} were used" + ", before the second search was over" * bool(second)
            return _result(krylov, pairs, settled, reason)
        if settled and not second:
            second = _Second(pairs.values, krylov.size, krylov.size - start)
            start = krylov.size
            krylov.begin()


class _Pairs(NamedTuple):
    values: np.ndarray  # (k,)
    coordinates: np.ndarray  # (m, k) in the basis
    bounds: np.ndarray  # (k,)


class _Second(NamedTuple):
    values: np.ndarray  # (k,) to confirm
    start: int  # its first vector
    length: int  # of the search before


def _outermost(krylov, high, low, tolerance):
    """The Ritz pairs at the two ends of the spectrum, descending, and how near each has to be."""
    values, vectors, bounds = krylov.ritz()
    m = krylov.size
    chosen = [*range(m - 1, m - high - 1, -1), *range(low - 1, -1, -1)]
    least = min(tolerance, NEGLIGIBLE) * np.abs(values).max()
    near = np.maximum(tolerance * np.abs(values[chosen]), least)
    return _Pairs(values[chosen], vectors[:, chosen], bounds[chosen]), near


def _confirmed(krylov, n, high, second):
    """Whether the second search has looked long enough.

    It has after as many steps as the first took. It may end before, when what it heads for lies inside of the values
    found, once it has taken p steps with 1.648 sqrt(n) exp(1/2 - p) < 1 %: then a quarter of the spectrum's span is
    the most by which it can be wrong, but for one start in a hundred.
    """
    steps, least = krylov.size - second.start, ceil(0.5 + log(164.8 * sqrt(n)))
    if steps < least or steps >= second.length:
        return steps >= least
    values, _, bounds = krylov.ritz(second.start)
    inside_above = high == 0 or values[-1] + bounds[-1] < second.values[high - 1]
    return inside_above and (high == len(second.values) or values[0] - bounds[0] > second.values[high])


def _result(krylov, pairs, converged, reason):
    vectors = pairs.coordinates.T @ krylov.basis  # (k, n)
    largest = vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)]
    return Eigenpairs(pairs.values, vectors * np.sign(largest)[:, None], pairs.bounds, krylov.size, converged, reason)


def _counts(k, n, max_products):
    """`k` as a pair (high, low) of counts that a matrix (n, n) has and max_products can find."""
    counts = tuple(k) if isinstance(k, tuple | list) else (k, 0)
    whole = all(isinstance(c, int | np.integer) and not isinstance(c, bool) for c in counts)
    if len(counts) != 2 or not whole or min(counts) < 0 or sum(counts) == 0:
        raise ValueError(f"k must be a number of eigenvalues >= 1, or a pair (largest, smallest) of them; got {k!r}.")
    if sum(counts) > n:
        raise ValueError(f"k = {k!r} asks for {sum(counts)} eigenvalues, but {n} weights have {n}. Ask for fewer.")
    if sum(counts) > max_products:
        raise ValueError(
            f"k = {k!r} needs at least {sum(counts)} products, got max_products = {max_products}. Allow more."
        )
    return counts
