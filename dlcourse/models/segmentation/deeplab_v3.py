"""DeepLab v3 and v3+ (Chen et al. 2017, 2018): pyramid pooling with batch norm, and a small decoder."""

from dataclasses import dataclass, field

from keras import layers

from dlcourse.layers import ResizeLike
from dlcourse.models.blocks.context import aspp, atrous_bn_relu, separable_bn_relu
from dlcourse.models.blocks.convolution import conv_bn_relu
from dlcourse.models.blocks.encoder import encoded_densely, scores_like
from dlcourse.models.pyramid import deepest
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Pyramid:
    """rates: of the pyramid at output stride 16, at 8 they are doubled; encoder, encoder_changes: the classifier, and
    fields of it that are to differ; output_stride: how many times smaller than the image its deepest map is;
    filters: of each branch and of the decoder; detail: channels that the decoder keeps of the map of stride 4,
    0 for no decoder; separable: whether the 3 x 3 convolutions of pyramid and decoder are separable; dropout: after
    the pyramid
    """

    rates: tuple[int, ...] = (6, 12, 18)
    encoder: str = "resnet50"
    encoder_changes: dict = field(default_factory=dict)
    output_stride: int = 16
    filters: int = 256
    detail: int = 0
    separable: bool = False
    dropout: float = 0.5


def head(pyramid, row, classes):
    """Pyramid pooling, then a convolution (v3) or the decoder (v3+): -> scores (b, h, w, classes)"""
    convolve = separable_bn_relu if row.separable else atrous_bn_relu
    rates = [rate * 16 // row.output_stride for rate in row.rates]
    x = aspp(deepest(pyramid), row.filters, rates, "head_aspp", convolve)
    x = layers.Dropout(row.dropout, name="head_dropout")(x)
    if not row.detail:  # as PyTorch's: one 3 x 3 more than the paper's figure 5
        x = conv_bn_relu(x, row.filters, 3, 1, "head_last")
        return scores_like(x, pyramid["image"], classes)
    fine = conv_bn_relu(pyramid["C2"], row.detail, 1, 1, "decoder_detail")
    x = ResizeLike(name="decoder_enlarged")(x, fine)
    x = layers.Concatenate(name="decoder_join")([x, fine])
    for i in (1, 2):
        x = convolve(x, row.filters, 1, f"decoder_{i}")
    return scores_like(x, pyramid["image"], classes)


V3 = Family(
    "deeplab",
    features=encoded_densely,
    head=head,
    input_shape=(513, 513, 3),
    least=32,
    source="Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image Segmentation, 2017",
    task="segmentation",
)
V3_PLUS = Family(
    "deeplab",
    features=encoded_densely,
    head=head,
    input_shape=(513, 513, 3),
    least=32,
    source="Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution for Semantic Image "
    "Segmentation, 2018",
    task="segmentation",
)

DeepLabV3 = V3.define(
    "DeepLabV3",
    Pyramid(output_stride=8),
    params=39_695_573,
    trainable=39_638_869,
    classes=21,
    imagenet="ResNet50",
    reference="torchvision, without the auxiliary head",
)
"""Atrous ResNet-50 and pyramid pooling with batch norm and image features."""
DeepLabV3Plus = V3_PLUS.define(
    "DeepLabV3Plus",
    Pyramid(encoder="resnet101", detail=48),
    params=59_453_845,
    trainable=59_344_309,
    classes=21,
    imagenet="ResNet101",
    reference="the paper's layers, counted by formula",
)
"""DeepLab v3 on ResNet-101 at output stride 16, with a decoder that takes up the map of stride 4."""
