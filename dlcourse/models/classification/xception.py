"""Xception (Chollet 2016): residual modules of depthwise separable convolutions, Inception taken to its limit."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.blocks.convolution import norm
from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.light import LIGHT_EPSILON
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Extreme:
    """Filters of figure 5: stem, of the two convolutions; entry, of the modules that halve the map; middle, how many
    modules keep it; exit: of the module that halves it last; top: of the last two convolutions; dropout: before scores
    """

    stem: tuple[int, int] = (32, 64)
    entry: tuple[int, ...] = (128, 256, 728)
    middle: int = 8
    exit: tuple[int, int] = (728, 1024)
    top: tuple[int, int] = (1536, 2048)
    dropout: float = 0.5


def separable(x, filters, name):
    """Depthwise 3 x 3, 1 x 1, batch norm, nothing in between: (b, h, w, c) -> (b, h, w, filters)"""
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return norm(x, name, LIGHT_EPSILON)


def _halving(x, filters, name, first=True):
    """Two separable convolutions and a pool beside a 1 x 1: (b, h, w, c) -> (b, ceil(h/2), ceil(w/2), filters[-1])

    first: whether a ReLU comes before the first convolution; the very first module has its ReLU before it
    """
    y = x
    for i, width in enumerate(filters, start=1):
        if i > 1 or first:
            y = layers.ReLU(name=f"{name}_{i}_relu")(y)
        y = separable(y, width, f"{name}_{i}")
    y = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(y)
    shortcut = layers.Conv2D(filters[-1], 1, 2, padding="same", use_bias=False, name=f"{name}_shortcut_conv")(x)
    return layers.Add(name=f"{name}_add")([y, norm(shortcut, f"{name}_shortcut", LIGHT_EPSILON)])


def _keeping(x, name):
    """Three separable convolutions beside a shortcut; the shape stays."""
    y = x
    for i in (1, 2, 3):
        y = separable(layers.ReLU(name=f"{name}_{i}_relu")(y), x.shape[-1], f"{name}_{i}")
    return layers.Add(name=f"{name}_add")([y, x])


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}: 147, 74, 37, 19 and 10 for 299, since the stem is not padded"""
    for i, (filters, strides) in enumerate(zip(row.stem, (2, 1), strict=True), start=1):
        x = layers.Conv2D(filters, 3, strides, use_bias=False, name=f"stem_{i}_conv")(x)
        x = layers.ReLU(name=f"stem_{i}_relu")(norm(x, f"stem_{i}", LIGHT_EPSILON))
    pyramid = {"C1": x}
    for level, filters in enumerate(row.entry, start=2):
        x = pyramid[f"C{level}"] = _halving(x, (filters, filters), f"stage{level}_block1", first=level > 2)
    for i in range(row.middle):
        x = pyramid[f"C{level}"] = _keeping(x, f"stage{level}_block{i + 2}")
    level += 1
    x = _halving(x, row.exit, f"stage{level}_block1")
    for i, filters in enumerate(row.top, start=1):
        x = separable(x, filters, f"stage{level}_block2_{i}")
        x = pyramid[f"C{level}"] = layers.ReLU(name=f"stage{level}_block2_{i}_relu")(x)
    return pyramid


def least(row):
    """The least side: behind the unpadded stem, one pixel is left for each stride that follows."""
    return 2 * (2 ** (len(row.entry) + 1) + 2) + 1


XCEPTION = Family(
    "xception",
    features=features,
    head=dropout_head,  # keras.applications leaves out the dropout, which section 4.5 of the paper has
    input_shape=(299, 299, 3),
    least=least,
    source="Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, 2016, figure 5",
)

Xception = XCEPTION.define(
    "Xception", Extreme(), params=22910480, trainable=22855952, reference="keras.applications", imagenet="Xception"
)
"""36 convolutions, of which 34 are depthwise separable."""
