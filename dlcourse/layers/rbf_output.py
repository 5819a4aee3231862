"""LeNet-5's last layer: the distance of what the net draws to a picture of each digit."""

import math

import keras
import numpy as np
from keras import ops

_ROWS = {  # seven pixels across and twelve down, drawn for this course in the manner of the paper's figure 3
    0: (".......", "..###..", ".##.##.", "##...##", "##...##", "##...##", "##...##", "##...##", "##...##", ".##.##.",
        "..###..", "......."),
    1: (".......", "...##..", "..###..", ".####..", "...##..", "...##..", "...##..", "...##..", "...##..", "...##..",
        ".######", "......."),
    2: (".......", "..####.", ".##..##", ".....##", ".....##", "....##.", "...##..", "..##...", ".##....", "##.....",
        "#######", "......."),
    3: (".......", "#######", ".....##", "....##.", "...##..", "..####.", ".....##", ".....##", ".....##", "##...##",
        ".#####.", "......."),
    4: (".......", "....##.", "...###.", "..####.", ".##.##.", "##..##.", "##..##.", "#######", "....##.", "....##.",
        "....##.", "......."),
    5: (".......", "#######", "##.....", "##.....", "##.....", "#####..", "....##.", ".....##", ".....##", "##..##.",
        ".####..", "......."),
    6: (".......", "..####.", ".##....", "##.....", "##.....", "######.", "##...##", "##...##", "##...##", "##...##",
        ".#####.", "......."),
    7: (".......", "#######", "##...##", ".....##", "....##.", "....##.", "...##..", "...##..", "..##...", "..##...",
        "..##...", "......."),
    8: (".......", ".#####.", "##...##", "##...##", "##...##", ".#####.", "##...##", "##...##", "##...##", "##...##",
        ".#####.", "......."),
    9: (".......", ".#####.", "##...##", "##...##", "##...##", "##...##", ".######", ".....##", ".....##", "....##.",
        ".####..", "......."),
}  # fmt: skip


def digit_codes():
    """The ten digits as stylised bitmaps of 12 x 7 pixels, in rows of 84: +1 is ink, -1 is paper.

    Digits that look alike have codes that are near each other, so that what the net confuses can still be told by
    the context. The bitmaps are this course's own; the paper prints its own as figure 3.

    Shapes:  -> (10, 84) float32; `codes.reshape(10, 12, 7)` are the pictures

    >>> codes = digit_codes()
    >>> codes.shape, sorted(set(codes.ravel().tolist()))
    ((10, 84), [-1.0, 1.0])
    """
    return np.array([[1.0 if pixel == "#" else -1.0 for pixel in "".join(_ROWS[k])] for k in range(10)], "float32")


@keras.saving.register_keras_serializable("dlcourse")
class RBFOutput(keras.layers.Layer):
    """Squared Euclidean distance to a fixed code for each class: the smallest output names the class.

    y_k = sum over j of (x_j - code_kj)^2

    Each is, up to factor and constant, the negative logarithm of a normal density around the code. Unlike a softmax it
    is small for one class only where the input is *near* something: for what is no digit, all distances are large.
    The name is that of radial basis functions. Its loss is `dlcourse.losses.MaximumAPosteriori`.

    Args:
        codes: (k, d) numbers, a row for each class; `digit_codes()` is LeNet-5's idea of it. They count as
            parameters and are not trained, unless `trainable=True`.

    Shapes:  x (b, ..., d) -> (b, ..., k); weights: codes (k, d)
    Range:   [0, inf); summed in float32 under a half-precision policy
    Errors:  NaN in x gives NaN. ValueError for codes that are not finite numbers (k, d), or x of another d
    Source:  LeCun et al. 1998, section II.B, equation 7

    >>> layer = RBFOutput([[1.0, -1.0], [1.0, 1.0]])
    >>> np.array(layer(np.array([[1.0, 0.5]]))).tolist()
    [[2.25, 0.25]]
    """

    def __init__(self, codes, trainable=False, **kwargs):
        super().__init__(trainable=trainable, **kwargs)
        self.codes = _codes(codes)

    def build(self, input_shape):
        if len(input_shape) < 2 or input_shape[-1] != self.codes.shape[1]:
            raise ValueError(
                f"RBFOutput: its codes have {self.codes.shape[1]} numbers each, so it takes inputs "
                f"(b, ..., {self.codes.shape[1]}), got shape {tuple(input_shape)}. Put a layer of that width before it."
            )
        self.kernel = self.add_weight(
            shape=self.codes.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(self.codes, dtype=dtype),
            name="codes",
        )
        self.built = True

    def call(self, inputs):
        x, codes = (ops.cast(part, "float32") for part in (inputs, self.kernel))
        away = ops.expand_dims(x, -2) - codes  # (b, ..., k, d)
        return ops.cast(ops.sum(ops.square(away), axis=-1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return *input_shape[:-1], self.codes.shape[0]

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: a difference and its square for each pair."""
        ((_, *places, _),) = output_shapes
        pairs = math.prod(places) * self.codes.size
        return {"macs": pairs, "other_ops": pairs}

    def get_config(self):
        return {**super().get_config(), "codes": self.codes.tolist()}


def _codes(codes):
    try:
        array = np.asarray(codes, "float32")
    except (TypeError, ValueError):  # no numbers, or rows of unequal length
        array = np.zeros(0)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"RBFOutput: codes must be finite numbers (classes, features), got {np.shape(array)} from {codes!r:.60}. "
            "digit_codes() is an example."
        )
    return array
