"""Eigenvalues and spectra from products alone: exact where the spectrum is known, the dense Hessian's on a net."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.sparse.linalg import LinearOperator, eigsh

from dlcourse.curvature import Krylov, LossSurface, lanczos, spectrum_density, top_eigenvalues
from dlcourse.ops import loss_of_weights
from tests.numeric import mlp_twin

SPREAD = np.linspace(-1.0, 1.0, 40)
SPECTRA = {
    "distinct": np.r_[50.0, 20.0, 9.0, 8.9, 5.0, SPREAD],
    "repeated": np.r_[[50.0] * 3, [20.0] * 2, 9.0, SPREAD],
    "repeated and nothing else": np.repeat([4.0, 1.0], [3, 40]),
    "one value": np.full(12, 2.5),
    "zero": np.zeros(9),
    "low rank": np.r_[7.0, 3.0, np.zeros(40)],
    "negative": -np.r_[1.0, 1.0, 2.0, 40.0, 2 + SPREAD],
    "both signs": np.r_[50.0, 50.0, 30.0, -45.0, -45.0, -20.0, SPREAD],
    "one weight": np.array([-3.0]),
}


def rotated(spectrum, seed=0):
    """A dense symmetric matrix with that spectrum."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(spectrum),) * 2))
    return (q * spectrum) @ q.T


@pytest.mark.parametrize("turn", [False, True], ids=["diagonal", "rotated"])
@pytest.mark.parametrize("name", SPECTRA)
def test_known_spectra_are_found_with_every_repetition(name, turn):
    spectrum = SPECTRA[name]
    matrix = rotated(spectrum) if turn else np.diag(spectrum)
    for seed in range(2):
        high, low = min(5, len(spectrum)), min(3, max(0, len(spectrum) - 5))
        found = lanczos(lambda v: matrix @ v, len(spectrum), (high, low), tolerance=1e-5, seed=seed)
        expected = np.sort(spectrum)[::-1]
        expected = np.r_[expected[:high], expected[len(expected) - low :]]
        assert np.allclose(found.values, expected, rtol=1e-5, atol=1e-9), (found.values, expected)
        assert found.converged
        assert np.allclose(found.vectors @ found.vectors.T, np.eye(high + low), atol=1e-9)
        residuals = np.linalg.norm(matrix @ found.vectors.T - found.vectors.T * found.values, axis=0)
        assert np.allclose(found.bounds, residuals, atol=1e-9), "the bound is the residual"
        assert (found.vectors[range(high + low), np.abs(found.vectors).argmax(1)] > 0).all()


def test_a_peer_finds_the_same_and_the_second_search_is_what_finds_repetitions():
    matrix = rotated(np.r_[50.0, 50.0, 20.0, np.random.default_rng(1).uniform(-1, 1, 400)])
    n = len(matrix)
    found = lanczos(lambda v: matrix @ v, n, 4, tolerance=1e-6)
    peer = eigsh(LinearOperator((n, n), lambda v: matrix @ v, dtype="float64"), 4, which="LA", tol=1e-10)[0][::-1]
    assert np.allclose(found.values, peer, rtol=1e-6)
    krylov = Krylov(lambda v: matrix @ v, n, 12, np.random.default_rng(0))
    for _ in range(12):
        krylov.extend()
    assert np.allclose(krylov.ritz()[0][-2:], [20, 50], atol=1e-4), "one chain alone sees 50 once"
    tridiagonal = np.triu(np.tril(krylov.matrix, 1), -1)
    assert np.allclose(krylov.matrix, tridiagonal, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_as_many_searches_follow_as_there_are_repetitions_and_each_is_long_enough(seed):
    three = np.r_[[5.0] * 3, 3.0, 2.5, np.random.default_rng(1).uniform(-1, 1, 400)]
    found = lanczos(lambda v: three * v, len(three), 3, tolerance=1e-2, seed=seed)
    assert np.allclose(found.values, 5, rtol=1e-3) and found.products < 45
    close = np.r_[1.05, 1.05, np.linspace(0, 1, 600)]  # the second 1.05 is slow to part from the rest
    found = lanczos(lambda v: close * v, len(close), 2, seed=seed)
    assert np.allclose(found.values, 1.05, rtol=1e-4) and found.products < 200


def test_the_basis_keeps_what_couples_its_chains():
    matrix = rotated(np.random.default_rng(2).normal(size=30))
    krylov = Krylov(lambda v: matrix @ v, 30, 30, np.random.default_rng(0))
    for step in range(24):
        if step in (7, 15):
            krylov.begin()
        krylov.extend()
    assert np.allclose(krylov.basis @ krylov.basis.T, np.eye(24), atol=1e-12)
    assert np.allclose(krylov.basis @ matrix @ krylov.basis.T, krylov.matrix, atol=1e-12)
    values, vectors, residuals = krylov.ritz()
    ritz = krylov.basis.T @ vectors
    assert np.allclose(np.linalg.norm(matrix @ ritz - ritz * values, axis=0), residuals, atol=1e-12)


def test_it_says_why_it_stopped_and_counts_what_it_used():
    spectrum, calls = np.r_[np.arange(10.0, 20.0), np.random.default_rng(0).uniform(0, 9, 500)], []

    def product(v):
        calls.append(v)
        return spectrum * v

    found = lanczos(product, len(spectrum), 3)
    assert found.products == len(calls) and found.converged and "second search" in found.reason
    assert np.allclose(found.values, [19, 18, 17], rtol=1e-3)
    short = lanczos(product, len(spectrum), 3, max_products=8)
    assert short.products == 8 and not short.converged and short.reason.startswith("max_products = 8")
    assert short.bounds.max() > 1e-3 * 17
    cut = lanczos(product, len(spectrum), 3, max_products=found.products - 1)
    assert cut.converged and cut.reason.endswith("before the second search was over")
    assert "all 4 dim" in lanczos(lambda v: np.arange(4.0) * v, 4, 4).reason
    again = lanczos(product, len(spectrum), 3)
    assert (again.values == found.values).all() and (again.vectors == found.vectors).all()
    assert (lanczos(product, len(spectrum), 3, seed=1).vectors != found.vectors).any()


@pytest.mark.parametrize("turn", [False, True], ids=["diagonal", "rotated"])
def test_quadratics_in_tensors(turn):
    spectrum = SPECTRA["both signs"]
    matrix = (rotated(spectrum) if turn else np.diag(spectrum)).astype("float32")

    def quadratic(weights):
        w = ops.concatenate([ops.reshape(part, (-1,)) for part in weights])
        return 3.0 + 0.5 * ops.sum(w * ops.matmul(ops.convert_to_tensor(matrix), w))

    weights = [np.ones((6, 5)), np.zeros(6), np.zeros((5, 1, 2))]
    found = top_eigenvalues(quadratic, weights, (3, 3), tolerance=1e-4)
    assert np.allclose(found.values, [50, 50, 30, -20, -45, -45], rtol=1e-5)
    assert [[part.shape for part in vector] for vector in found.vectors] == [[w.shape for w in weights]] * 6


@pytest.fixture(scope="module")
def net():
    return mlp_twin.net()


def test_a_net_has_the_eigenvalues_of_its_dense_hessian(net):
    surface, weights = LossSurface(net.fn), net.model.trainable_variables
    before = [np.array(ops.convert_to_numpy(w)) for w in weights]
    dense = net.hessian(before)  # float64 central differences of a gradient written by hand
    n = len(dense)
    columns = [surface.product(weights, mlp_twin.split(unit, before)) for unit in np.eye(n)]
    columns = np.array([np.concatenate([part.ravel() for part in column]) for column in columns])
    assert np.allclose(columns, dense, atol=2e-6)
    expected = np.linalg.eigvalsh(dense)[::-1]
    found = top_eigenvalues(surface, weights, (5, 2))
    assert np.allclose(found.values, np.r_[expected[:5], expected[-2:]], rtol=1e-4)
    for value, vector in zip(found.values, found.vectors, strict=True):
        v = np.concatenate([part.ravel() for part in vector])
        assert np.linalg.norm(dense @ v - value * v) < 1.1e-3 * abs(value)
    density = spectrum_density(surface, weights, probes=2, steps=8)
    rng = np.random.default_rng(0)  # a probe's nodes and masses have the moments v.H^p v of its vector, p < 16
    for nodes, masses in zip(density.nodes, density.masses, strict=True):
        v = rng.standard_normal(n)
        power = v = v / np.linalg.norm(v)
        for p in range(6):
            assert (masses * nodes**p).sum() == pytest.approx(v @ power, rel=1e-4)
            power = dense @ power
    assert all((b == ops.convert_to_numpy(w)).all() for b, w in zip(before, weights, strict=True)), "nothing moved"


def test_the_density_is_that_of_a_known_spectrum():
    rng = np.random.default_rng(0)
    spectrum = np.r_[rng.normal(0, 1, 900), rng.normal(6, 0.5, 300), [30.0, 40.0]].astype("float32")
    scale = ops.convert_to_tensor(spectrum)
    found = spectrum_density(lambda w: 0.5 * ops.sum(scale * w[0] ** 2), [np.ones(1202)], probes=8, steps=25)
    assert found.products == 200 and found.nodes.shape == found.masses.shape == (8, 25)
    assert np.trapezoid(found.density, found.grid) == pytest.approx(1, abs=1e-6)
    assert np.allclose(found.masses.sum(axis=1), 1) and (found.masses >= 0).all()
    assert found.width == pytest.approx(0.01 * (found.nodes.max() - found.nodes.min()))
    assert np.allclose(found.at(found.grid[::50]), found.density[::50])
    smooth = np.exp(-0.5 * ((found.grid[:, None] - spectrum) / found.width) ** 2).mean(axis=1)
    smooth /= found.width * np.sqrt(2 * np.pi)
    assert np.trapezoid(np.abs(found.density - smooth), found.grid) < 0.1
    assert np.abs(found.nodes - 40).min(axis=1).max() < 1e-3 and np.abs(found.nodes - 30).min(axis=1).max() < 1e-3


def test_few_eigenvalues_are_found_exactly_and_a_single_one_has_a_width():
    spectrum = np.repeat([-2.0, 0.0, 5.0], [100, 500, 200]).astype("float32")
    scale = ops.convert_to_tensor(spectrum)
    found = spectrum_density(lambda w: 0.5 * ops.sum(scale * w[0] ** 2), [np.zeros(800)], probes=3)
    assert np.allclose(found.nodes, [[-2, 0, 5]] * 3, atol=1e-5) and found.products == 9
    assert np.allclose(found.masses, [[0.125, 0.625, 0.25]] * 3, atol=0.08)
    near = ops.convert_to_tensor(np.array([1.0, 1.000004], "float32"))  # told apart by some probes only
    found = spectrum_density(lambda w: 0.5 * ops.sum(near * w[0] ** 2), [np.zeros(2)], probes=12)
    short = found.masses[:, 1] == 0
    assert 0 < short.sum() < 12 and found.products == 24 - short.sum() and np.allclose(found.masses.sum(axis=1), 1)
    flat = spectrum_density(lambda w: ops.sum(w[0]) + 0.0 * ops.sum(w[0] ** 2), [np.zeros(3)], probes=1)
    assert flat.width == 0.01 and np.trapezoid(flat.density, flat.grid) == pytest.approx(1)


def bowl(weights):
    return ops.sum(weights[0] ** 2)


TWO = [np.ones(2)]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: top_eigenvalues(bowl, TWO, k=3), "asks for 3 eigenvalues, but 2 weights have 2. Ask for fewer"),
        (lambda: top_eigenvalues(bowl, TWO, k=0), "k must be a number of eigenvalues >= 1"),
        (lambda: top_eigenvalues(bowl, TWO, k=1.0), "k must be a number of eigenvalues >= 1"),
        (lambda: top_eigenvalues(bowl, TWO, k=(1, -1)), r"k must .* got \(1, -1\)"),
        (lambda: top_eigenvalues(bowl, TWO, k=2, max_products=1), "needs at least 2 products, got max_products = 1"),
        (lambda: top_eigenvalues(bowl, TWO, k=1, tolerance=0), "tolerance must be positive"),
        (lambda: top_eigenvalues(bowl, [], k=1), "weights is an empty list"),
        (lambda: top_eigenvalues(bowl, np.ones(2), k=1), "weights must be a list"),
        (lambda: top_eigenvalues(bowl, [np.zeros((0, 3))], k=1), "only empty arrays"),
        (lambda: top_eigenvalues(bowl, [np.ones(2, int)], k=1), "floating-point"),
        (lambda: top_eigenvalues(bowl, [np.array([1.0, np.nan])], k=1), r"weights\[0\] holds NaN"),
        (lambda: top_eigenvalues(lambda w: ops.sum(ops.log(-w[0])), TWO, k=1), "the loss at the weights is nan"),
        (lambda: top_eigenvalues(lambda w: w[0], TWO, k=1), "must return a scalar"),
        (lambda: top_eigenvalues("loss", TWO, k=1), "must be a function of a list of weights, got str"),
        (lambda: LossSurface(bowl).product(TWO, [np.ones(3)]), r"vectors must have the shapes .*\(2,\).*\(3,\)"),
        (lambda: LossSurface(bowl).product(TWO, [np.ones(2)] * 2), "vectors must have the shapes"),
        (lambda: lanczos(lambda v: v[:1], 2, 1), r"finite and of that shape; it has the shape \(1,\)"),
        (lambda: lanczos(lambda v: v * np.inf, 2, 1), "2 entries that are NaN or infinite"),
        (lambda: spectrum_density(bowl, TWO, probes=0), "probes >= 1"),
        (lambda: spectrum_density(bowl, TWO, steps=1.5), "steps >= 1"),
        (lambda: spectrum_density(bowl, TWO, width=0.0), "width must be positive"),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_surface_serves_many_weights_and_keeps_their_type():
    traced = []

    def fn(weights):
        traced.append(1)
        return ops.sum(weights[0] ** 4)

    surface = LossSurface(fn)
    for size in (1.0, 2.0, 3.0):
        assert surface.value([np.full(3, size)]) == pytest.approx(3 * size**4)
        found = top_eigenvalues(surface, [keras.Variable(np.full(3, size, "float32"))], k=3)
        assert np.allclose(found.values, 12 * size**2, rtol=1e-6)
    if keras.backend.backend() != "torch":  # PyTorch does not compile
        assert len(traced) <= 6
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    mse = loss_of_weights(model, keras.losses.MeanSquaredError(), np.ones((3, 2)), np.ones((3, 1)))
    assert surface.value([np.ones((), "float16")]) == 1.0
    assert np.isfinite(LossSurface(mse).value([w.numpy() for w in model.trainable_variables]))
