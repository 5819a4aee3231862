"""Cutting a map to the size of another one."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class CropLike(keras.layers.Layer):
    """The middle of the first input, as large as the second one: what joins maps of unlike size.

    Where the border cannot be shared out evenly, the odd pixel is taken away below and to the right.

    Shapes:  (b, h, w, c), (b, h', w', c') -> (b, h', w', c), with h' <= h and w' <= w
    Errors:  ValueError where the first is the smaller one, or an input is not of rank 4
    Source:  Ronneberger, Fischer & Brox 2015, section 2 ("copy and crop")

    >>> x = ops.reshape(ops.arange(16), (1, 4, 4, 1))
    >>> ops.convert_to_numpy(CropLike()(x, ops.zeros((1, 2, 2, 5))))[0, ..., 0].tolist()
    [[5, 6], [9, 10]]
    """

    def call(self, inputs, like):
        _refuse_unlike(inputs.shape, like.shape)
        (height, width), (rows, columns) = ops.shape(inputs)[1:3], ops.shape(like)[1:3]
        top, left = (height - rows) // 2, (width - columns) // 2
        return inputs[:, top : top + rows, left : left + columns]

    def compute_output_shape(self, inputs_shape, like_shape):
        _refuse_unlike(inputs_shape, like_shape)
        return (inputs_shape[0], *like_shape[1:3], inputs_shape[3])

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: nothing is computed."""
        return {"macs": 0}


def _refuse_unlike(x, reference):
    if len(x) != 4 or len(reference) != 4:
        raise ValueError(f"CropLike cuts maps (b, h, w, c), got {tuple(x)} and {tuple(reference)}.")
    if any(n is not None and m is not None and n < m for n, m in zip(x[1:3], reference[1:3], strict=True)):
        raise ValueError(
            f"CropLike cannot cut a map of {x[1]} x {x[2]} to {reference[1]} x {reference[2]}: the first input must be "
            "the larger one. Swap them, or enlarge the first."
        )
