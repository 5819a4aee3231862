"""U-Net (Ronneberger, Fischer & Brox 2015), as published and padded."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import CropLike
from dlcourse.models.registry import Family
from dlcourse.models.segmentation.unet_sizes import check_size, least_image


@dataclass(frozen=True)
class Contracting:
    """widths: filters of each level, from the image down; padding: "valid" as published, where each convolution takes
    a pixel off every side, or "same"; batch_norm: whether one stands between a convolution and its ReLU; dropout: the
    share of values silenced on the two deepest levels
    """

    widths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    padding: str = "valid"
    batch_norm: bool = False
    dropout: float = 0.5


def twice(x, filters, row, name):
    """Two 3 x 3 convolutions with ReLU: (b, h, w, c) -> (b, h - 4, w - 4, filters), or (b, h, w, filters) if padded"""
    for i in (1, 2):
        x = layers.Conv2D(
            filters,
            3,
            padding=row.padding,
            use_bias=not row.batch_norm,
            kernel_initializer="he_normal",
            name=f"{name}_conv{i}",
        )(x)
        if row.batch_norm:
            x = layers.BatchNormalization(name=f"{name}_bn{i}")(x)
        x = layers.ReLU(name=f"{name}_relu{i}")(x)
    return x


def contracting(x, row):
    """Image (b, h, w, c) -> {"C0": ..., "C4": ...}; a padded net halves odd sizes upwards"""
    pyramid, deepest = {}, len(row.widths) - 1
    for level, filters in enumerate(row.widths):
        if level:
            x = layers.MaxPooling2D(2, 2, row.padding, name=f"stage{level}_pool")(x)
        x = twice(x, filters, row, f"stage{level}")
        if level > deepest - 2 and row.dropout:
            x = layers.Dropout(row.dropout, name=f"stage{level}_dropout")(x)
        pyramid[f"C{level}"] = x
    return pyramid


def expanding(pyramid, row, classes):
    """{"C0": ..., "C4": ...} -> scores (b, h - 184, w - 184, classes), or (b, h, w, classes) if padded

    At each level: an up-convolution that halves the channels, the middle of the map that the way down left there
    beside it, two convolutions.
    """
    levels = len(row.widths) - 1
    x = pyramid[f"C{levels}"]
    for level in reversed(range(levels)):
        name, filters, skip = f"up{level}", row.widths[level], pyramid[f"C{level}"]
        x = layers.Conv2DTranspose(filters, 2, 2, kernel_initializer="he_normal", name=f"{name}_transpose")(x)
        if row.padding == "valid":
            skip = CropLike(name=f"{name}_crop")(skip, x)
        else:  # an odd size was halved upwards
            x = CropLike(name=f"{name}_crop")(x, skip)
        x = twice(layers.Concatenate(name=f"{name}_join")([skip, x]), filters, row, name)
    return layers.Conv2D(classes, 1, name="head_scores")(x)


UNET = Family(
    "unet",
    features=contracting,
    head=expanding,
    input_shape=(572, 572, 1),
    least=least_image,
    source="Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015",
    task="segmentation",
    check=check_size,
)

UNet = UNET.define(
    "UNet", Contracting(), params=31_030_658, classes=2, reference="the paper's figure 1, counted by formula"
)
"""As published: valid convolutions, 572 x 572 -> 388 x 388; `padding="same"` keeps the size."""
