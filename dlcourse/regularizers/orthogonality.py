"""Weights whose columns are pulled towards right angles and length 1."""

import keras
from keras import ops

from dlcourse.regularizers.weights import as_matrix, penalty_factor


@keras.saving.register_keras_serializable("dlcourse")
class Orthogonality(keras.regularizers.Regularizer):
    """Soft orthogonality: how far the kernel W (m, n) is from orthonormal columns, or rows where they are fewer.

    factor * |W^T W - I|_F^2 for m >= n, else factor * |W W^T - I|_F^2

    The two differ by the constant |n - m| and have the same gradient, 4 factor W (W^T W - I). Taking the smaller Gram
    matrix costs least, and 0 can be reached. A layer with such weights passes vectors on without stretching them.
    keras.regularizers.OrthogonalRegularizer is another quantity: it averages |cosine| over pairs of rows or columns,
    leaves their lengths free and takes matrices only. Ours adds the lengths and takes convolutions.

    Shapes:  kernel (..., units), a convolution read as (window * c_in, units) -> ()
    Range:   [0, inf), 0 where all singular values are 1
    Limits:  for two columns of length 1, twice the square of Keras's value in the mode "columns"
    Errors:  ValueError for a factor that is no finite number >= 0, or weights with fewer than two axes
    Source:  Bansal, Chen & Wang 2018, eq. 1; for convolutions Brock et al. 2017, section 3.4

    >>> float(Orthogonality(1.0)(ops.eye(3)[:2])), float(Orthogonality(1.0)(2.0 * ops.eye(2)))
    (0.0, 18.0)
    """

    def __init__(self, factor=0.01):
        self.factor = penalty_factor("Orthogonality", factor)

    def __call__(self, x):
        w = as_matrix("Orthogonality", x)  # (m, n)
        m, n = w.shape
        gram = ops.matmul(ops.transpose(w), w) if m >= n else ops.matmul(w, ops.transpose(w))
        return self.factor * ops.sum(ops.square(gram - ops.eye(min(m, n), dtype=w.dtype)))

    def get_config(self):
        return {"factor": self.factor}
