"""Weights with which a transposed convolution enlarges an image smoothly before it has learned anything."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class Bilinear(keras.initializers.Initializer):
    """The kernel of bilinear interpolation, for `keras.layers.Conv2DTranspose`: each channel is enlarged by itself.

    Along one axis the weights rise and fall in straight lines, w(i) = 1 - |i - m| / f with f = (k + 1) // 2 and m the
    middle that fits f: m = f - 1 for odd k, f - 1/2 for even k. The kernel is the product of two such rows where the
    filter has the number of the channel, and 0 elsewhere.

    With strides s, a window k = 2 s - s % 2 and padding "same" the layer then does what `keras.ops.image.resize` does,
    away from the border: beyond it the layer sees zeros, where `resize` repeats the last pixel.

    Shapes:  (kh, kw, filters, channels), of a Conv2DTranspose with as many filters as channels
    Range:   [0, 1]
    Errors:  ValueError for another rank, or filters that are not as many as the channels
    Source:  Long, Shelhamer & Darrell 2015, section 3.3

    >>> [round(w, 4) for w in ops.convert_to_numpy(Bilinear()((4, 1, 1, 1)))[:, 0, 0, 0].tolist()]
    [0.25, 0.75, 0.75, 0.25]
    """

    def __call__(self, shape, dtype=None):
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ValueError(
                f"Bilinear makes kernels (kh, kw, filters, channels), filters = channels, got shape {tuple(shape)}. "
                "Change the channels by a 1x1 convolution first."
            )
        kh, kw, c, _ = shape
        window = np.outer(_row(kh), _row(kw))
        kernel = window[:, :, None, None] * np.eye(c)
        return ops.convert_to_tensor(kernel, dtype or keras.config.floatx())


def _row(k):
    factor = (k + 1) // 2
    middle = factor - 1 if k % 2 else factor - 0.5
    return 1 - np.abs(np.arange(k) - middle) / factor
