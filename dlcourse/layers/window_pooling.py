"""What the pooling layers of ours share: windows, sizes, settings."""

import math

import keras
from keras import ops

from dlcourse.layers.pairs import pair
from dlcourse.ops.windows import pooled_size, windows


class WindowPooling2D(keras.layers.Layer):
    """Abstract: a layer that makes one number of each window of a map. A kind writes `pool`.

    Args:
        pool_size: height and width of a window, one integer or a pair.
        strides: how far the windows lie apart; `pool_size` where it is None.
        padding: "valid", or "same" for zeros around the image.

    Shapes:  (b, h, w, c) -> (b, h', w', c), h' = (h - p) // s + 1, or ceil(h / s) for padding "same"
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self.pool_size = pair(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else pair(strides, "strides", kind)
        if padding not in ("valid", "same"):
            raise ValueError(f"{kind}: padding must be 'valid' or 'same', got {padding!r}.")
        self.padding = padding

    def pool(self, cells, training):
        """Windows (b, h', w', p * q, c), in float32 or wider -> (b, h', w', c)"""
        raise NotImplementedError(f"{type(self).__name__} has to say how it pools.")

    def build(self, input_shape):
        if len(input_shape) != 4:
            raise ValueError(f"{type(self).__name__} pools images (b, h, w, c), got shape {tuple(input_shape)}.")

    def call(self, inputs, training=False):
        cells = windows(inputs, self.pool_size, self.strides, self.padding)
        wide = cells if self.compute_dtype == "float64" else ops.cast(cells, "float32")  # squares leave float16 at 256
        return ops.cast(self.pool(wide, training), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        b, *image, c = input_shape
        sizes = zip(image, self.pool_size, self.strides, strict=True)
        return (b, *(pooled_size(n, k, s, self.padding) for n, k, s in sizes), c)

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: a product and a sum for each cell of a window."""
        size = math.prod(output_shapes[0][1:]) * math.prod(self.pool_size)
        return {"macs": 0, "other_ops": 2 * size, "kernel": self.pool_size, "strides": self.strides}

    def get_config(self):
        config = super().get_config()
        return {**config, "pool_size": self.pool_size, "strides": self.strides, "padding": self.padding}
