"""Pooling by the length of the vector that a window holds."""

import keras
from keras import ops

from dlcourse.layers.window_pooling import WindowPooling2D


@keras.saving.register_keras_serializable("dlcourse")
class L2Pooling2D(WindowPooling2D):
    """y = sqrt(sum of x^2 over the window): between the sum and the maximum, and blind to the sign.

    A unit that combines the outputs of two shifted edge filters so keeps its answer while the edge moves a little.
    At a window of zeros the slope is taken as 0, where the true function has a corner.

    Args:
        pool_size, strides, padding: as of `keras.layers.MaxPooling2D`. "same" pads with zeros.

    Shapes:  (b, h, w, c) -> (b, h', w', c), h' = (h - p) // s + 1, or ceil(h / s) for padding "same"
    Range:   [max |x|, sqrt(p q) max |x|] over the window, of p x q numbers
    Errors:  NaN in a window gives NaN. ValueError as of `dlcourse.ops.windows`
    Source:  Hyvarinen & Hoyer 2000; as a layer, with any power: Sermanet, Chintala & LeCun 2012

    >>> import numpy as np
    >>> np.array(L2Pooling2D()(np.array([3.0, 0.0, 0.0, -4.0]).reshape(1, 2, 2, 1))).item()
    5.0
    """

    def pool(self, cells, training):
        square = ops.sum(ops.square(cells), axis=3)  # (b, h', w', c)
        zero = square == 0
        return ops.where(zero, ops.zeros_like(square), ops.sqrt(ops.where(zero, ops.ones_like(square), square)))
