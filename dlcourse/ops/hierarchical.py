"""Log-probabilities of a softmax that is a tree of binary choices, in log space throughout."""

from keras import ops


def path_log_probability(logits, signs):
    """Sum of log sigmoid(sign * logit) along a path: the log-probability of the class at its end.

    Shapes:  logits, signs (b, ..., depth), signs -1, 0 or +1 with 0 past the end of a path -> (b, ...)
    Range:   (-inf, 0]; finite with a finite gradient for finite logits; NaN logits on the path give NaN
    Source:  Morin & Bengio 2005, eq. 2

    >>> import numpy as np
    >>> round(float(path_log_probability(np.array([0.0, 0.0, 7.0]), np.array([1.0, -1.0, 0.0]))), 4)
    -1.3863
    """
    logits, signs = ops.convert_to_tensor(logits), ops.convert_to_tensor(signs)
    steps = ops.log_sigmoid(logits * ops.cast(signs, logits.dtype))
    return ops.sum(ops.where(ops.equal(signs, 0), 0.0, steps), axis=-1)


def leaf_log_probabilities(logits, tree):
    """Log-probability of every class from the logits of all inner nodes, in O(V) operations.

    Walks down level by level: what reaches a node is what reaches its parent plus the log-probability of the turn.

    Shapes:  logits (b, ..., V - 1) in the numbering of `tree` -> (b, ..., V)
    Range:   (-inf, 0]; the exponentials of a row sum to 1
    Errors:  ValueError if the last axis of `logits` is not V - 1, or V = 1, where there is nothing to choose

    >>> import numpy as np
    >>> from dlcourse.ops import balanced_tree
    >>> np.exp(np.array(leaf_log_probabilities(np.zeros((1, 2)), balanced_tree(3)))).round(2).tolist()
    [[0.25, 0.25, 0.5]]
    """
    logits = ops.convert_to_tensor(logits)
    if tree.classes < 2 or logits.shape[-1] != tree.classes - 1:
        raise ValueError(
            f"leaf_log_probabilities needs one logit an inner node, got logits of shape {tuple(logits.shape)} for a "
            f"tree of {tree.classes} classes. Pass V - 1 logits a row, V >= 2."
        )
    turns = ops.concatenate([ops.log_sigmoid(-logits), ops.log_sigmoid(logits)], axis=-1)  # (b, ..., 2V - 2)
    reached = [ops.zeros_like(logits[..., :1])]  # the root
    *inner, (leaf_parents, leaf_edges) = tree.levels
    for parents, edges in inner:
        reached.append(ops.take(reached[-1], parents, axis=-1) + ops.take(turns, edges, axis=-1))
    above = ops.take(ops.concatenate(reached, axis=-1), leaf_parents, axis=-1)
    return above + ops.take(turns, leaf_edges, axis=-1)
