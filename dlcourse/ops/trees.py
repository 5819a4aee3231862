"""Binary trees over classes, as arrays: which inner nodes lead to a class, and where to turn at each.

A tree over V classes has V - 1 inner nodes. They are numbered level by level from the root (0), each level from left
to right. Of two subtrees the one that holds the lowest class is the left one.
"""

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree over V classes, made by `balanced_tree` or `huffman_tree`.

    Shapes:  paths (V, depth) int32: the inner nodes from the root to a class, padded with 0;
             signs (V, depth) float32: -1 for a turn to the left, +1 to the right, 0 where the path has ended
    """

    paths: np.ndarray
    signs: np.ndarray

    @property
    def classes(self):
        """V, the number of leaves."""
        return len(self.paths)

    @property
    def depth(self):
        """Length of the longest path; 0 for a single class."""
        return self.paths.shape[1]

    @cached_property
    def lengths(self):
        """Length of each class's path, in bits: (V,) int64."""
        return np.count_nonzero(self.signs, axis=1)

    @cached_property
    def levels(self):
        """How to walk the whole tree downwards, one level of children after another.

        A pair of int32 arrays (parents, edges) for levels 1, 2, ... of inner nodes, then one for the V leaves. Parents
        of inner nodes count within the level above, those of leaves over all inner nodes. Edge j leads from node j to
        the left, edge V - 1 + j to the right.
        """
        inner = self.classes - 1
        parents, edges = np.zeros(inner, np.int32), np.zeros(inner, np.int32)
        turns = self.paths + inner * (self.signs > 0)  # (V, depth): the edge taken at each step
        walk, first = [], 0
        for level in range(1, self.depth):
            goes_on = self.signs[:, level] != 0
            children = self.paths[goes_on, level]
            parents[children] = self.paths[goes_on, level - 1] - first
            edges[children] = turns[goes_on, level - 1]
            own = np.arange(children.min(), children.max() + 1)  # level by level: the numbers of a level are adjacent
            walk.append((parents[own], edges[own]))
            first = own[0]
        rows, last = np.arange(self.classes), self.lengths - 1
        walk.append((self.paths[rows, last], turns[rows, last].astype(np.int32)))
        return walk


def balanced_tree(classes):
    """Halve the classes, in their order, until each stands alone: every path has floor or ceil of log2(V) steps.

    Shapes:  classes, an integer V >= 1 -> Tree with paths and signs (V, ceil(log2 V))
    Errors:  ValueError if `classes` is not a positive integer

    >>> balanced_tree(3).paths.tolist(), balanced_tree(3).signs.tolist()
    ([[0, 1], [0, 1], [0, 0]], [[-1.0, -1.0], [-1.0, 1.0], [1.0, 0.0]])
    """
    if isinstance(classes, bool) or not isinstance(classes, int | np.integer) or classes < 1:
        raise ValueError(f"balanced_tree needs a number of classes >= 1, got {classes!r}. Pass a positive integer.")
    low, high = np.zeros(classes, np.int64), np.full(classes, classes)  # the range [low, high) around each class
    leaf, paths, signs, nodes = np.arange(classes), [], [], 0
    while (open_ := high - low > 1).any():
        starts = open_ & (leaf == low)  # the first class of each range that is still to be split
        number = nodes + np.cumsum(starts) - 1
        paths.append(np.where(open_, number[low], 0))
        middle = (low + high + 1) // 2  # the left half is the larger one
        signs.append(np.where(open_, np.where(leaf < middle, -1.0, 1.0), 0.0))
        low, high = np.where(open_ & (leaf >= middle), middle, low), np.where(open_ & (leaf < middle), middle, high)
        nodes += int(starts.sum())
    return _tree(paths, signs, classes)


def huffman_tree(counts):
    """The tree of least expected path length for classes that occur `counts` times.

    Merges the two lightest subtrees until one is left. Among equal weights the older goes first: classes in their
    order, then merged subtrees in the order of merging; this keeps the longest path as short as it can be.

    Shapes:  counts (V,), non-negative, V >= 1 -> Tree with paths and signs (V, depth), log2(V) <= depth < V
    Errors:  ValueError if `counts` is empty, not a vector, negative or not finite
    Source:  Huffman 1952

    >>> huffman_tree([8, 1, 1, 2]).lengths.tolist()
    [1, 3, 3, 2]
    """
    weights = np.asarray(counts, dtype=np.float64)
    if weights.ndim != 1 or not len(weights) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            f"huffman_tree needs one finite count >= 0 a class, got {counts!r}. Pass a flat, non-empty sequence."
        )
    classes = len(weights)
    heap = [(weight, leaf) for leaf, weight in enumerate(weights.tolist())]  # (weight, age)
    heapq.heapify(heap)
    lowest, children = list(range(classes)), {}  # the lowest class under each subtree
    for age in range(classes, 2 * classes - 1):
        (light, a), (heavy, b) = heapq.heappop(heap), heapq.heappop(heap)
        children[age] = (a, b) if lowest[a] < lowest[b] else (b, a)
        lowest.append(min(lowest[a], lowest[b]))
        heapq.heappush(heap, (light + heavy, age))
    return _number(children, classes)


def _number(children, classes):
    """Number the inner nodes level by level and write down the path to every leaf."""
    parent, turn = np.full(2 * classes - 1, -1), np.zeros(2 * classes - 1)
    number, level = np.zeros(2 * classes - 1, np.int64), [2 * classes - 2]
    count = depth = 0
    while level := [subtree for subtree in level if subtree >= classes]:
        below = []
        for subtree in level:
            number[subtree] = count
            count += 1
            parent[list(children[subtree])] = subtree
            turn[list(children[subtree])] = -1.0, 1.0
            below += children[subtree]
        level, depth = below, depth + 1
    upward, at = [], np.arange(classes)  # climb from all leaves at once
    while (climbing := parent[at] >= 0).any():
        upward.append((np.where(climbing, number[parent[at]], 0), np.where(climbing, turn[at], 0.0)))
        at = np.where(climbing, parent[at], at)
    paths, signs = np.zeros((classes, depth), np.int32), np.zeros((classes, depth), np.float32)
    lengths = sum((sign != 0 for _, sign in upward), np.zeros(classes, np.int64))
    for step, (node, sign) in enumerate(upward, start=1):
        rows = np.flatnonzero(sign)
        paths[rows, lengths[rows] - step] = node[rows]
        signs[rows, lengths[rows] - step] = sign[rows]
    return Tree(paths, signs)


def _tree(paths, signs, classes):
    if not paths:
        return Tree(np.zeros((classes, 0), np.int32), np.zeros((classes, 0), np.float32))
    return Tree(np.stack(paths, axis=1).astype(np.int32), np.stack(signs, axis=1).astype(np.float32))
