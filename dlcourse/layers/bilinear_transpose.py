"""A transposed convolution that begins as bilinear interpolation."""

import keras

from dlcourse.initializers import Bilinear


@keras.saving.register_keras_serializable("dlcourse")
class BilinearConv2DTranspose(keras.layers.Conv2DTranspose):
    """Enlarge a map by a whole factor: by interpolation at first, by whatever it learns later.

    It is `Conv2DTranspose` with strides s = factor, a window of 2 s - s % 2, padding "same", no bias and
    `dlcourse.initializers.Bilinear`. Freeze it by `trainable=False` and it stays an interpolation. The outer s / 2
    pixels fade towards zero, since the layer sees zeros beyond the border.

    Args:
        filters: as many as the input has channels.
        factor: how many times larger the map becomes, an integer >= 1.

    Shapes:  (b, h, w, c) -> (b, factor * h, factor * w, filters), filters = c; kernel (k, k, filters, c)
    Errors:  ValueError for a factor below 1, or filters that are not as many as the channels
    Source:  Long, Shelhamer & Darrell 2015, section 3.3

    >>> layer = BilinearConv2DTranspose(2, factor=2)
    >>> tuple(layer(keras.ops.ones((1, 3, 4, 2))).shape), tuple(layer.kernel.shape)
    ((1, 6, 8, 2), (4, 4, 2, 2))
    """

    def __init__(self, filters, factor=2, **kwargs):
        if isinstance(factor, bool) or not isinstance(factor, int) or factor < 1:
            raise ValueError(f"BilinearConv2DTranspose: factor must be an integer >= 1, got {factor!r}.")
        fixed = {"padding": "same", "use_bias": False, "kernel_initializer": Bilinear()}
        super().__init__(filters, 2 * factor - factor % 2, factor, **fixed, **kwargs)
        self.factor = factor

    def get_config(self):
        config = super().get_config()
        own = ("name", "trainable", "dtype", "filters", "activation", "kernel_regularizer", "kernel_constraint")
        return {**{key: config[key] for key in own}, "factor": self.factor}
