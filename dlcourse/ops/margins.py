"""By how much each wrong class comes too close to the right one."""

from keras import ops


def margin_violations(labels, scores, margin=1.0):
    """Hinge of every wrong class against the right one: max(0, margin + s_j - s_y), and 0 at j = y.

    Shapes:  labels (b, ...), scores (b, ..., k) -> (b, ..., k)
    Range:   [0, inf), in the units of the scores
    Errors:  under jit a label cannot be looked at, so nothing raises: where a label is not one of 0 .. k-1, or a
             score is NaN or infinite, all k entries of that row are NaN
    Source:  Weston & Watkins 1999, the slack of their constraints

    >>> import numpy as np
    >>> np.array(margin_violations(np.array([0, 2]), np.array([[2.0, 1.5, -3.0], [0.0, 0.0, 5.0]]))).tolist()
    [[0.0, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    labels, scores = ops.convert_to_tensor(labels), ops.convert_to_tensor(scores)
    classes = ops.arange(scores.shape[-1], dtype=labels.dtype)  # (k,)
    right = ops.equal(ops.expand_dims(labels, -1), classes)  # (b, ..., k), one True a row
    own = ops.sum(ops.where(right, scores, 0.0), axis=-1, keepdims=True)  # (b, ..., 1)
    violations = ops.where(right, 0.0, ops.relu(margin + scores - own))
    known = ops.any(right, axis=-1, keepdims=True)
    finite = ops.all(ops.isfinite(scores), axis=-1, keepdims=True)
    # A product, not a choice: the gradient of a spoilt row is NaN as well.
    return violations * ops.cast(ops.where(ops.logical_and(known, finite), 1.0, float("nan")), violations.dtype)
