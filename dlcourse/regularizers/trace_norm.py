"""The sum of a kernel's singular values: a penalty on rank."""

import keras
from keras import ops

from dlcourse.regularizers.weights import as_matrix, penalty_factor

EPSILON = 2.0**-23  # of float32, in which the decomposition is made


@keras.saving.register_keras_serializable("dlcourse")
class TraceNorm(keras.regularizers.Regularizer):
    """The trace norm (nuclear norm): it empties singular values, as L1 empties weights, and so lowers the rank.

    factor * sum of the singular values of W = U S V^T, with the gradient factor * U V^T

    The derivative of a decomposition is 0 / 0 where singular values repeat or vanish. That of their sum is not: U V^T
    is unique wherever no singular value is 0. So the decomposition is made of weights cut off from the graph, and the
    value is written as the sum of U V^T * W, which is tr(S) and has U V^T as its slope. Directions whose singular value
    is 0 to rounding are left out: of all slopes there, that is the smallest.

    Shapes:   kernel (..., units), a convolution read as (window * c_in, units) -> ()
    Range:    [0, inf)
    Gradient: finite everywhere, 0 at W = 0; second derivatives are not given (they come out as 0)
    Cost:     one decomposition a step, O(m n min(m, n))
    NaN:      propagates, or raises where the backend's decomposition does
    Errors:   ValueError for a factor that is no finite number >= 0, or weights with fewer than two axes
    Source:   Fazel, Hindi & Boyd 2001; the gradient: Watson 1992; for sharing between tasks: Argyriou et al. 2008

    >>> round(float(TraceNorm(1.0)(ops.array([[3.0, 0.0], [0.0, -4.0]]))), 4)
    7.0
    """

    def __init__(self, factor=0.01):
        self.factor = penalty_factor("TraceNorm", factor)

    def __call__(self, x):
        w = as_matrix("TraceNorm", x)
        u, s, vh = ops.svd(ops.cast(ops.stop_gradient(w), "float32"), full_matrices=False)  # (m, k), (k,), (k, n)
        rounding = EPSILON * max(w.shape) * ops.max(s, initial=0.0)
        slope = ops.matmul(u * ops.cast(s > rounding, u.dtype), vh)
        return self.factor * ops.sum(ops.cast(ops.stop_gradient(slope), w.dtype) * w)

    def get_config(self):
        return {"factor": self.factor}
