"""Local response normalization: a unit is divided by how active its neighbours are."""

import math
import operator

import keras
import numpy as np
from keras import ops

REGIONS = ("across_channels", "within_channel")


@keras.saving.register_keras_serializable("dlcourse")
class LocalResponseNormalization(keras.layers.Layer):
    """Divide each unit by a power of the energy around it; nothing is learned.

    y = x / (k + alpha * sum of x^2 over the neighbours) ^ beta

    - `region="across_channels"`: the neighbours are the `size` channels around a unit's own, at the same pixel. It
      is AlexNet's: maps compete pixel by pixel.
    - `region="within_channel"`: the neighbours are the `size` x `size` pixels around it, in the same channel.

    The sum is cut off at the first and last channel and at the image's border. alpha multiplies the *sum*, as in the
    paper. Caffe and PyTorch's `LocalResponseNorm` divide it by the number of neighbours first: their alpha is ours
    times `size` (times `size`^2 within a channel). TensorFlow's `depth_radius` is (size - 1) / 2, its `bias` is k.

    Args:
        size: n, neighbours along an axis, the unit itself among them; odd.
        k, alpha, beta: as above; k > 0, the others >= 0. The defaults are AlexNet's.
        region: "across_channels" or "within_channel".

    Shapes:  (b, h, w, c) -> (b, h, w, c); across channels any (..., c)
    Range:   no larger than |x| / k^beta; squares and sums are made in float32 under a half-precision policy
    Errors:  NaN or infinity in a unit makes its pixel (within a channel: its neighbours) NaN. ValueError for an even
             size, a k that is not positive, an unknown region, or an input of another rank within a channel
    Source:  Krizhevsky et al. 2012, section 3.3; within a channel: Jia et al. 2014 (Caffe)

    >>> import numpy as np
    >>> layer = LocalResponseNormalization(size=3, k=1.0, alpha=1.0, beta=1.0)
    >>> y = layer(np.array([[1.0, 2.0, 0.0, 3.0]]))  # 1 / (1 + 1 + 4), 2 / (1 + 1 + 4), 0, 3 / (1 + 9)
    >>> [round(float(unit), 3) for unit in y[0]]
    [0.167, 0.333, 0.0, 0.3]
    """

    def __init__(self, size=5, k=2.0, alpha=1e-4, beta=0.75, region="across_channels", **kwargs):
        super().__init__(**kwargs)
        self.size, self.k, self.alpha, self.beta, self.region = _odd(size), float(k), float(alpha), float(beta), region
        if not (self.k > 0 and self.alpha >= 0 and self.beta >= 0):
            raise ValueError(
                f"LocalResponseNormalization divides by (k + alpha * sum)^beta: it needs k > 0, alpha >= 0 and "
                f"beta >= 0, got k={k}, alpha={alpha}, beta={beta}. AlexNet has 2, 1e-4 and 0.75."
            )
        if region not in REGIONS:
            raise ValueError(f"LocalResponseNormalization: region must be one of {REGIONS}, got {region!r}.")

    def build(self, input_shape):
        least = 4 if self.region == "within_channel" else 2
        if len(input_shape) < least or (least == 4 and len(input_shape) != 4) or input_shape[-1] is None:
            raise ValueError(
                f"LocalResponseNormalization {self.region} takes "
                f"{'images (b, h, w, c)' if least == 4 else 'inputs (b, ..., c)'}, got shape {tuple(input_shape)}."
            )
        self.built = True

    def call(self, inputs):
        x = ops.cast(inputs, "float32") if self.compute_dtype in ("float16", "bfloat16") else inputs
        energy = ops.square(x)
        if self.region == "across_channels":
            energy = ops.matmul(energy, _band(x.shape[-1], self.size))
        else:
            around = self.size // 2
            energy = ops.pad(energy, [(0, 0), (around, around), (around, around), (0, 0)])
            energy = ops.average_pool(energy, self.size, 1, "valid", "channels_last") * self.size**2
        # As an exponential of a logarithm: backends compute these many numbers at a time, a general power one by one.
        gain = ops.exp(-self.beta * ops.log(self.k + self.alpha * energy))
        return ops.cast(x * gain, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`."""
        ((_, *places),) = output_shapes
        across = self.region == "across_channels"
        sums = self.size if across else 2 * self.size  # a square window is summed row by row, then column by column
        return {"macs": 0, "other_ops": math.prod(places) * (sums + 3), "kernel": 1 if across else self.size}

    def get_config(self):
        own = {name: getattr(self, name) for name in ("size", "k", "alpha", "beta", "region")}
        return {**super().get_config(), **own}


def _odd(size):
    try:
        number = 0 if isinstance(size, bool) else operator.index(size)
    except TypeError:
        number = 0
    if number < 1 or number % 2 == 0:
        raise ValueError(
            f"LocalResponseNormalization: size must be an odd integer >= 1, so that as many neighbours lie on each "
            f"side, got {size!r}. AlexNet has 5."
        )
    return number


def _band(channels, size):
    """(channels, channels) of 1 where two channels are neighbours: a sum over slices takes four times as long."""
    apart = np.abs(np.arange(channels)[:, None] - np.arange(channels))
    return (apart <= size // 2).astype("float32")
