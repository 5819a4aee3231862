"""GoogLeNet, the first Inception net (Szegedy et al. 2014)."""

from dataclasses import dataclass
from math import prod

from keras import layers

from dlcourse.layers import LocalResponseNormalization
from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.inception import Conv, Pool, chain, module, unit
from dlcourse.models.blocks.inception_net import levels
from dlcourse.models.registry import Family

# Table 1 of the paper. Filters of: the 1x1; the 1x1 before the 3x3, the 3x3; the 1x1 before the 5x5, the 5x5; the 1x1
# after the pool.
TABLE = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)


@dataclass(frozen=True)
class Inception1:
    """width: what all numbers of filters are multiplied by; depths: modules in stages 3, 4 and 5, the first of each in
    the paper's table; stem_strides: of the first convolution and the two pools after it; normalize: neighbours of the
    response normalization, 0 for none; dropout: before the scores; auxiliary: whether there are two more heads, which
    read stage 4 after its first module and before its last; auxiliary_units, auxiliary_dropout: of their wide layers
    """

    width: float = 1.0
    depths: tuple[int, int, int] = (2, 5, 2)
    stem_strides: tuple[int, int, int] = (2, 2, 2)
    normalize: int = 5
    dropout: float = 0.4
    auxiliary: bool = False
    auxiliary_units: int = 1024
    auxiliary_dropout: float = 0.7


def inception(one, reduce3, three, reduce5, five, pool):
    """Figure 2b: 1x1, 3x3 and 5x5 convolutions and a pool side by side, the costly ones behind a 1x1."""
    return (
        (Conv(one),),
        (Conv(reduce3), Conv(three, 3)),
        (Conv(reduce5), Conv(five, 5)),
        (Pool("max"), Conv(pool)),
    )


def _stem(x, row, build):
    """Image (b, h, w, c) -> the maps at the strides of the first convolution and of the first pool, and the last map"""
    first, second, third = row.stem_strides
    early = chain(x, (Conv(64, 7, first),), "stem_conv", build)
    x = chain(early, (Pool("max", second),), "stem_early", build)
    x = _normalized(x, row, "stem_norm1")
    x = chain(x, (Conv(64), Conv(192, 3)), "stem_late", build)
    late = _normalized(x, row, "stem_norm2")
    return early, late, chain(late, (Pool("max", third),), "stem_last", build)


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; for auxiliary heads also the maps they read, under their names."""
    if row.auxiliary and row.depths[1] < 3:
        raise ValueError(
            f"GoogLeNet's auxiliary heads read stage 4 after its first module and before its last: with auxiliary=True "
            f"it needs depths of at least (1, 3, 1), got {row.depths}."
        )
    if any(not 1 <= depth <= len(table) for depth, table in zip(row.depths, TABLE, strict=True)):
        raise ValueError(f"GoogLeNet has depths between (1, 1, 1) and the paper's (2, 5, 2), got {row.depths}.")
    build, at = unit(row.width, normalized=False), levels(row.stem_strides)
    early, late, x = _stem(x, row, build)
    pyramid = {f"C{at[0]}": early, f"C{at[1]}": late}
    for i, (table, depth) in enumerate(zip(TABLE, row.depths, strict=True)):
        stage = f"stage{i + 3}"
        if i > 0:
            x = layers.MaxPooling2D(3, 2, "same", name=f"{stage}_block1_pool")(x)
        for j in range(depth):
            x = module(x, inception(*table[j]), f"{stage}_block{j + 1}", build)
            if row.auxiliary and i == 1 and j in (0, depth - 2):
                pyramid["auxiliary1" if j == 0 else "auxiliary2"] = x
        pyramid[f"C{at[2] + i}"] = x
    return pyramid


def auxiliary_head(x, row, classes, name):
    """Section 5: a mean over 5 x 5, a 1x1 convolution, two dense layers: (b, h, w, c) -> scores (b, classes)"""
    x = layers.AveragePooling2D(5, 3, name=f"head_{name}_pool")(x)
    x = unit(row.width, normalized=False)(x, Conv(128), f"head_{name}")
    x = layers.Flatten(name=f"head_{name}_flatten")(x)
    x = layers.Dense(row.auxiliary_units, activation="relu", name=f"head_{name}_dense")(x)
    x = layers.Dropout(row.auxiliary_dropout, name=f"head_{name}_dropout")(x)
    return layers.Dense(classes, name=f"head_{name}_scores")(x)


def head(pyramid, row, classes):
    """Scores (b, classes) of the deepest map; with auxiliary heads a dict "predictions", "auxiliary1", "auxiliary2"."""
    scores = dropout_head(pyramid, row, classes)
    if not row.auxiliary:
        return scores
    names = [name for name in pyramid if name.startswith("auxiliary")]
    return {"predictions": scores} | {name: auxiliary_head(pyramid[name], row, classes, name) for name in names}


def _least(row):
    """The least side: one pixel in stage 5; with auxiliary heads, which average over 5 x 5, five pixels in stage 4."""
    stride = 2 * prod(row.stem_strides)
    return 4 * stride + 1 if row.auxiliary else 2 * stride


def _normalized(x, row, name):
    return LocalResponseNormalization(row.normalize, name=name)(x) if row.normalize else x


FAMILY = Family(
    "googlenet",
    features,
    head,
    input_shape=(224, 224, 3),
    least=_least,
    source="Szegedy et al., Going Deeper with Convolutions, 2014, table 1 and figure 3",
)

GoogLeNet = FAMILY.define(
    "GoogLeNet", Inception1(), params=6998552, trainable=6998552, reference="the paper's layers, counted by formula"
)
"""Inception v1: nine modules of parallel 1x1, 3x3 and 5x5 convolutions, the winner of ILSVRC 2014.

With `auxiliary=True` (13,378,280 parameters) its outputs are a dict with three predictions, trained together:

    net = GoogLeNet(auxiliary=True)
    losses = {name: "sparse_categorical_crossentropy" for name in net.output_names}
    net.compile("sgd", losses, loss_weights={"predictions": 1.0, "auxiliary1": 0.3, "auxiliary2": 0.3})
"""
