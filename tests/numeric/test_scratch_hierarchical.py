"""The NumPy hierarchical softmax: its gradient, the rows it touches, and what it costs."""

import numpy as np
import pytest

from dlcourse.ops import balanced_tree, huffman_tree
from dlcourse.scratch.hierarchical import full_softmax_step, log_probability, multiply_adds, path_logits, sgd_step
from tests.contracts.twins import path_log_probability

rng = np.random.default_rng(0)


def problem(tree, batch=9, d=4):
    return (
        (tree.paths, tree.signs),
        rng.normal(size=(tree.classes - 1, d)),
        rng.normal(size=(batch, d)),
        rng.integers(tree.classes, size=batch),
    )


@pytest.mark.parametrize("tree", [balanced_tree(2), balanced_tree(13), huffman_tree([50, 1, 1, 9, 3])])
def test_log_probability_equals_the_loop(tree):
    codes, nodes, x, labels = problem(tree)
    slow = [path_log_probability(*codes, nodes, np.zeros(len(nodes)), a, v) for a, v in zip(x, labels, strict=True)]
    np.testing.assert_allclose(log_probability(codes, nodes, x, labels), slow, rtol=1e-12)
    every = [log_probability(codes, nodes, x, np.full(len(x), v)) for v in range(tree.classes)]
    np.testing.assert_allclose(np.exp(every).sum(axis=0), 1.0)
    assert path_logits(codes, nodes, x, labels).shape == (len(x), tree.depth)


@pytest.mark.parametrize("tree", [balanced_tree(2), balanced_tree(13), huffman_tree([50, 1, 1, 9, 3])])
def test_a_step_follows_central_differences_and_touches_only_the_paths(tree):
    codes, nodes, x, labels = problem(tree)
    before, expected = nodes.copy(), np.empty_like(nodes)
    for at in np.ndindex(nodes.shape):
        ends = []
        for sign in (1, -1):
            moved = before.copy()
            moved[at] += sign * 1e-6
            ends.append(-log_probability(codes, moved, x, labels).mean())
        expected[at] = (ends[0] - ends[1]) / 2e-6
    loss = sgd_step(codes, nodes, x, labels, rate=0.1)
    assert np.isclose(loss, -log_probability(codes, before, x, labels).mean())
    np.testing.assert_allclose((before - nodes) / 0.1, expected, atol=1e-8)
    path = {node for v in labels for node in codes[0][v][codes[1][v] != 0]}
    assert set(np.flatnonzero((nodes != before).any(axis=1))) == path


def test_huge_logits_stay_finite():
    codes, nodes, x, labels = problem(balanced_tree(8))
    assert np.isfinite(sgd_step(codes, nodes * 1e4, x * 1e4, labels, rate=0.1))


def test_the_full_softmax_step_follows_its_gradient():
    weights, x, labels = rng.normal(size=(5, 3)), rng.normal(size=(7, 3)), rng.integers(5, size=7)

    def loss(w):
        logits = x @ w.T
        return (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(7), labels]).mean()

    before, slope = weights.copy(), np.empty_like(weights)
    for at in np.ndindex(weights.shape):
        up, down = before.copy(), before.copy()
        up[at] += 1e-6
        down[at] -= 1e-6
        slope[at] = (loss(up) - loss(down)) / 2e-6
    assert np.isclose(full_softmax_step(weights, x, labels, rate=0.1), loss(before))
    np.testing.assert_allclose((before - weights) / 0.1, slope, atol=1e-8)


def test_the_cost_of_a_step_grows_like_log_v():
    """Exactly: multiply-adds of a balanced tree are 2 d log2(V) an example."""
    for bits in range(4, 15):
        tree = balanced_tree(2**bits)
        assert multiply_adds((tree.paths, tree.signs), np.arange(16), d=10) == 2 * 16 * bits * 10
