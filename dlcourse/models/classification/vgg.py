"""VGG (Simonyan & Zisserman 2014): depth by nothing but 3 x 3 convolutions; the columns A to E of table 1."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import LocalResponseNormalization
from dlcourse.models.blocks.plain import conv_biased, dense_head
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Stacked:
    """depths, widths: convolutions and filters of each stage; kernels: side of the kernels of each stage; pointwise:
    stages whose last convolution is 1 x 1; normalize: neighbours of the response normalization after the first
    convolution, 0 for none; units, dropout: of the two dense layers; activation: of all layers before the scores;
    output_stride: how many times smaller than the image a map gets at most: beyond it a pool keeps the size, and the
    taps of the kernels behind it are spread (the "hole algorithm" of Chen 2015, section 3.1)
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...] = (64, 128, 256, 512, 512)
    kernels: tuple[int, ...] = (3, 3, 3, 3, 3)
    pointwise: tuple[int, ...] = ()
    normalize: int = 0
    units: int = 4096
    dropout: float = 0.5
    activation: str = "relu"
    output_stride: int = 32


def stage(x, number, row, dilation=1):
    """Convolutions that keep the size: (b, h, w, c) -> (b, h, w, row.widths[number - 1])"""
    depth, filters = row.depths[number - 1], row.widths[number - 1]
    for i in range(1, depth + 1):
        kernel = 1 if i == depth and number in row.pointwise else row.kernels[number - 1]
        x = conv_biased(x, filters, kernel, f"stage{number}_conv{i}", row.activation, dilation_rate=dilation)
        if row.normalize and number == i == 1:
            x = LocalResponseNormalization(row.normalize, name="stage1_norm")(x)
    return x


def features(x, row):
    """Image (b, h, w, c) -> {"C0": ..., "C5": ...}: stage n + 1 is Cn; the last pool comes alone, as the deepest"""
    if row.output_stride not in (1, 2, 4, 8, 16, 32):
        raise ValueError(
            f"VGG keeps its maps from output_stride on, 1 to 32 and a power of 2, got {row.output_stride!r}."
        )
    pyramid, total, dilation = {}, 1, 1
    for number in range(1, len(row.depths) + 1):
        x = pyramid[f"C{number - 1}"] = stage(x, number, row, dilation)
        halves = total < row.output_stride
        padding = "valid" if halves else "same"
        x = layers.MaxPooling2D(2, 2 if halves else 1, padding, name=f"stage{number}_pool")(x)
        total, dilation = (2 * total, dilation) if halves else (total, 2 * dilation)
    pyramid[f"C{len(row.depths)}"] = x
    return pyramid


VGG = Family(
    "vgg",
    features=features,
    head=dense_head,
    input_shape=(224, 224, 3),
    least=lambda row: 2 ** len(row.depths),
    source="Simonyan, Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, table 1",
)

_BOTH = "torchvision; keras.applications"

VGG11 = VGG.define("VGG11", Stacked((1, 1, 2, 2, 2)), params=132863336, reference="torchvision")
"""Column A: 8 convolutions and 3 dense layers."""
VGG11LRN = VGG.define(
    "VGG11LRN", Stacked((1, 1, 2, 2, 2), normalize=5), params=132863336, reference="torchvision's VGG11"
)
"""Column A-LRN: A with AlexNet's response normalization after the first convolution."""
VGG13 = VGG.define("VGG13", Stacked((2, 2, 2, 2, 2)), params=133047848, reference="torchvision")
"""Column B: two convolutions in every stage."""
VGG16C = VGG.define(
    "VGG16C",
    Stacked((2, 2, 3, 3, 3), pointwise=(3, 4, 5)),
    params=133638952,
    reference="the paper's layers, by formula",
)
"""Column C: B with a 1 x 1 convolution at the end of the last three stages."""
VGG16 = VGG.define("VGG16", Stacked((2, 2, 3, 3, 3)), params=138357544, reference=_BOTH, imagenet="VGG16")
"""Column D: 13 convolutions of 3 x 3 and 3 dense layers."""
VGG19 = VGG.define("VGG19", Stacked((2, 2, 4, 4, 4)), params=143667240, reference=_BOTH, imagenet="VGG19")
"""Column E: 16 convolutions and 3 dense layers."""
