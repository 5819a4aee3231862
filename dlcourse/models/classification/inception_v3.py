"""Inception v3: convolutions taken apart into smaller and one-sided ones (Szegedy et al. 2015)."""

from dataclasses import dataclass

from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.inception import Conv, Pool, unit
from dlcourse.models.blocks.inception_net import grow, least_unpadded, unpadded_stem
from dlcourse.models.registry import Family

# Where the paper's tables and the authors' net differ, as in the 5x5 of the first modules, this is the authors' net,
# whose weights are published.
PROJECTIONS = (32, 64, 64)  # filters after the pool in stage 3
INNER = (128, 160, 160, 192)  # filters inside the one-sided chains in stage 4


@dataclass(frozen=True)
class Inception3:
    """width: what all numbers of filters are multiplied by; depths: modules in stages 3, 4 and 5 beside the two that
    halve the map; stem_strides: of the first convolution and the two pools of the stem; dropout: before the scores
    """

    width: float = 1.0
    depths: tuple[int, int, int] = (3, 4, 2)
    stem_strides: tuple[int, int, int] = (2, 2, 2)
    dropout: float = 0.2


def module_a(projection):
    """5x5, and two 3x3 that see as far, on the widest maps."""
    return (
        (Conv(64),),
        (Conv(48), Conv(64, 5)),
        (Conv(64), Conv(96, 3), Conv(96, 3)),
        (Pool("average"), Conv(projection)),
    )


def module_b(inner):
    """7x7 as 1x7 and 7x1, once and twice (figure 6)."""
    return (
        (Conv(192),),
        (Conv(inner), Conv(inner, (1, 7)), Conv(192, (7, 1))),
        (Conv(inner), Conv(inner, (7, 1)), Conv(inner, (1, 7)), Conv(inner, (7, 1)), Conv(192, (1, 7))),
        (Pool("average"), Conv(192)),
    )


def module_c():
    """1x3 and 3x1 side by side: wide rather than deep, on the smallest maps (figure 7)."""
    fork = ((Conv(384, (1, 3)),), (Conv(384, (3, 1)),))
    return (
        (Conv(320),),
        (Conv(384), fork),
        (Conv(448), Conv(384, 3), fork),
        (Pool("average"), Conv(192)),
    )


REDUCTION_A = (
    (Conv(384, 3, 2, "valid"),),
    (Conv(64), Conv(96, 3), Conv(96, 3, 2, "valid")),
    (Pool("max", 2, "valid"),),
)
REDUCTION_B = (
    (Conv(192), Conv(320, 3, 2, "valid")),
    (Conv(192), Conv(192, (1, 7)), Conv(192, (7, 1)), Conv(192, 3, 2, "valid")),
    (Pool("max", 2, "valid"),),
)


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}, 147, 71, 35, 17 and 8 pixels wide at 299"""
    build = unit(row.width)
    pyramid = unpadded_stem(x, row.stem_strides, Pool("max", 2, "valid"), build)
    a, b, c = row.depths
    stages = (
        [module_a(projection) for projection in _taken(PROJECTIONS, a)],
        [REDUCTION_A, *(module_b(inner) for inner in _taken(INNER, b))],
        [REDUCTION_B, *(module_c() for _ in range(c))],
    )
    return grow(pyramid, stages, build)


def _taken(numbers, depth):
    """The first `depth` of `numbers`, the last of them repeated where they do not reach."""
    return [numbers[min(i, len(numbers) - 1)] for i in range(depth)]


FAMILY = Family(
    "inception v3",
    features,
    dropout_head,
    input_shape=(299, 299, 3),
    least=least_unpadded,
    source="Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2015",
)

InceptionV3 = FAMILY.define(
    "InceptionV3",
    Inception3(),
    params=23851784,
    trainable=23817352,
    reference="keras.applications, batch normalization without gamma",
    imagenet="InceptionV3",
)
"""Modules of 3x3, of 1x7 and 7x1, and of 1x3 beside 3x1 convolutions; trained with smoothed labels."""
