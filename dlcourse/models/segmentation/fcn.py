"""Fully convolutional nets (Long, Shelhamer & Darrell 2015): a classifier slid over the image, and skips."""

from dataclasses import dataclass, field

from keras import layers

from dlcourse.layers import BilinearConv2DTranspose, CropLike, PadToMultiple
from dlcourse.models.blocks.encoder import encoded
from dlcourse.models.blocks.plain import conv_biased
from dlcourse.models.pyramid import deepest
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Convolutionalized:
    """stride: pixels between two scores of the finest map that is used, 32, 16 or 8; encoder, encoder_changes: the
    classifier, and fields of it that are to differ; units, dropout: of its dense layers, which become convolutions,
    the first of 7 x 7; units 0 leaves them out, as for a classifier that has none; pooled: whether a skip reads what
    the pool before a level lets through, as in VGG, or the last map of that level
    """

    stride: int
    encoder: str = "vgg16"
    encoder_changes: dict = field(default_factory=dict)
    units: int = 4096
    dropout: float = 0.5
    pooled: bool = True


def features(x, row):
    """Image (b, h, w, c) -> {"image": x, "C1": ..., "C5": ...}, the maps those of the image in a frame of zeros

    The paper pads by 100 pixels, so that an image of any size is left some pixels at the end; here it is as many as
    make the sides multiples of 32, which keeps every map aligned with the image.
    """
    return {**encoded(PadToMultiple(32, name="stem_frame")(x), row), "image": x}


def _map_at(level, pyramid, row):
    """The map of 2**level times fewer pixels a side that a skip reads."""
    if not row.pooled:
        return pyramid[f"C{level}"]
    return layers.MaxPooling2D(2, name=f"skip{level}_pool")(pyramid[f"C{level - 1}"])


def head(pyramid, row, classes):
    """{"image": ..., "C5": ...} -> scores (b, h, w, classes)

    Scores at the deepest map; for FCN-16s and 8s they are doubled and added to those of finer maps; one large step
    takes them to the image's size. Each enlargement begins as bilinear interpolation. The scores of the finer maps
    begin at zero: a net with skips starts as the one without (section 4.3).
    """
    x = deepest(pyramid)
    if row.units:
        for i, kernel in ((1, 7), (2, 1)):
            x = conv_biased(x, row.units, kernel, f"head_dense{i}")
            x = layers.Dropout(row.dropout, name=f"head_dropout{i}")(x)
    x = layers.Conv2D(classes, 1, name="head_scores")(x)
    for level in (4, 3):
        if 2**level >= row.stride:
            skip = layers.Conv2D(classes, 1, kernel_initializer="zeros", name=f"skip{level}_scores")(
                _map_at(level, pyramid, row)
            )
            x = BilinearConv2DTranspose(classes, 2, name=f"up{level}_transpose")(x)
            x = layers.Add(name=f"up{level}_add")([x, skip])
    x = BilinearConv2DTranspose(classes, row.stride, name="up0_transpose")(x)
    return CropLike(name="up0_crop")(x, pyramid["image"])


def check_stride(shape, row):
    """Refuses a stride that the net has no scores for."""
    if row.stride not in (8, 16, 32):
        raise ValueError(f"FCN has a stride of 32, 16 or 8 pixels, got {row.stride!r}.")


FCN = Family(
    "fcn",
    features=features,
    head=head,
    input_shape=(512, 512, 3),
    least=1,
    source="Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, 2015",
    task="segmentation",
    check=check_stride,
)

_COUNTED = {"classes": 21, "imagenet": "VGG16", "reference": "the paper's layers, counted by formula"}

FCN32s = FCN.define("FCN32s", Convolutionalized(32), params=136_152_917, **_COUNTED)
"""VGG-16 slid over the image: a score every 32 pixels, enlarged in one step."""
FCN16s = FCN.define("FCN16s", Convolutionalized(16), params=134_815_994, **_COUNTED)
"""FCN-32s with a skip from the fourth pool: a score every 16 pixels."""
FCN8s = FCN.define("FCN8s", Convolutionalized(8), params=134_489_759, **_COUNTED)
"""FCN-16s with a skip from the third pool, too: a score every 8 pixels."""
