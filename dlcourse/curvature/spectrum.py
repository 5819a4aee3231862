"""The whole spectrum of the Hessian as a density, from a few random vectors: stochastic Lanczos quadrature."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

from dlcourse.curvature.flat import flatten, read_weights, unflatten
from dlcourse.curvature.krylov import Krylov
from dlcourse.curvature.surface import as_surface, finite_value

REACH = 6  # standard deviations of the kernel by which the grid goes beyond the outermost nodes


@dataclass(frozen=True, eq=False)
class Spectrum:
    """An estimated density of eigenvalues.

    nodes, masses  (probes, steps) where each probe puts which share of the eigenvalues; a row of masses sums to 1
    width          standard deviation of the Gaussian that stands for each node
    grid, density  (m,) the density on an even grid, over which it integrates to 1
    products       Hessian-vector products used
    """

    nodes: np.ndarray
    masses: np.ndarray
    width: float
    grid: np.ndarray
    density: np.ndarray
    products: int

    def at(self, points):
        """The density at any points.  (...) -> (...) in [0, inf), share of the eigenvalues per unit of eigenvalue"""
        return _smooth(np.asarray(points, dtype="float64"), self.nodes, self.masses, self.width)


def spectrum_density(fn, weights, probes=4, steps=40, width=None, seed=0):
    """Estimate how the n eigenvalues of the Hessian of `fn` at `weights` are spread.

    For a random vector v of length 1, `steps` products give the nodes and masses of the Gauss quadrature of the
    measure sum_i (v . u_i)^2 delta(l_i), whose mean over v is the density of eigenvalues l_i. The nodes are smoothed by
    a Gaussian and averaged over the probes. A single eigenvalue among n has the mass 1 / n, which one probe sees with
    an error as large as itself: trust the bulk and the places of the outliers, not the outliers' heights.

    Args:
        fn, weights: as in `top_eigenvalues`.
        probes: random vectors.
        steps: products a probe; n where that is fewer.
        width: standard deviation of the Gaussian; 1 % of the span of all nodes without.
        seed: of the probes.

    Returns:
        Spectrum.

    Raises:
        ValueError: bad weights or loss; probes or steps below 1; a width that is not positive.

    Source:  Lin, Saad & Yang 2016, section 3.2; Ghorbani, Krishnan & Xiao 2019, algorithm 1

    >>> import keras
    >>> bowl = spectrum_density(lambda w: keras.ops.sum(w[0] ** 2), [np.zeros(5)], probes=2)
    >>> bowl.nodes.round(4).tolist(), round(float(np.trapezoid(bowl.density, bowl.grid)), 6)
    ([[2.0], [2.0]], 1.0)
    """
    for name, count in (("probes", probes), ("steps", steps)):
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise ValueError(f"spectrum_density needs {name} >= 1, an integer; got {count!r}.")
    if width is not None and not width > 0:
        raise ValueError(f"width must be positive, got {width}. It is in the units of the eigenvalues.")
    weights, surface = read_weights(weights, "spectrum_density"), as_surface(fn)
    finite_value(surface, weights, "spectrum_density")
    n, rng = sum(w.size for w in weights), np.random.default_rng(seed)

    def product(v):
        return flatten(surface.product(weights, unflatten(v, weights)))

    found = [_quadrature(Krylov(product, n, min(steps, n), rng), min(steps, n)) for _ in range(probes)]
    longest = max(len(nodes) for nodes, _ in found)  # a chain that is exhausted has fewer nodes: fill up with mass 0
    nodes = np.stack([np.pad(x, (0, longest - len(x)), mode="edge") for x, _ in found])
    masses = np.stack([np.pad(m, (0, longest - len(m))) for _, m in found])
    low, high = nodes.min(), nodes.max()
    if width is None:
        span = high - low
        width = 0.01 * (span if span > 1e-5 * abs(high) else abs(high) or 1.0)
    low, high = low - REACH * width, high + REACH * width
    grid = np.linspace(low, high, max(1001, int(4 * (high - low) / width) + 1))
    density = _smooth(grid, nodes, masses, width)
    return Spectrum(nodes, masses, float(width), grid, density, sum(len(x) for x, _ in found))


def _quadrature(krylov, steps):
    """Nodes and masses (p,), p <= steps, of one random vector."""
    krylov.extend()
    while krylov.size < steps and not krylov.exhausted:
        krylov.extend()
    nodes, vectors = eigh_tridiagonal(np.diag(krylov.matrix), np.diag(krylov.matrix, 1))
    return nodes, vectors[0] ** 2


def _smooth(points, nodes, masses, width):
    """Mean over the probes of the Gaussians at `nodes`, weighted by `masses`."""
    total = np.zeros(points.shape)
    for node, mass in zip(nodes.ravel(), masses.ravel(), strict=True):
        total += mass * np.exp(-0.5 * ((points - node) / width) ** 2)
    return total / (len(nodes) * width * np.sqrt(2 * np.pi))
