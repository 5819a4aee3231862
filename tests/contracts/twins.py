"""Slow NumPy twins, in float64 and with loops: written from the formulas, not from the code they check."""

import numpy as np


def weston_watkins(y_true, scores, margin, power=1, ignore=None):
    """Unreduced multi-class hinge: labels (b, ...) or (b, ..., 1), scores (b, ..., k) -> (b, ...)"""
    labels = np.asarray(y_true).reshape(scores.shape[:-1])
    out = np.zeros(labels.shape)
    for at in np.ndindex(labels.shape):
        if labels[at] == ignore:
            continue
        for j in range(scores.shape[-1]):
            if j != labels[at]:
                out[at] += max(0.0, margin + scores[at][j] - scores[at][labels[at]]) ** power
    return out


def log_sigmoid(z):
    """log(1 / (1 + exp(-z))) of one number."""
    return -np.log1p(np.exp(-z)) if z > 0 else z - np.log1p(np.exp(z))


def path_log_probability(paths, signs, nodes, bias, x, label):
    """log p(label | x) of one example x (d,), one turn after another."""
    total = 0.0
    for node, sign in zip(paths[label], signs[label], strict=True):
        if sign:
            total += log_sigmoid(sign * (nodes[node] @ x + bias[node]))
    return total


def hierarchical_softmax(tree, nodes, bias, inputs, labels=None):
    """What the layer returns: (b, ..., d) -> (b, ..., V), or (b, ...) with labels."""
    rows = inputs.reshape(-1, inputs.shape[-1])
    lead = inputs.shape[:-1]
    if labels is None:
        each = [
            [path_log_probability(tree.paths, tree.signs, nodes, bias, x, v) for v in range(tree.classes)] for x in rows
        ]
        return np.array(each).reshape(*lead, tree.classes)
    pairs = zip(rows, labels.ravel(), strict=True)
    return np.array([path_log_probability(tree.paths, tree.signs, nodes, bias, x, v) for x, v in pairs]).reshape(lead)
