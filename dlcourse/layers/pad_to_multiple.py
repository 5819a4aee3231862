"""Zeros around an image, so that it can be halved evenly."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class PadToMultiple(keras.layers.Layer):
    """Zeros on all sides until height and width are multiples of a number; `CropLike` takes them away again.

    An odd row or column goes below and to the right. An image that fits already stays as it is.

    Args:
        multiple: an integer >= 1.

    Shapes:  (b, h, w, c) -> (b, h', w', c), h' and w' the next multiples
    Errors:  ValueError for a multiple below 1

    >>> tuple(PadToMultiple(8)(ops.ones((1, 9, 16, 3))).shape)
    (1, 16, 16, 3)
    """

    def __init__(self, multiple, **kwargs):
        super().__init__(**kwargs)
        if isinstance(multiple, bool) or not isinstance(multiple, int) or multiple < 1:
            raise ValueError(f"PadToMultiple: multiple must be an integer >= 1, got {multiple!r}.")
        self.multiple = multiple

    def call(self, inputs):
        missing = [-size % self.multiple for size in ops.shape(inputs)[1:3]]
        return ops.pad(inputs, [[0, 0], *([n // 2, n - n // 2] for n in missing), [0, 0]])

    def compute_output_shape(self, input_shape):
        sizes = (None if n is None else n + -n % self.multiple for n in input_shape[1:3])
        return (input_shape[0], *sizes, input_shape[3])

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: nothing is computed."""
        return {"macs": 0}

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple}
