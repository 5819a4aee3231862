"""DenseNet (Huang et al. 2017): each layer sees the maps of all layers before it."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.blocks.convolution import conv, conv_bn_relu, norm, pool
from dlcourse.models.blocks.heads import average_head
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Dense:
    """depths: layers in each block; growth: maps that a layer adds; stem_filters: maps before the first block;
    bottleneck: width of a layer's 1x1 convolution in units of growth, 0 for none; compression: share of the maps that
    a transition keeps; stem: "imagenet", which makes the map four times smaller, or "cifar", which keeps its size
    """

    depths: tuple[int, ...]
    growth: int = 32
    stem_filters: int = 64
    bottleneck: int = 4
    compression: float = 0.5
    stem: str = "imagenet"


def dense_layer(x, row, name):
    """norm -> ReLU -> 1x1 -> norm -> ReLU -> 3x3, put beside its input: (b, h, w, c) -> (b, h, w, c + growth)"""
    y = layers.ReLU(name=f"{name}_relu")(norm(x, name))
    if row.bottleneck:
        y = conv_bn_relu(y, row.bottleneck * row.growth, 1, 1, f"{name}_1")
    y = conv(y, row.growth, 3, 1, f"{name}_2")
    return layers.Concatenate(name=f"{name}_join")([x, y])


def transition(x, row, name):
    """norm -> ReLU -> 1x1 -> average: (b, h, w, c) -> (b, h // 2, w // 2, compression * c)"""
    x = layers.ReLU(name=f"{name}_relu")(norm(x, name))
    x = conv(x, int(row.compression * x.shape[-1]), 1, 1, name)
    return layers.AveragePooling2D(2, name=f"{name}_pool")(x)


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}, for the small stem {"C0": ..., "C1": ..., ...}.

    Cn is what a block puts out, before the norm and ReLU of the transition; the deepest has them.
    """
    small = row.stem == "cifar"
    if small:
        x, pyramid = conv(x, row.stem_filters, 3, 1, "stem"), {}
    else:
        x = conv_bn_relu(x, row.stem_filters, 7, 2, "stem")
        pyramid = {"C1": x}
        x = pool(x, 3, 2, "stem_pool")
    for i, depth in enumerate(row.depths):
        level = i if small else i + 2
        stage = f"stage{i + 1 if small else level}"
        for j in range(depth):
            x = dense_layer(x, row, f"{stage}_block{j + 1}")
        pyramid[f"C{level}"] = x
        if i < len(row.depths) - 1:
            x = transition(x, row, f"{stage}_transition")
    pyramid[f"C{level}"] = layers.ReLU(name="head_relu")(norm(x, "head"))
    return pyramid


def least(row):
    """The least side: the transitions round down, the stem rounds up."""
    last = 2 ** (len(row.depths) - 1)
    return last if row.stem == "cifar" else 4 * last - 3


DENSENET = Family(
    "densenet",
    features,
    average_head,
    input_shape=(224, 224, 3),
    least=least,
    source="Huang, Liu, van der Maaten, Weinberger, Densely Connected Convolutional Networks, 2017, table 1",
)

_BOTH = "keras.applications; torchvision"

DenseNet121 = DENSENET.define(
    "DenseNet121",
    Dense((6, 12, 24, 16)),
    params=8062504,
    trainable=7978856,
    reference=_BOTH,
    imagenet="DenseNet121",
)
"""121 layers in four dense blocks."""
DenseNet169 = DENSENET.define(
    "DenseNet169",
    Dense((6, 12, 32, 32)),
    params=14307880,
    trainable=14149480,
    reference=_BOTH,
    imagenet="DenseNet169",
)
"""169 layers in four dense blocks."""
DenseNet201 = DENSENET.define(
    "DenseNet201",
    Dense((6, 12, 48, 32)),
    params=20242984,
    trainable=20013928,
    reference=_BOTH,
    imagenet="DenseNet201",
)
"""201 layers in four dense blocks."""
DenseNet264 = DENSENET.define(
    "DenseNet264",
    Dense((6, 12, 64, 48)),
    params=33736232,
    trainable=33337704,
    reference="torchvision's DenseNet with the block sizes of the paper's table 1",
)
"""264 layers in four dense blocks, the deepest of the paper's table."""
