"""FastFCN (Wu et al. 2019): the detail of a dilated net, put together from the maps of one that is not."""

from dataclasses import dataclass, field

from keras import layers

from dlcourse.models.blocks.context import aspp, joint_upsampling
from dlcourse.models.blocks.encoder import encoded, scores_like
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class JointPyramid:
    """encoder, encoder_changes: the classifier, and fields of it that are to differ; levels: its maps that are joined,
    the finest first; joint_filters, joint_rates: of the joint pyramid upsampling; rates, filters: of the pyramid
    pooling behind it; dropout: after that
    """

    encoder: str = "resnet50"
    encoder_changes: dict = field(default_factory=dict)
    levels: tuple[str, ...] = ("C3", "C4", "C5")
    joint_filters: int = 512
    joint_rates: tuple[int, ...] = (1, 2, 4, 8)
    rates: tuple[int, ...] = (12, 24, 36)
    filters: int = 256
    dropout: float = 0.5


def head(pyramid, row, classes):
    """{"image": ..., "C3": ..., "C5": ...} -> scores (b, h, w, classes): those of DeepLab v3 on a map of stride 8"""
    x = joint_upsampling([pyramid[level] for level in row.levels], row.joint_filters, row.joint_rates, "joint")
    x = aspp(x, row.filters, row.rates, "head_aspp")
    x = layers.Dropout(row.dropout, name="head_dropout")(x)
    return scores_like(x, pyramid["image"], classes)


FAST_FCN = Family(
    "fastfcn",
    features=encoded,
    head=head,
    input_shape=(512, 512, 3),
    least=32,
    source="Wu, Zhang, Huang, Liang, Yu, FastFCN: Rethinking Dilated Convolution in the Backbone for Semantic "
    "Segmentation, 2019",
    task="segmentation",
)

FastFCN = FAST_FCN.define(
    "FastFCN",
    JointPyramid(),
    params=58_859_733,
    trainable=58_784_085,
    classes=21,
    imagenet="ResNet50",
    reference="the paper's layers, counted by formula",
)
"""ResNet-50 without dilation, joint pyramid upsampling to stride 8, pyramid pooling."""
