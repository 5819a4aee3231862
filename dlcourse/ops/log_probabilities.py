"""Class probabilities, their logarithms, and those of what is left to the other classes, exact at saturation."""

import math

from keras import ops

from dlcourse.ops.channel_maps import across, softmax_of

LEAST = 1e-7  # what a given probability is raised to, as in Keras: log 0 has no gradient


def log_probabilities(y_pred, from_logits, axis=-1):
    """log p and log(1 - p) of every class; one score is read as that of class 1 of two.

    From logits neither loses a digit: log(1 - p) of the likeliest class is a sum over the others, never 1 - p itself.
    Probabilities are moved into [1e-7, 1 - 1e-7] first.

    Shapes:  y_pred with k channels along `axis` -> two of its shape, for k = 1 with 2 channels
    Range:   (-inf, 0]; NaN stays NaN

    >>> import numpy as np
    >>> log_p, log_rest = log_probabilities(np.array([[30.0, 0.0]], "float32"), from_logits=True)
    >>> [f"{x:.3g}" for x in np.array(log_rest)[0]]  # 1 - p would be 0 in float32, and its logarithm -inf
    ['-30', '-9.36e-14']
    """
    y_pred = ops.convert_to_tensor(y_pred)
    binary = y_pred.shape[axis] == 1
    if not from_logits:
        p = ops.clip(y_pred, LEAST, 1 - LEAST)
        p = ops.concatenate([1 - p, p], axis=axis) if binary else p
        return ops.log(p), ops.log1p(-p)
    if binary:
        log_p, log_rest = -ops.softplus(-y_pred), -ops.softplus(y_pred)
        return ops.concatenate([log_rest, log_p], axis=axis), ops.concatenate([log_p, log_rest], axis=axis)
    likeliest = ops.one_hot(ops.argmax(y_pred, axis=axis), y_pred.shape[axis], axis=axis, dtype="bool")
    shifted = y_pred - ops.stop_gradient(ops.max(y_pred, axis=axis, keepdims=True, initial=-math.inf))  # at most 0
    own = ops.sum(ops.where(likeliest, shifted, 0.0), axis=axis, keepdims=True)  # 0, with the gradient of the largest
    others = ops.logsumexp(ops.where(likeliest, -math.inf, shifted), axis=axis, keepdims=True)
    lead = own - others  # softplus keeps a slope where 1 - p has lost its digits
    log_p = ops.where(likeliest, -ops.softplus(-lead), shifted - own - ops.softplus(-lead))
    p = ops.exp(ops.where(likeliest, -1.0, log_p))  # at most 1/2 where it is read
    return log_p, ops.where(likeliest, -ops.softplus(lead), ops.log1p(-p))


def log_probabilities_of(targets, maps, from_logits):
    """log p and log(1 - p) of the one class in each pixel whose target is 1: as exact, and a fraction of the work.

    p is a sigmoid of one number, by how much the score of that class leads the log-sum-exp of the others.

    Shapes:  two lists of (b, m, ...), as `cut` makes them, with k >= 2 channels -> two of shape (b, 1, ...)
    Range:   (-inf, 0]; NaN stays NaN

    >>> targets, scores = [ops.zeros((1, 1)), ops.ones((1, 1))], [ops.zeros((1, 1)), 30 * ops.ones((1, 1))]
    >>> [f"{float(x[0, 0]):.3g}" for x in log_probabilities_of(targets, scores, from_logits=True)]
    ['-9.36e-14', '-30']
    """
    named = [target > 0.5 for target in targets]
    own = across("sum", [ops.where(here, part, 0.0) for here, part in zip(named, maps, strict=True)])
    if not from_logits:
        own = ops.clip(own, LEAST, 1 - LEAST)
        return ops.log(own), ops.log1p(-own)
    others = [ops.where(here, -math.inf, part) for here, part in zip(named, maps, strict=True)]
    top = ops.stop_gradient(across("max", others))
    lead = own - top - ops.log(across("sum", [ops.exp(part - top) for part in others]))
    return -ops.softplus(-lead), -ops.softplus(lead)


def probabilities_of(maps, from_logits):
    """Softmax over the channels of all maps, or a sigmoid where there is one score; themselves if probabilities.

    Shapes:  a list of (b, m, ...), as `cut` makes it -> the same

    >>> [float(p[0, 0]) for p in probabilities_of([ops.zeros((1, 1))], from_logits=True)]
    [0.5]
    """
    if not from_logits:
        return maps
    return [ops.sigmoid(maps[0])] if sum(part.shape[1] for part in maps) == 1 else softmax_of(maps)
