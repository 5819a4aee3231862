"""Bringing a map to the size of another one."""

import keras
from keras import ops

METHODS = ("nearest", "bilinear", "bicubic")


@keras.saving.register_keras_serializable("dlcourse")
class ResizeLike(keras.layers.Layer):
    """The first input interpolated to the height and width of the second, whatever these are when the net runs.

    Pixels are areas, not points: the corners of the two maps coincide ("half pixel centres"). Without antialiasing.

    Args:
        interpolation: "bilinear", "nearest" or "bicubic".

    Shapes:  (b, h, w, c), (b, h', w', c') -> (b, h', w', c)
    Errors:  ValueError for an unknown interpolation

    >>> x = ops.reshape(ops.convert_to_tensor([0.0, 4.0]), (1, 1, 2, 1))
    >>> ops.convert_to_numpy(ResizeLike()(x, ops.zeros((1, 1, 4, 7)))).ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]
    """

    def __init__(self, interpolation="bilinear", **kwargs):
        super().__init__(**kwargs)
        if interpolation not in METHODS:
            raise ValueError(f"ResizeLike: interpolation is one of {METHODS}, got {interpolation!r}.")
        self.interpolation = interpolation

    def call(self, inputs, like):
        size = tuple(ops.shape(like)[1:3])
        if tuple(inputs.shape[1:3]) == (1, 1):  # a global average: nothing to interpolate
            return ops.broadcast_to(inputs, (ops.shape(inputs)[0], *size, inputs.shape[-1]))
        resized = ops.image.resize(inputs, size, interpolation=self.interpolation, data_format="channels_last")
        return ops.cast(resized, inputs.dtype)

    def compute_output_shape(self, inputs_shape, like_shape):
        return (inputs_shape[0], *like_shape[1:3], inputs_shape[3])

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: a weighted mean of 4 neighbours if bilinear."""
        height, width, channels = output_shapes[0][1:]
        return {
            "macs": 0,
            "other_ops": {"nearest": 0, "bilinear": 3, "bicubic": 15}[self.interpolation] * height * width * channels,
        }

    def get_config(self):
        return {**super().get_config(), "interpolation": self.interpolation}
