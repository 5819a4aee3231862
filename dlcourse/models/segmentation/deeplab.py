"""DeepLab v1 and v2 (Chen et al. 2015, 2016): classifiers whose kernels are spread where their maps would shrink."""

from dataclasses import dataclass, field

from keras import layers

from dlcourse.layers import ResizeLike
from dlcourse.models.blocks.encoder import encoded_densely
from dlcourse.models.blocks.plain import conv_biased
from dlcourse.models.pyramid import deepest
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Atrous:
    """rates: pixels between the taps of the 3 x 3 kernels on the deepest map, one branch a rate; encoder,
    encoder_changes: the classifier, and fields of it that are to differ; output_stride: how many times smaller than
    the image its deepest map is; units, dropout: of the two convolutions of a branch before its scores, units 0
    for branches that are nothing but scores
    """

    rates: tuple[int, ...]
    encoder: str = "vgg16"
    encoder_changes: dict = field(default_factory=dict)
    output_stride: int = 8
    units: int = 1024
    dropout: float = 0.5


def branch(x, rate, row, classes, name):
    """What a dense layer with a wide view becomes: (b, h, w, c) -> scores (b, h, w, classes)"""
    if not row.units:
        return layers.Conv2D(classes, 3, padding="same", dilation_rate=rate, name=f"{name}_scores")(x)
    for i, kernel in ((1, 3), (2, 1)):
        x = conv_biased(x, row.units, kernel, f"{name}_dense{i}", dilation_rate=rate if i == 1 else 1)
        x = layers.Dropout(row.dropout, name=f"{name}_dropout{i}")(x)
    return layers.Conv2D(classes, 1, name=f"{name}_scores")(x)


def head(pyramid, row, classes):
    """The scores of all branches, added and enlarged: {"image": ..., "C5": ...} -> (b, h, w, classes)"""
    x = deepest(pyramid)
    scores = [branch(x, rate, row, classes, f"head_rate{rate}") for rate in row.rates]
    x = layers.Add(name="head_add")(scores) if len(scores) > 1 else scores[0]
    return ResizeLike(name="head_enlarged")(x, pyramid["image"])


V1 = Family(
    "deeplab",
    features=encoded_densely,
    head=head,
    input_shape=(513, 513, 3),
    least=32,
    source="Chen, Papandreou, Kokkinos, Murphy, Yuille, Semantic Image Segmentation with Deep Convolutional Nets and "
    "Fully Connected CRFs, 2015, section 3 (DeepLab-LargeFOV)",
    task="segmentation",
)
V2 = Family(
    "deeplab",
    features=encoded_densely,
    head=head,
    input_shape=(513, 513, 3),
    least=32,
    source="Chen, Papandreou, Kokkinos, Murphy, Yuille, DeepLab, 2016, section 3.2",
    task="segmentation",
)

_FORMULA = "the paper's layers, counted by formula"

DeepLabV1 = V1.define("DeepLabV1", Atrous((12,)), params=20_505_429, classes=21, imagenet="VGG16", reference=_FORMULA)
"""Atrous VGG-16, DeepLab-LargeFOV; without the CRF behind it."""
DeepLabV2 = V2.define(
    "DeepLabV2",
    Atrous((6, 12, 18, 24), encoder="resnet101", units=0),
    params=44_153_876,
    trainable=44_048_532,
    classes=21,
    imagenet="ResNet101",
    reference=_FORMULA,
)
"""Atrous ResNet-101 under four rates whose scores are added (ASPP); without the CRF behind it."""
