"""MobileNetV3 (Howard et al. 2019): searched blocks with squeeze-and-excitation and hard swish, and a cheaper end."""

from dataclasses import dataclass

from keras import layers

from dlcourse.models.blocks.light import Inverted, conv_bn_act, inverted_residual, rounded
from dlcourse.models.pyramid import deepest
from dlcourse.models.registry import Family

SMALL = (
    (3, 16, 16, True, "relu", 2),
    (3, 72, 24, False, "relu", 2),
    (3, 88, 24, False, "relu", 1),
    (5, 96, 40, True, "hard_swish", 2),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 120, 48, True, "hard_swish", 1),
    (5, 144, 48, True, "hard_swish", 1),
    (5, 288, 96, True, "hard_swish", 2),
    (5, 576, 96, True, "hard_swish", 1),
    (5, 576, 96, True, "hard_swish", 1),
)
LARGE = (
    (3, 16, 16, False, "relu", 1),
    (3, 64, 24, False, "relu", 2),
    (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2),
    (5, 120, 40, True, "relu", 1),
    (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hard_swish", 2),
    (3, 200, 80, False, "hard_swish", 1),
    (3, 184, 80, False, "hard_swish", 1),
    (3, 184, 80, False, "hard_swish", 1),
    (3, 480, 112, True, "hard_swish", 1),
    (3, 672, 112, True, "hard_swish", 1),
    (5, 672, 160, True, "hard_swish", 2),
    (5, 960, 160, True, "hard_swish", 1),
    (5, 960, 160, True, "hard_swish", 1),
)


@dataclass(frozen=True)
class Searched:
    """blocks: the rows of table 1 or 2: kernel, channels inside, channels outside, squeeze, activation, strides;
    units: of the dense layer, times alpha only if that is above 1; alpha: factor on the filters before it;
    stem_filters: of the first convolution, before alpha; dropout: before the scores
    """

    blocks: tuple[tuple, ...]
    units: int
    alpha: float = 1.0
    stem_filters: int = 16
    dropout: float = 0.2


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; the deepest is the last block's, six times widened by a 1 x 1

    Images are to be scaled to -1..1 before, as for the other nets: keras.applications has a layer for it inside, unless
    `include_preprocessing=False`. alpha scales the stem too, as in the paper; keras.applications leaves it at 16.
    """
    width = row.stem_filters  # of the block before, before alpha
    x = conv_bn_act(x, rounded(row.alpha * width), 3, 2, "hard_swish", "stem")
    pyramid, level, count = {"C1": x}, 1, 0
    for given in row.blocks:
        block = Inverted(*given)
        level, count = (level + 1, 1) if block.strides == 2 else (level, count + 1)
        scaled = block._replace(
            expanded=rounded(x.shape[-1] * block.expanded / width), filters=rounded(row.alpha * block.filters)
        )
        x = pyramid[f"C{level}"] = inverted_residual(x, scaled, f"stage{level}_block{count}")
        width = block.filters
    pyramid[f"C{level}"] = conv_bn_act(x, rounded(6 * x.shape[-1]), 1, 1, "hard_swish", "head")
    return pyramid


def head(pyramid, row, classes):
    """The average first, then the wide layers, which thus run on one pixel: (b, h, w, c) -> scores (b, classes)"""
    x = layers.GlobalAveragePooling2D(name="head_pool")(deepest(pyramid))
    x = layers.Dense(rounded(max(1.0, row.alpha) * row.units), name="head_dense")(x)
    x = layers.Activation("hard_swish", name="head_dense_act")(x)
    x = layers.Dropout(row.dropout, name="head_dropout")(x)
    return layers.Dense(classes, name="head_scores")(x)


MOBILENET_V3 = Family(
    "mobilenet v3",
    features=features,
    head=head,
    input_shape=(224, 224, 3),
    least=lambda row: 2 ** (1 + sum(block[-1] == 2 for block in row.blocks)),
    source="Howard et al., Searching for MobileNetV3, 2019, tables 1 and 2",
)

_REFERENCE = "keras.applications; torchvision"
MobileNetV3Small = MOBILENET_V3.define(
    "MobileNetV3Small",
    Searched(SMALL, units=1024),
    params=2554968,
    trainable=2542856,
    reference=_REFERENCE,
    imagenet="MobileNetV3Small",
)
"""For the slowest devices: strides at once, and squeezes in nearly every block."""
MobileNetV3Large = MOBILENET_V3.define(
    "MobileNetV3Large",
    Searched(LARGE, units=1280),
    params=5507432,
    trainable=5483032,
    reference=_REFERENCE,
    imagenet="MobileNetV3Large",
)
"""The large of the two searched nets."""
