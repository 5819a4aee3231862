"""Inception v4: one module for each size of map, and a stem of modules (Szegedy et al. 2016)."""

from dataclasses import dataclass

from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.inception import Conv, Pool, chain, module, unit
from dlcourse.models.blocks.inception_net import grow, least_unpadded, levels
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Inception4:
    """width: what all numbers of filters are multiplied by; depths: modules in stages 3, 4 and 5 beside the two that
    halve the map; stem_strides: of the first convolution and of the two modules of the stem that halve the map;
    dropout: before the scores
    """

    width: float = 1.0
    depths: tuple[int, int, int] = (4, 7, 3)
    stem_strides: tuple[int, int, int] = (2, 2, 2)
    dropout: float = 0.2


MODULE_A = (  # figure 4
    (Conv(96),),
    (Conv(64), Conv(96, 3)),
    (Conv(64), Conv(96, 3), Conv(96, 3)),
    (Pool("average"), Conv(96)),
)
MODULE_B = (  # figure 5
    (Conv(384),),
    (Conv(192), Conv(224, (1, 7)), Conv(256, (7, 1))),
    (Conv(192), Conv(192, (7, 1)), Conv(224, (1, 7)), Conv(224, (7, 1)), Conv(256, (1, 7))),
    (Pool("average"), Conv(128)),
)
FORK = ((Conv(256, (1, 3)),), (Conv(256, (3, 1)),))
MODULE_C = (  # figure 6
    (Conv(256),),
    (Conv(384), FORK),
    (Conv(384), Conv(448, (3, 1)), Conv(512, (1, 3)), FORK),
    (Pool("average"), Conv(256)),
)
REDUCTION_A = (  # figure 7, with the k, l, m, n of table 1
    (Conv(384, 3, 2, "valid"),),
    (Conv(192), Conv(224, 3), Conv(256, 3, 2, "valid")),
    (Pool("max", 2, "valid"),),
)
REDUCTION_B = (  # figure 8
    (Conv(192), Conv(192, 3, 2, "valid")),
    (Conv(256), Conv(256, (1, 7)), Conv(320, (7, 1)), Conv(320, 3, 2, "valid")),
    (Pool("max", 2, "valid"),),
)


def stem(x, strides, build):
    """Figure 3, where convolutions and pools halve the map side by side: image (b, h, w, c) -> {"C1", "C2", "C3"}"""
    first, second, third = strides
    at = levels(strides)
    x = chain(x, (Conv(32, 3, first, "valid"), Conv(32, 3, 1, "valid"), Conv(64, 3)), "stem_1_", build)
    pyramid = {f"C{at[0]}": x}
    x = module(x, ((Pool("max", second, "valid"),), (Conv(96, 3, second, "valid"),)), "stem_2", build)
    one_sided = (Conv(64), Conv(64, (7, 1)), Conv(64, (1, 7)), Conv(96, 3, 1, "valid"))
    x = module(x, ((Conv(64), Conv(96, 3, 1, "valid")), one_sided), "stem_3", build)
    pyramid[f"C{at[1]}"] = x
    halved = ((Conv(192, 3, third, "valid"),), (Pool("max", third, "valid"),))
    return pyramid | {f"C{at[2]}": module(x, halved, "stem_4", build)}


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}, 147, 71, 35, 17 and 8 pixels wide at 299"""
    build = unit(row.width)
    a, b, c = row.depths
    stages = ([MODULE_A] * a, [REDUCTION_A, *[MODULE_B] * b], [REDUCTION_B, *[MODULE_C] * c])
    return grow(stem(x, row.stem_strides, build), stages, build)


FAMILY = Family(
    "inception v4",
    features,
    dropout_head,
    input_shape=(299, 299, 3),
    least=least_unpadded,
    source="Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual Connections, 2016, figure 9",
)

InceptionV4 = FAMILY.define(
    "InceptionV4",
    Inception4(),
    params=42711400,
    trainable=42648232,
    reference="timm, where batch normalization has 31,584 gammas more",
)
"""A stem of modules, then four, seven and three modules of one kind at each size."""
