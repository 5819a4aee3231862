"""MobileNetV2 (Sandler et al. 2018): shortcuts between thin layers, a wide depthwise convolution inside."""

from dataclasses import dataclass

from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.light import Inverted, conv_bn_act, inverted_residual, rounded
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Thin:
    """stages: the rows (t, c, n, s) of table 2: expansion, filters before alpha, blocks, strides of the first block;
    alpha: factor on all filters, that of the last layer only if it is above 1; stem_filters, last_filters: of the
    first and the last convolution; dropout: before the scores
    """

    stages: tuple[tuple[int, int, int, int], ...] = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    alpha: float = 1.0
    stem_filters: int = 32
    last_filters: int = 1280
    dropout: float = 0.2


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; the deepest is widened by a 1 x 1 convolution

    Stages of the same size share a level, and their blocks are numbered through.
    """
    x = conv_bn_act(x, rounded(row.alpha * row.stem_filters), 3, 2, "relu6", "stem")
    pyramid, level, count = {}, 1, 0
    for expansion, width, depth, strides in row.stages:
        for i in range(depth):
            if i == 0 and strides == 2:
                level, count = level + 1, 0
            count += 1
            block = Inverted(
                kernel=3,
                expanded=expansion * x.shape[-1],
                filters=rounded(row.alpha * width),
                squeeze=False,
                activation="relu6",
                strides=strides if i == 0 else 1,
            )
            x = pyramid[f"C{level}"] = inverted_residual(x, block, f"stage{level}_block{count}")
    last = rounded(max(1.0, row.alpha) * row.last_filters)
    pyramid[f"C{level}"] = conv_bn_act(x, last, 1, 1, "relu6", "head")
    return pyramid


MOBILENET_V2 = Family(
    "mobilenet v2",
    features=features,
    head=dropout_head,
    input_shape=(224, 224, 3),
    least=lambda row: 2 ** (1 + sum(strides == 2 for *_, strides in row.stages)),
    source="Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, table 2",
)

MobileNetV2 = MOBILENET_V2.define(
    "MobileNetV2",
    Thin(),
    params=3538984,
    trainable=3504872,
    reference="keras.applications; torchvision",
    imagenet="MobileNetV2",
)
"""Inverted residual blocks with linear bottlenecks."""
