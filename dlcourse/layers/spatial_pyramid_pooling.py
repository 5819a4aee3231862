"""Pooling of any image into as many numbers as a dense layer wants."""

import keras
from keras import ops

KINDS = {"max": ops.max, "average": ops.mean}


@keras.saving.register_keras_serializable("dlcourse")
class SpatialPyramidPooling2D(keras.layers.Layer):
    """Pool the map over n x n bins for each level n, and put the answers in a row: its length hangs on no image size.

    Bin i of n covers the rows from floor(i h / n) up to ceil((i + 1) h / n), so that bins overlap where n does not
    divide h. Level 1 is global pooling. A classifier with dense layers then takes images of any size.

    Args:
        levels: bins along each side, one integer a level.
        pooling: "max" as published, or "average".

    Shapes:  (b, h, w, c) -> (b, sum of n^2 over the levels, times c), level after level, a level's bins row by row
    Errors:  NaN in a bin gives NaN. ValueError for levels that are not positive integers, or another rank
    Source:  He, Zhang, Ren & Sun 2014, section 2.2; the bins: their appendix A

    >>> layer = SpatialPyramidPooling2D(levels=(4, 2, 1))
    >>> [tuple(layer(ops.ones((1, side, side, 3))).shape) for side in (4, 7, 13)]  # (16 + 4 + 1) * 3
    [(1, 63), (1, 63), (1, 63)]
    """

    def __init__(self, levels=(4, 2, 1), pooling="max", **kwargs):
        super().__init__(**kwargs)
        levels = tuple(levels) if isinstance(levels, tuple | list) else (levels,)
        if not levels or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in levels):
            raise ValueError(
                f"SpatialPyramidPooling2D: levels must be integers >= 1, as in (4, 2, 1), got {levels!r}. Each is the "
                "number of bins along a side."
            )
        if pooling not in KINDS:
            raise ValueError(f"SpatialPyramidPooling2D: pooling must be one of {sorted(KINDS)}, got {pooling!r}.")
        self.levels, self.pooling = levels, pooling

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise ValueError(
                f"SpatialPyramidPooling2D takes maps (b, h, w, c) with a known c, got shape {tuple(input_shape)}."
            )

    def call(self, inputs):
        pooled = [self._level(inputs, n) for n in self.levels]
        return ops.concatenate(pooled, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], sum(n * n for n in self.levels) * input_shape[-1]

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: each level looks at each number once."""
        ((_, h, w, c),) = input_shapes
        return {"macs": 0, "other_ops": len(self.levels) * h * w * c, "kernel": "all"}

    def get_config(self):
        return {**super().get_config(), "levels": self.levels, "pooling": self.pooling}

    def _level(self, x, n):
        """(b, h, w, c) -> (b, n * n * c)"""
        for axis in (1, 2):  # first the rows of a bin, then its columns: the same number, in n + n parts
            x = ops.stack([KINDS[self.pooling](part, axis=axis) for part in _bins(x, axis, n)], axis=axis)
        return ops.reshape(x, (-1, n * n * x.shape[-1]))


def _bins(x, axis, n):
    size = ops.shape(x)[axis]  # known at the call, if not before
    for i in range(n):
        cut = slice(i * size // n, (i * size + size + n - 1) // n)
        yield x[:, cut] if axis == 1 else x[:, :, cut]
