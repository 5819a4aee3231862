"""Inception modules: parallel chains of convolutions and pools whose results are joined channel by channel.

A module is written as a table: a tuple of chains; a chain is a tuple of steps; a step is a `Conv`, a `Pool`, or, where
a chain forks, a module in its turn.

    ((Conv(64),), (Conv(96), Conv(128, 3)), (Pool("max"), Conv(32)))
"""

from dataclasses import dataclass

from keras import layers

LEAST_FILTERS = 8
EPSILON = 1e-3  # of batch normalization in the authors' nets
POOLS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}


@dataclass(frozen=True)
class Conv:
    """A convolution of `filters`, its normalization if any, and ReLU; kernel: a number or (height, width)"""

    filters: int
    kernel: int | tuple[int, int] = 1
    strides: int = 1
    padding: str = "same"


@dataclass(frozen=True)
class Pool:
    """A pool of 3 x 3; kind: one of POOLS"""

    kind: str
    strides: int = 1
    padding: str = "same"


def unit(width=1.0, normalized=True, scale=False):
    """The function `(x, conv, name)` that builds a `Conv`: convolution, batch norm if `normalized`, ReLU.

    A convolution without batch norm has a bias.

    width: what the numbers of filters are multiplied by; none becomes less than 8.
    scale: whether batch norm has a gamma. The authors' later nets have none, since the next convolution scales as well.
    """

    def build(x, conv, name):
        options = {"strides": conv.strides, "padding": conv.padding, "use_bias": not normalized}
        filters = max(round(conv.filters * width), min(conv.filters, LEAST_FILTERS))
        x = layers.Conv2D(filters, conv.kernel, name=f"{name}_conv", **options)(x)
        if normalized:
            x = layers.BatchNormalization(epsilon=EPSILON, scale=scale, name=f"{name}_bn")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    return build


def chain(x, steps, name, build):
    """Steps one after the other, called name1, name2, ...: (b, h, w, c) -> (b, h', w', filters of the last)"""
    for i, step in enumerate(steps, start=1):
        if isinstance(step, Conv):
            x = build(x, step, f"{name}{i}")
        elif isinstance(step, Pool):
            x = POOLS[step.kind](3, step.strides, step.padding, name=f"{name}{i}_pool")(x)
        else:
            x = module(x, step, f"{name}{i}", build)
    return x


def module(x, chains, name, build):
    """Chains a, b, c, ... side by side: (b, h, w, c) -> (b, h', w', sum of what they put out)"""
    results = [chain(x, steps, f"{name}_{letter}", build) for letter, steps in zip("abcdef", chains, strict=False)]
    return layers.Concatenate(name=f"{name}_join")(results)
