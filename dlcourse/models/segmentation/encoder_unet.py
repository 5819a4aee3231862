"""U-Net on the feature maps of any classifier."""

from dataclasses import dataclass, field

from keras import layers

from dlcourse.layers import CropLike
from dlcourse.models.blocks.convolution import conv_bn_relu
from dlcourse.models.blocks.encoder import encoded
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class Encoded:
    """encoder: the classifier whose feature maps are used; encoder_changes: fields of it that are to differ;
    widths: filters of the way up, from the full size down
    """

    encoder: str = "resnet34"
    encoder_changes: dict = field(default_factory=dict)
    widths: tuple[int, ...] = (16, 32, 64, 128, 256)


def expanding(pyramid, row, classes):
    """{"image": ..., "C1": ..., "C5": ...} -> scores (b, h, w, classes)

    From each level to the next finer one: twice as large, the encoder's map beside it where it has one, two
    convolutions. The last step has the image's size and no map beside it, unless the encoder has a C0.
    """
    levels = {int(name[1:]): x for name, x in pyramid.items() if name != "image"}
    deepest = max(levels)
    x = levels[deepest]
    for level in reversed(range(deepest)):
        name, filters, skip = f"up{level}", row.widths[level], levels.get(level)
        x = layers.UpSampling2D(2, name=f"{name}_enlarged")(x)
        reference = pyramid["image"] if level == 0 else skip
        if reference is not None:  # an odd size was halved upwards
            x = CropLike(name=f"{name}_crop")(x, reference)
        if skip is not None:
            x = layers.Concatenate(name=f"{name}_join")([x, skip])
        for i in (1, 2):
            x = conv_bn_relu(x, filters, 3, 1, f"{name}_{i}")
    return layers.Conv2D(classes, 3, padding="same", name="head_scores")(x)


def check_widths(shape, row):
    """Refuses a row that names no width for a halving of its encoder; five cover every classifier here."""
    if len(row.widths) < 5 or min(row.widths) < 1:
        raise ValueError(f"A U-Net on an encoder has five widths, the first for the full size, got {row.widths}.")


ENCODER_UNET = Family(
    "unet",
    features=encoded,
    head=expanding,
    input_shape=(256, 256, 3),
    least=32,
    source="Ronneberger, Fischer, Brox, U-Net, 2015; its encoder from the paper of the classifier",
    task="segmentation",
    check=check_widths,
)

EncoderUNet = ENCODER_UNET.define(
    "EncoderUNet",
    Encoded(),
    params=24_455_522,
    trainable=24_436_514,
    classes=2,
    reference="segmentation-models-pytorch",
)
"""U-Net's way up on the feature maps of a ResNet-34, or of any other classifier: `encoder="resnet50"`."""
