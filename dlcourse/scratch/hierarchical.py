"""Hierarchical softmax in NumPy: a training step that touches the nodes on the labels' paths and nothing else.

A tree over V classes is a pair `(paths, signs)` of arrays (V, depth): the inner nodes from the root to each class,
and -1 (left), +1 (right) or 0 (the path has ended) beside them. `dlcourse.ops` builds such trees.
"""

import numpy as np


def path_logits(tree, nodes, x, labels):
    """Dot products of each row with the nodes on its label's path.

    Shapes:  nodes (V - 1, d), x (b, d), labels (b,) integers -> (b, depth); padding holds the root's logit

    >>> tree = (np.array([[0, 1], [0, 1], [0, 0]]), np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 0.0]]))
    >>> path_logits(tree, np.array([[1.0], [2.0]]), np.array([[3.0]]), np.array([1])).tolist()
    [[3.0, 6.0]]
    """
    paths, _ = tree
    return np.einsum("bkd,bd->bk", nodes[paths[labels]], x)


def log_probability(tree, nodes, x, labels):
    """log p(label | x): the sum of log sigmoid(sign * logit) along the path, which never overflows.

    Shapes:  nodes (V - 1, d), x (b, d), labels (b,) -> (b,), in (-inf, 0]
    """
    signs = tree[1][labels]  # (b, depth)
    steps = -np.logaddexp(0.0, -signs * path_logits(tree, nodes, x, labels))
    return np.where(signs == 0, 0.0, steps).sum(axis=1)


def sgd_step(tree, nodes, x, labels, rate):
    """One step of gradient descent on the mean of -log p; changes the touched rows of `nodes` in place.

    With g = sign * sigmoid(-sign * logit), the slope of log p in the logit, node i gains rate / b * sum of g * x over
    the examples whose path runs through i. No array with V rows is made: the work is b * depth rows of length d.

    Shapes:  nodes (V - 1, d) float, x (b, d), labels (b,), b >= 1 -> the mean loss before the step, in nats
    """
    paths, signs = tree[0][labels], tree[1][labels]  # (b, depth)
    turn = signs * path_logits(tree, nodes, x, labels)
    loss = np.where(signs == 0, 0.0, np.logaddexp(0.0, -turn)).sum(axis=1).mean()
    slope = signs * np.exp(-np.logaddexp(0.0, turn))  # sigmoid(-turn), in log space
    real = np.flatnonzero(signs)
    real = real[np.argsort(paths.ravel()[real], kind="stable")]  # the same node side by side
    touched, starts = np.unique(paths.ravel()[real], return_index=True)
    gain = slope.ravel()[real, None] * x[real // paths.shape[1]]  # (steps in the batch, d)
    nodes[touched] += rate / len(x) * np.add.reduceat(gain, starts, axis=0)
    return loss


def full_softmax_step(weights, x, labels, rate):
    """The same step for a plain softmax, in place: every class's row takes part in every example.

    Shapes:  weights (V, d) float, x (b, d), labels (b,), b >= 1 -> the mean loss before the step, in nats
    """
    logits = x @ weights.T  # (b, V)
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    slope = np.exp(log_p)  # of the loss in the logits: p - 1 at the label, p elsewhere
    slope[rows, labels] -= 1.0
    weights -= rate / len(x) * slope.T @ x
    return -log_p[rows, labels].mean()


def multiply_adds(tree, labels, d):
    """Multiply-adds that a hierarchical step needs for these labels: d a node on the way out, d on the way back.

    A plain softmax needs `2 * len(labels) * V * d`.

    >>> tree = (np.array([[0, 1], [0, 1], [0, 0]]), np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 0.0]]))
    >>> multiply_adds(tree, np.array([0, 2]), d=10)
    60
    """
    return int(2 * d * np.count_nonzero(tree[1][labels]))
