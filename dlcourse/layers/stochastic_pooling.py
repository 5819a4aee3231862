"""Pooling that draws one activation of each window, by its size."""

import keras
from keras import ops

from dlcourse.layers.window_pooling import WindowPooling2D


@keras.saving.register_keras_serializable("dlcourse")
class StochasticPooling2D(WindowPooling2D):
    """Training: one activation a_i of the window, drawn with probability p_i = a_i / sum(a). Else: sum of p_i a_i.

    It regularises as dropout does, with nothing to set: maximum pooling always passes on the largest, this sometimes
    the second largest, and never one that is 0. The average at inference is that of all the nets one could have drawn.
    The gradient goes to the activation that was drawn. Negative numbers count as 0: put it after a ReLU.

    Args:
        pool_size, strides, padding: as of `keras.layers.MaxPooling2D`. "same" pads with zeros, which are never drawn.
        seed: an integer for the same draws in every run.

    Shapes:  (b, h, w, c) -> (b, h', w', c), h' = (h - p) // s + 1, or ceil(h / s) for padding "same"; each channel
             draws for itself
    Range:   within [0, max of the window]; 0 where the window holds nothing positive
    Errors:  NaN in a window gives NaN at inference. ValueError as of `dlcourse.ops.windows`
    Source:  Zeiler & Fergus 2013, eq. 4 to 6

    >>> import numpy as np
    >>> layer, x = StochasticPooling2D(seed=1), np.array([1.0, 0.0, 0.0, 3.0]).reshape(1, 2, 2, 1)
    >>> np.array(layer(x)).item()  # 1/4 * 1 + 3/4 * 3
    2.5
    >>> drawn = [np.array(layer(x, training=True)).item() for _ in range(400)]
    >>> sorted(set(drawn)), bool(0.68 < np.mean(np.array(drawn) == 3.0) < 0.82)
    ([1.0, 3.0], True)
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", seed=None, **kwargs):
        super().__init__(pool_size, strides, padding, **kwargs)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ValueError(f"StochasticPooling2D: seed must be an integer or None, got {seed!r}.")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def pool(self, cells, training):
        active = ops.relu(cells)
        if not training:
            total = ops.sum(active, axis=3)
            return ops.sum(ops.square(active), axis=3) / ops.where(total == 0, ops.ones_like(total), total)
        reached = ops.cumsum(active, axis=3)  # the draw u falls into cell i where reached[i - 1] <= u < reached[i]
        total = reached[:, :, :, -1:]
        u = total * keras.random.uniform(ops.shape(total), maxval=1 - 1e-6, seed=self.seed_generator, dtype=cells.dtype)
        passed = ops.cast(reached > u, cells.dtype)  # 0 ... 0 1 ... 1
        before = ops.pad(passed[:, :, :, :-1], ((0, 0), (0, 0), (0, 0), (1, 0), (0, 0)))
        return ops.sum(active * (passed - before), axis=3)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
