"""Trees: valid codes of the right lengths, in the documented numbering, optimal where they claim it."""

from itertools import product

import numpy as np
import pytest

from dlcourse.ops import balanced_tree, huffman_tree

rng = np.random.default_rng(0)
COUNTS = {
    "even": [1] * 11,
    "powers": [2**i for i in range(9)],
    "zipf": [1000 / rank for rank in range(1, 60)],
    "some unseen": [0, 5, 0, 0, 2, 9],
    "nothing seen": [0, 0, 0],
    "random": rng.integers(0, 50, size=200).tolist(),
}
TREES = {f"balanced {v}": balanced_tree(v) for v in (2, 3, 7, 8, 100)} | {
    f"huffman {name}": huffman_tree(counts) for name, counts in COUNTS.items()
}


def merge_cost(counts):
    """Sum of all merged weights, by sorting anew before each merge: the least weighted path length."""
    weights, total = sorted(counts), 0
    while len(weights) > 1:
        merged = weights[0] + weights[1]
        total += merged
        weights = sorted([*weights[2:], merged])
    return total


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_paths_form_one_full_binary_tree(tree):
    assert np.sum(0.5**tree.lengths) == 1.0  # Kraft: full and prefix-free
    children = {}
    for path, signs, length in zip(tree.paths, tree.signs, tree.lengths, strict=True):
        assert (signs[:length] != 0).all() and (signs[length:] == 0).all() and (path[length:] == 0).all()
        below = [*path[1:length], None]
        for node, sign, child in zip(path[:length], signs[:length], below, strict=True):
            children.setdefault((node, sign), set()).add(child)
    assert set(children) == {(node, sign) for node in range(tree.classes - 1) for sign in (-1.0, 1.0)}
    assert all(len(found) == 1 for found in children.values())


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_nodes_are_numbered_by_level_and_the_lowest_class_is_to_the_left(tree):
    level, lowest = {}, {}
    for v, (path, signs, length) in enumerate(zip(tree.paths, tree.signs, tree.lengths, strict=True)):
        for depth, (node, sign) in enumerate(zip(path[:length], signs[:length], strict=True)):
            assert level.setdefault(node, depth) == depth
            lowest.setdefault((node, sign), v)
    depths = [level[node] for node in range(tree.classes - 1)]
    assert depths == sorted(depths)
    assert all(lowest[node, -1.0] < lowest[node, 1.0] for node in range(tree.classes - 1))


@pytest.mark.parametrize("classes", range(2, 70))
def test_a_balanced_tree_is_as_flat_as_can_be(classes):
    lengths, exact = balanced_tree(classes).lengths, np.log2(classes)
    assert lengths.min() == np.floor(exact) and lengths.max() == np.ceil(exact)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_huffman_meets_the_optimum_and_the_entropy_bound(counts):
    tree, counts = huffman_tree(counts), np.array(counts, float)
    assert np.isclose(counts @ tree.lengths, merge_cost(counts))
    if counts.sum():
        p = counts / counts.sum()
        entropy = -sum(q * np.log2(q) for q in p if q)
        assert entropy <= p @ tree.lengths + 1e-12 and p @ tree.lengths < entropy + 1


def test_no_code_of_four_classes_is_shorter():
    """Against all code lengths that a prefix code can have (Kraft), for many counts."""
    legal = [lengths for lengths in product(range(1, 4), repeat=4) if sum(0.5**n for n in lengths) <= 1]
    for _ in range(30):
        counts = rng.integers(1, 20, size=4)
        assert counts @ huffman_tree(counts).lengths == min(counts @ np.array(lengths) for lengths in legal)


def test_ties_go_to_the_older_subtree_and_keep_paths_short():
    """Of two optimal codes the one with the shorter longest path."""
    assert huffman_tree([1, 1, 1, 1]).lengths.tolist() == [2, 2, 2, 2]
    assert huffman_tree([2, 1, 1]).lengths.tolist() == [1, 2, 2]
    assert huffman_tree([1, 1, 2, 2]).lengths.tolist() == [2, 2, 2, 2]  # not 3 3 2 1, which costs the same
    one, two = huffman_tree(COUNTS["random"]), huffman_tree(np.array(COUNTS["random"], float))
    assert (one.paths == two.paths).all() and (one.signs == two.signs).all()


def test_one_and_two_classes():
    for tree in (balanced_tree(1), huffman_tree([3])):
        assert tree.paths.shape == tree.signs.shape == (1, 0) and tree.depth == 0 and tree.lengths.tolist() == [0]
    for tree in (balanced_tree(2), huffman_tree([9, 1]), huffman_tree([1, 9])):
        assert tree.paths.tolist() == [[0], [0]] and tree.signs.tolist() == [[-1.0], [1.0]]
    assert balanced_tree(5).paths.dtype == np.int32 and huffman_tree([1, 2, 3]).signs.dtype == np.float32


@pytest.mark.parametrize("classes", [0, -3, 2.0, True, "4", None])
def test_a_balanced_tree_refuses_what_is_no_number_of_classes(classes):
    with pytest.raises(ValueError, match=">= 1"):
        balanced_tree(classes)


@pytest.mark.parametrize("counts", [[], [1, -1], [1, np.nan], [1, np.inf], [[1, 2]], 3])
def test_a_huffman_tree_refuses_what_are_no_counts(counts):
    with pytest.raises(ValueError, match="count"):
        huffman_tree(counts)
