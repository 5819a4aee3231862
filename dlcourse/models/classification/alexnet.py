"""AlexNet (Krizhevsky et al. 2012): on two towers as published, and in one piece."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import LocalResponseNormalization
from dlcourse.models.blocks.plain import conv_biased, dense_head
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Early:
    """filters, kernels: of the five convolutions; strides: of the first; pool: window of the pooling at stride 2;
    towers: groups of the convolutions 2, 4 and 5; normalize: neighbours of the response normalization, 0 for none;
    units, dropout: of the two dense layers; activation: of all layers before the scores
    """

    filters: tuple[int, ...] = (96, 256, 384, 384, 256)
    kernels: tuple[int, ...] = (11, 5, 3, 3, 3)
    strides: int = 4
    pool: int = 3
    towers: int = 1
    normalize: int = 5
    units: int = 4096
    dropout: float = 0.5
    activation: str = "relu"


def _normalized_pool(x, row, name):
    """Response normalization, then overlapping pooling: (b, h, w, c) -> (b, (h - pool) // 2 + 1, ..., c)"""
    if row.normalize:
        x = LocalResponseNormalization(row.normalize, name=f"{name}_norm")(x)
    return layers.MaxPooling2D(row.pool, 2, name=f"{name}_pool")(x)


def features(x, row):
    """Image (b, h, w, c) -> {"C2": ..., "C5": ...} at the first layer's stride of 4; from C1 at 2, from C0 at 1.

    The first convolution and the pools are not padded, so that the maps are somewhat smaller than the image by 2**n:
    55, 27, 13 and 6 for 227. Normalization goes across all maps; on two devices each normalized its own half.
    """
    level, act = row.strides.bit_length() - 1, row.activation
    x = conv_biased(x, row.filters[0], row.kernels[0], "stage1_conv1", act, strides=row.strides, padding="valid")
    pyramid = {f"C{level}": x}
    x = _normalized_pool(x, row, "stage1")
    x = conv_biased(x, row.filters[1], row.kernels[1], "stage2_conv2", act, groups=row.towers)
    pyramid[f"C{level + 1}"] = x
    x = _normalized_pool(x, row, "stage2")
    x = conv_biased(x, row.filters[2], row.kernels[2], "stage3_conv3", act)  # the one that sees both towers
    x = conv_biased(x, row.filters[3], row.kernels[3], "stage3_conv4", act, groups=row.towers)
    x = conv_biased(x, row.filters[4], row.kernels[4], "stage3_conv5", act, groups=row.towers)
    pyramid[f"C{level + 2}"] = x
    pyramid[f"C{level + 3}"] = layers.MaxPooling2D(row.pool, 2, name="stage3_pool")(x)
    return pyramid


def least(row):
    """The least side: the last pool leaves one pixel."""
    side = 1
    for _ in range(3):
        side = (side - 1) * 2 + row.pool
    return (side - 1) * row.strides + row.kernels[0]


ALEXNET = Family(
    "alexnet",
    features,
    dense_head,
    input_shape=(227, 227, 3),  # the paper says 224, for which the first layer would not give its 55 x 55 maps
    least=least,
    source="Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep Convolutional Neural Networks, 2012",
)

AlexNet = ALEXNET.define("AlexNet", Early(), params=62378344, reference="34,944 + 614,656 + 885,120 + ..., by formula")
"""In one piece: every map of a layer sees every map of the layer before."""
AlexNetTwoTower = ALEXNET.define(
    "AlexNetTwoTower", Early(towers=2), params=60965224, reference="the paper's 60 million, by formula"
)
"""As published: the layers 2, 4 and 5 in two groups, which lay on two devices."""
