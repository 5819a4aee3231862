"""What every penalty here asks of its factor and of the weights it is given."""

import math
import numbers

from keras import ops


def penalty_factor(owner, factor):
    """`factor` as a float; ValueError, which names `owner`, unless it is a finite number of at least 0.

    >>> penalty_factor("GroupLasso", 0.25)
    0.25
    """
    real = isinstance(factor, numbers.Real) and not isinstance(factor, bool)
    if not real or not math.isfinite(factor) or factor < 0:
        raise ValueError(
            f"{owner} multiplies its penalty by factor, a finite number of at least 0, got {factor!r}. "
            "Pass a number such as 0.01; 0 switches the penalty off."
        )
    return float(factor)


def as_matrix(owner, weights):
    """A kernel (..., units) as the matrix (inputs of a unit, units): a convolution's window joins its channels.

    Errors: ValueError, which names `owner`, for weights with fewer than two axes.

    >>> tuple(as_matrix("TraceNorm", ops.ones((3, 3, 8, 16))).shape)
    (72, 16)
    """
    weights = ops.convert_to_tensor(weights)
    if len(weights.shape) < 2:
        raise ValueError(
            f"{owner} needs a kernel of two or more axes, the last for the units, got shape {tuple(weights.shape)}. "
            "Use it as kernel_regularizer; for a bias take keras.regularizers.L1 or L2."
        )
    return ops.reshape(weights, (math.prod(weights.shape[:-1]), weights.shape[-1]))
