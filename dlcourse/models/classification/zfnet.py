"""ZFNet (Zeiler & Fergus 2013): AlexNet with a finer first look, found by looking at what the layers had learned."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import LocalResponseNormalization
from dlcourse.models.blocks.plain import conv_biased, dense_head
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Finer:
    """filters, kernels: of the five convolutions; strides: of the first two; normalize: neighbours of the response
    normalization, 0 for none; units, dropout: of the two dense layers; activation: of all layers
    before the scores
    """

    filters: tuple[int, ...] = (96, 256, 384, 384, 256)
    kernels: tuple[int, ...] = (7, 5, 3, 3, 3)
    strides: tuple[int, int] = (2, 2)
    normalize: int = 5
    units: int = 4096
    dropout: float = 0.5
    activation: str = "relu"


def _pool_normalized(x, row, name):
    """Overlapping pooling, then response normalization: (b, h, w, c) -> (b, ceil(h/2), ceil(w/2), c)

    A window that hangs over the last row or column is kept, so that 110 pixels become the paper's 55.
    """
    x = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
    if row.normalize:
        x = LocalResponseNormalization(row.normalize, name=f"{name}_norm")(x)
    return x


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}, the maps of figure 3: 110, 55, 26, 13 and 6 for 224.

    C2 is the first normalized pool. One pixel is padded around the image, none before the second convolution.
    """
    first, second = row.strides
    x = layers.ZeroPadding2D(1, name="stage1_pad")(x)
    x = conv_biased(x, row.filters[0], row.kernels[0], "stage1_conv1", row.activation, strides=first, padding="valid")
    c1 = x
    x = c2 = _pool_normalized(x, row, "stage1")
    x = c3 = conv_biased(
        x, row.filters[1], row.kernels[1], "stage2_conv2", row.activation, strides=second, padding="valid"
    )
    x = _pool_normalized(x, row, "stage2")
    for i in (3, 4, 5):
        x = conv_biased(x, row.filters[i - 1], row.kernels[i - 1], f"stage3_conv{i}", row.activation)
    maps = (c1, c2, c3, x, layers.MaxPooling2D(3, 2, name="stage3_pool")(x))
    levels = [first // 2 + n for n in (0, 1, 1 + second // 2, 2 + second // 2, 3 + second // 2)]
    return {f"C{level}": x for level, x in zip(levels, maps, strict=True)}


def least(row):
    """The least side: the last pool, which drops what hangs over, leaves one pixel."""
    side = 2 * (3 - 1) + 1  # of the second convolution's map: half of it, rounded up, must be 3
    side = (side - 1) * row.strides[1] + row.kernels[1]
    return (2 * (side - 1)) * row.strides[0] + row.kernels[0] - 2


ZFNET = Family(
    "zfnet",
    features,
    dense_head,
    input_shape=(224, 224, 3),
    least=least,
    source="Zeiler, Fergus, Visualizing and Understanding Convolutional Networks, 2013, figure 3",
)

ZFNet = ZFNET.define("ZFNet", Finer(), params=62357608, reference="the layers of figure 3, by formula")
"""A first layer of 7 x 7 at stride 2 where AlexNet has 11 x 11 at stride 4."""
