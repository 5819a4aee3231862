"""A lasso that keeps or drops weights in groups: all that enter a unit, all of a filter, all that leave an input."""

import math

import keras
from keras import ops

from dlcourse.regularizers.weights import penalty_factor


@keras.saving.register_keras_serializable("dlcourse")
class GroupLasso(keras.regularizers.Regularizer):
    """The sum of the lengths of groups of weights: it empties whole groups, as L1 empties single weights.

    factor * sqrt(p) * sum over groups of |w_g|, with p weights in each group

    A group is all weights with the same index along `axis`. For a Dense kernel (n_in, n_out), axis=-1 groups what
    enters a unit and axis=0 what leaves an input. For a convolution (*window, c_in, c_out), axis=-1 groups a filter,
    axis=-2 an input channel, axis=(-2, -1) the window between two channels.

    Shapes:   weights of any rank that `axis` fits -> ()
    Range:    [0, inf)
    Limits:   groups of one weight give keras.regularizers.L1
    Gradient: factor * sqrt(p) * w_g / |w_g|, and 0 for a group of zeros, where the length has no slope. A descent
              brings a group close to 0 but not onto it: cut at a threshold afterwards
    Errors:   ValueError for a factor that is no finite number >= 0, an axis that is no integer or tuple of different
              integers, or that the weights do not have
    Source:   Yuan & Lin 2006, eq. 2.1, with K_j = p_j I

    >>> kernel = ops.array([[3.0, 0.0, 1.0], [4.0, 0.0, 0.0]])  # lengths 5, 0 and 1
    >>> round(float(GroupLasso(1.0)(kernel)) / 2**0.5, 5)
    6.0
    """

    def __init__(self, factor=0.01, axis=-1):
        self.factor = penalty_factor("GroupLasso", factor)
        axes = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
        if not axes or not all(isinstance(a, int) and not isinstance(a, bool) for a in axes):
            raise ValueError(
                f"GroupLasso groups along axis, an integer or a tuple of them, got {axis!r}. "
                "Pass -1 for the weights that enter a unit."
            )
        self.axis = axes if isinstance(axis, list | tuple) else axis

    def __call__(self, x):
        x = ops.convert_to_tensor(x)
        within = self._axes_within(x.shape)
        size = math.prod(x.shape[a] for a in within)
        x, within = ops.expand_dims(x, -1), (*within, len(x.shape))  # so that every group has an axis
        # Divided by its largest weight, no group over- or underflows when it is squared.
        largest = ops.max(ops.abs(ops.stop_gradient(x)), axis=within, keepdims=True)
        empty = ops.equal(largest, 0)
        largest = ops.where(empty, ops.ones_like(largest), largest)
        squares = ops.sum(ops.square(x / largest), axis=within, keepdims=True)
        # The root of 0 has an infinite slope: a 0 must not enter it.
        root = ops.sqrt(ops.where(empty, ops.ones_like(squares), squares))
        lengths = ops.where(empty, ops.zeros_like(squares), largest * root)
        return self.factor * math.sqrt(size) * ops.sum(lengths)

    def get_config(self):
        return {"factor": self.factor, "axis": list(self.axis) if isinstance(self.axis, tuple) else self.axis}

    def _axes_within(self, shape):
        """The axes over which a group extends."""
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        rank = len(shape)
        along = {a % rank for a in axes if -rank <= a < rank}
        if len(along) < len(axes):
            raise ValueError(
                f"GroupLasso groups along axis={self.axis}, got weights of shape {tuple(shape)}. "
                f"Name different axes from {-rank} to {rank - 1}."
            )
        return tuple(a for a in range(rank) if a not in along)
