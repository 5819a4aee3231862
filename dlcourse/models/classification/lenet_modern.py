"""LeNet-5 as one would build it today."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.registry import Family

POOLS = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}


@dataclass(frozen=True)
class Modern:
    """filters: of the three convolutions; units: of the dense layer; activation: of all these; pool: one of POOLS"""

    filters: tuple[int, int, int] = (6, 16, 120)
    units: int = 84
    activation: str = "relu"
    pool: str = "average"


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C2": ...}. Nothing is padded: at 32 x 32 the maps are 14 x 14 and 5 x 5."""
    if row.pool not in POOLS:
        raise ValueError(f"LeNet5Modern: pool must be one of {sorted(POOLS)}, got {row.pool!r}.")
    pyramid = {}
    for i, filters in enumerate(row.filters[:2], start=1):
        x = layers.Conv2D(filters, 5, activation=row.activation, name=f"stage{i}_conv")(x)
        x = pyramid[f"C{i}"] = POOLS[row.pool](2, name=f"stage{i}_pool")(x)
    return pyramid


def head(pyramid, row, classes):
    """A third convolution and two dense layers: (b, h, w, c) -> scores (b, classes)"""
    x = layers.Conv2D(row.filters[2], 5, activation=row.activation, name="head_conv")(pyramid["C2"])
    x = layers.Flatten(name="head_flatten")(x)
    x = layers.Dense(row.units, activation=row.activation, name="head_dense")(x)
    return layers.Dense(classes, name="head_scores")(x)


MODERN = Family(
    "lenet modern",
    features,
    head,
    input_shape=(32, 32, 1),
    least=32,
    source="after LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition, 1998",
)

LeNet5Modern = MODERN.define(
    "LeNet5Modern", Modern(), params=61706, classes=10, reference="156 + 2,416 + 48,120 + 10,164 + 850, by formula"
)
"""A dense third layer, pooling without weights, ReLU and a softmax."""
