"""MobileNet (Howard et al. 2017): every convolution split into a depthwise and a 1 x 1 one."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.light import conv_bn_act, depthwise_bn_act
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Separable:
    """alpha: factor on the filters of every layer; depths, widths: blocks and filters of each stage, before alpha;
    stem_filters: of the first convolution, before alpha; dropout: before the scores
    """

    alpha: float = 1.0
    depths: tuple[int, ...] = (1, 2, 2, 6, 2)
    widths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    stem_filters: int = 32
    dropout: float = 0.001


def separable(x, filters, strides, name):
    """Depthwise 3 x 3, then 1 x 1: (b, h, w, c) -> (b, h // strides, w // strides, filters)

    The paper draws ReLU; its code and the published weights have ReLU6. Where it strides, one row and one column of
    zeros are added below and to the right, as the published weights expect it: an odd size is rounded down.
    """
    if strides > 1:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    x = depthwise_bn_act(x, 3, strides, "relu6", f"{name}_depthwise", padding)
    return conv_bn_act(x, filters, 1, 1, "relu6", f"{name}_pointwise")


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}"""
    x, pyramid = conv_bn_act(x, int(row.alpha * row.stem_filters), 3, 2, "relu6", "stem"), {}
    for level, (depth, width) in enumerate(zip(row.depths, row.widths, strict=False), start=1):
        for i in range(depth):
            strides = 2 if i == 0 and level > 1 else 1
            x = separable(x, int(row.alpha * width), strides, f"stage{level}_block{i + 1}")
        pyramid[f"C{level}"] = x
    return pyramid


MOBILENET = Family(
    "mobilenet",
    features=features,
    head=dropout_head,
    input_shape=(224, 224, 3),
    least=lambda row: 2 ** len(row.depths),
    source="Howard et al., MobileNets: Efficient CNNs for Mobile Vision Applications, 2017, table 1",
)

MobileNet = MOBILENET.define(
    "MobileNet", Separable(), params=4253864, trainable=4231976, reference="keras.applications", imagenet="MobileNet"
)
"""Depthwise separable convolutions throughout; alpha makes it thinner."""
