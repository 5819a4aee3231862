"""Inception v2: the Inception net that batch normalization was introduced with (Ioffe & Szegedy 2015)."""

from dataclasses import dataclass
from math import prod

from keras import layers

from dlcourse.layers import SqueezeExcite
from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.inception import EPSILON, Conv, Pool, chain, unit
from dlcourse.models.blocks.inception_net import grow, levels
from dlcourse.models.registry import Family

# Figure 5 of the paper. Filters of: the 1x1; the 1x1 before the 3x3, the 3x3; the 1x1 before the two 3x3, the two 3x3;
# the 1x1 after the pool. For 4c and 4d the paper prints 128 after the pool, which makes 608 channels, and an output of
# 576 channels, which takes 96. The authors' own TensorFlow net has 96.
TABLE = (
    ((64, 64, 64, 64, 96, 32), (64, 64, 96, 64, 96, 64)),
    (
        (224, 64, 96, 96, 128, 128),
        (192, 96, 128, 96, 128, 128),
        (160, 128, 160, 128, 160, 96),
        (96, 128, 192, 160, 192, 96),
    ),
    ((352, 192, 320, 160, 224, 128), (352, 192, 320, 192, 224, 128)),
)
REDUCTIONS = ((128, 160, 64, 96), (128, 192, 192, 256))  # modules 3c and 4e
DEPTH_MULTIPLIER = 8


@dataclass(frozen=True)
class Inception2:
    """width: what all numbers of filters are multiplied by; depths: modules in stages 3, 4 and 5 beside the two that
    halve the map, the first of each in the paper's table; stem_strides: of the first convolution and the two pools
    after it; dropout: before the scores; reduction: how much narrower the gate after each module is, 0 for no gate
    """

    width: float = 1.0
    depths: tuple[int, int, int] = (2, 4, 2)
    stem_strides: tuple[int, int, int] = (2, 2, 2)
    dropout: float = 0.0  # section 4.2.1: not needed beside batch normalization
    reduction: int = 0


def inception(filters, pool="average"):
    """GoogLeNet's module with two 3x3 in place of the 5x5, and a mean in place of the maximum."""
    one, reduce3, three, reduce5, five, projection = filters
    return (
        (Conv(one),),
        (Conv(reduce3), Conv(three, 3)),
        (Conv(reduce5), Conv(five, 3), Conv(five, 3)),
        (Pool(pool), Conv(projection)),
    )


def reduction(reduce3, three, reduce5, five):
    """A module that halves the map: its last convolutions and its pool stride over two pixels."""
    return (
        (Conv(reduce3), Conv(three, 3, 2)),
        (Conv(reduce5), Conv(five, 3), Conv(five, 3, 2)),
        (Pool("max", 2),),
    )


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}"""
    build, (first, second, third) = unit(row.width, scale=True), levels(row.stem_strides)
    x = _separable(x, row)
    pyramid = {f"C{first}": x}
    x = chain(x, (Pool("max", row.stem_strides[1]), Conv(64), Conv(192, 3)), "stem_late", build)
    pyramid[f"C{second}"] = x
    x = pyramid[f"C{third}"] = chain(x, (Pool("max", row.stem_strides[2]),), "stem_last", build)
    return grow(pyramid, _stages(row.depths), build, _gate(row.reduction))


def _stages(depths):
    if any(not 1 <= depth <= len(table) for depth, table in zip(depths, TABLE, strict=True)):
        raise ValueError(f"BN-Inception has depths between (1, 1, 1) and the paper's (2, 4, 2), got {depths}.")
    stages = [[inception(row) for row in table[:depth]] for table, depth in zip(TABLE, depths, strict=True)]
    for stage, row in zip(stages[1:], REDUCTIONS, strict=True):
        stage.insert(0, reduction(*row))
    if depths[2] == len(TABLE[2]):
        stages[2][-1] = inception(TABLE[2][-1], pool="max")  # 5b alone keeps GoogLeNet's maximum
    return stages


def _separable(x, row):
    """The first convolution (appendix): eight 7x7 for each colour by itself, mixed by a 1x1."""
    filters = max(round(64 * row.width), 8)
    options = {"padding": "same", "use_bias": False, "depth_multiplier": DEPTH_MULTIPLIER}
    x = layers.SeparableConv2D(filters, 7, row.stem_strides[0], name="stem_conv", **options)(x)
    return layers.ReLU(name="stem_relu")(layers.BatchNormalization(epsilon=EPSILON, name="stem_bn")(x))


def _gate(ratio):
    return (lambda x, name: SqueezeExcite(ratio, name=f"{name}_se")(x)) if ratio else None


def _least(row):
    """The least side: one pixel in stage 5."""
    return 4 * prod(row.stem_strides)


FAMILY = Family(
    "bn inception",
    features,
    dropout_head,
    input_shape=(224, 224, 3),
    least=_least,
    source="Ioffe & Szegedy, Batch Normalization, 2015, figure 5; gates: Hu, Shen & Sun 2018, figure 2",
)

BNInception = FAMILY.define(
    "BNInception",
    Inception2(),
    params=11208192,
    trainable=11188288,
    # TF-slim has 10,173,112 before the scores: no gammas (9,952), and in the stem a bias of 64 in place of batch norm
    reference="TF-slim's inception_v2, with gammas and a batch norm in the stem",
)
"""Inception v2: GoogLeNet with batch normalization, and two 3x3 convolutions for each 5x5."""
SEInception = FAMILY.define(
    "SEInception",
    Inception2(reduction=16),
    params=11836696,
    trainable=11816792,
    reference="BNInception and ten gates, 2 c (c / 16) + c / 16 + c for c channels",
)
"""BN-Inception with a squeeze-and-excitation gate after each module."""
