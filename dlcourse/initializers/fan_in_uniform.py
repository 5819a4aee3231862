"""Uniform weights within 1 / sqrt(n_in), and how the fans n_in and n_out are counted."""

import math

import keras


def fans(shape):
    """(n_in, n_out): how many inputs feed one unit, and how many units one input feeds.

    A Dense kernel (n_in, n_out) is read off. A convolution kernel (*window, c_in, c_out) counts its whole window:
    n_in = window * c_in, n_out = window * c_out. A vector counts its length for both, a scalar 1; so does Keras.

    Raises:
        ValueError: `shape` is no sequence of whole numbers >= 0.

    >>> fans((300, 100)), fans((3, 3, 32, 64))
    ((300, 100), (288, 576))
    """
    try:
        sizes = tuple(int(n) for n in shape)
        whole = all(n == m and n >= 0 for n, m in zip(sizes, shape, strict=True))
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise ValueError(f"fans counts by the shape of a kernel, got {shape!r}. Pass whole numbers, as in (300, 100).")
    if len(sizes) < 2:
        n = sizes[0] if sizes else 1
        return n, n
    window = math.prod(sizes[:-2])
    return window * sizes[-2], window * sizes[-1]


@keras.saving.register_keras_serializable("dlcourse")
class FanInUniform(keras.initializers.VarianceScaling):
    """Uniform between -1 / sqrt(n_in) and 1 / sqrt(n_in), the rule in use before Glorot and Bengio measured it.

    The variance is bound^2 / 3 = 1 / (3 n_in). A layer of n_in inputs then passes on a third of the variance.

    Shapes:  any; n_in as `fans` counts it, or, as in Keras, along `input_axes` where both axes are given
    Range:   [-1 / sqrt(n_in), 1 / sqrt(n_in)]
    Seed:    as in Keras: an int (or None) gives the same numbers at each call of one object, so that two layers of
             one shape that share it are equal; a `keras.random.SeedGenerator` gives new ones
    Errors:  ValueError for a seed that is neither
    Source:  Glorot & Bengio 2010, eq. 1 (not LeCun et al. 1998, whose standard deviation is 1 / sqrt(n_in))

    >>> weights = keras.ops.convert_to_numpy(FanInUniform(seed=0)((100, 20)))
    >>> weights.shape, bool(0.099 < abs(weights).max() <= 0.1)
    ((100, 20), True)
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(1 / 3, "fan_in", "uniform", seed, input_axes, output_axes)

    def get_config(self):
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}
