"""Residual nets (He et al. 2015), their plain rivals, and those with the activation first (He et al. 2016)."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.blocks.convolution import conv, conv_bn_relu, norm, pool
from dlcourse.models.blocks.heads import average_head
from dlcourse.models.blocks.residual import Residual, residual_features
from dlcourse.models.checks import check_stages, least_image
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Preactivated:
    """depths: blocks in each stage; widths: filters of the 3 x 3 in each stage; stem_filters: of the 7 x 7;
    stride_at: the block of a stage that halves the map, "first" as in the paper, "last" as in the published weights
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...] = (64, 128, 256, 512)
    stem_filters: int = 64
    stride_at: str = "last"


def preactivated(x, filters, strides, project, name):
    """Norm and ReLU before each convolution: (b, h, w, c) -> (b, h/strides, w/strides, 4 * filters)

    A convolution that no normalization follows keeps its bias.
    """
    pre = layers.ReLU(name=f"{name}_relu")(norm(x, name))
    if project:
        shortcut = conv(pre, 4 * filters, 1, strides, f"{name}_shortcut", use_bias=True)
    elif strides > 1:
        shortcut = layers.MaxPooling2D(1, strides, name=f"{name}_shortcut_subsample")(x)
    else:
        shortcut = x
    y = conv_bn_relu(pre, filters, 1, 1, f"{name}_1")
    y = conv_bn_relu(y, filters, 3, strides, f"{name}_2")
    y = conv(y, 4 * filters, 1, 1, f"{name}_3", use_bias=True)
    return layers.Add(name=f"{name}_add")([shortcut, y])


def preactivated_features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; the deepest is normalized and rectified, the others are raw sums"""
    check_stages(row)
    if row.stride_at not in ("first", "last"):
        raise ValueError(f'stride_at is the "first" or the "last" block of a stage, got {row.stride_at!r}.')
    x = conv(x, row.stem_filters, 7, 2, "stem", use_bias=True)
    pyramid = {"C1": x}
    x = pool(x, 3, 2, "stem_pool")  # zeros around a map of both signs, as the published weights were trained
    last = len(row.depths) - 1
    for i, (depth, filters) in enumerate(zip(row.depths, row.widths, strict=True)):
        if row.stride_at == "last":  # this stage's map is halved at the end, and is the one to keep before that
            halving = depth - 1 if i < last else None
        else:
            halving = 0 if i > 0 else None
        for j in range(depth):
            if row.stride_at == "last" and j == halving:
                pyramid[f"C{i + 2}"] = x
            x = preactivated(x, filters, 2 if j == halving else 1, j == 0, f"stage{i + 2}_block{j + 1}")
        pyramid.setdefault(f"C{i + 2}", x)
    pyramid[f"C{last + 2}"] = layers.ReLU(name="head_relu")(norm(x, "head"))
    return pyramid


RESNET = Family(
    "resnet",
    features=residual_features,
    head=average_head,
    input_shape=(224, 224, 3),
    least=least_image,
    source="He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015, table 1",
)
V2 = Family(
    "resnet v2",
    features=preactivated_features,
    head=average_head,
    input_shape=(224, 224, 3),
    least=lambda row: 2 ** (len(row.depths) + 1),
    source="He, Zhang, Ren, Sun, Identity Mappings in Deep Residual Networks, 2016",
)
CIFAR = Family(
    "cifar resnet",
    features=residual_features,
    head=average_head,
    input_shape=(32, 32, 3),
    least=least_image,
    source="He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015, section 4.2",
)


def _cifar(depth, block, params):
    name = f"{'CIFARResNet' if block == 'basic' else 'PlainNet'}{depth}"
    row = Residual(((depth - 2) // 6,) * 3, (16, 32, 64), block, "cifar", stem_filters=16, shortcut="zeros")
    return CIFAR.define(name, row, params=params, classes=10, reference="the paper's layers, counted by formula")


_TORCH = "torchvision"
_KERAS = "keras.applications"

ResNet18 = RESNET.define(
    "ResNet18", Residual((2, 2, 2, 2), block="basic"), params=11_699_112, trainable=11_689_512, reference=_TORCH
)
"""18 layers: two blocks of two 3x3 convolutions a stage."""
ResNet34 = RESNET.define(
    "ResNet34", Residual((3, 4, 6, 3), block="basic"), params=21_814_696, trainable=21_797_672, reference=_TORCH
)
"""34 layers in blocks of two 3x3 convolutions."""
ResNet50 = RESNET.define(
    "ResNet50", Residual((3, 4, 6, 3)), params=25_610_152, trainable=25_557_032, reference=_TORCH, imagenet="ResNet50"
)
"""50 layers in bottlenecks: ResNet-34 with three convolutions a block."""
ResNet101 = RESNET.define(
    "ResNet101",
    Residual((3, 4, 23, 3)),
    params=44_654_504,
    trainable=44_549_160,
    reference=_TORCH,
    imagenet="ResNet101",
)
"""101 layers in bottlenecks."""
ResNet152 = RESNET.define(
    "ResNet152",
    Residual((3, 8, 36, 3)),
    params=60_344_232,
    trainable=60_192_808,
    reference=_TORCH,
    imagenet="ResNet152",
)
"""152 layers in bottlenecks, the winner of ILSVRC 2015."""

ResNet50V2 = V2.define(
    "ResNet50V2", Preactivated((3, 4, 6, 3)), params=25_613_800, reference=_KERAS, imagenet="ResNet50V2"
)
"""50 layers, norm and ReLU before each convolution."""
ResNet101V2 = V2.define(
    "ResNet101V2", Preactivated((3, 4, 23, 3)), params=44_675_560, reference=_KERAS, imagenet="ResNet101V2"
)
"""101 layers, norm and ReLU before each convolution."""
ResNet152V2 = V2.define(
    "ResNet152V2", Preactivated((3, 8, 36, 3)), params=60_380_648, reference=_KERAS, imagenet="ResNet152V2"
)
"""152 layers, norm and ReLU before each convolution."""

CIFARResNet20 = _cifar(20, "basic", 271_098)
"""20 layers for 32 x 32 images, shortcuts without weights."""
CIFARResNet32 = _cifar(32, "basic", 466_426)
"""32 layers for 32 x 32 images."""
CIFARResNet44 = _cifar(44, "basic", 661_754)
"""44 layers for 32 x 32 images."""
CIFARResNet56 = _cifar(56, "basic", 857_082)
"""56 layers for 32 x 32 images."""
CIFARResNet110 = _cifar(110, "basic", 1_736_058)
"""110 layers for 32 x 32 images."""
PlainNet20 = _cifar(20, "plain", 271_098)
"""CIFARResNet20 without its shortcuts."""
PlainNet32 = _cifar(32, "plain", 466_426)
"""CIFARResNet32 without its shortcuts."""
PlainNet44 = _cifar(44, "plain", 661_754)
"""CIFARResNet44 without its shortcuts."""
PlainNet56 = _cifar(56, "plain", 857_082)
"""CIFARResNet56 without its shortcuts."""
PlainNet110 = _cifar(110, "plain", 1_736_058)
"""CIFARResNet110 without its shortcuts."""
