"""Rows of the light nets: the MobileNets and Xception."""

from dlcourse import models
from tests.contracts.classifier_rows import classifier

SHAPES = ((32, 32, 3), (41, 48, 1))
LEVELS = "C1 C2 C3 C4 C5"
V1 = {"depths": (1, 2, 1, 1, 1), "widths": (32, 32, 48, 48, 64), "stem_filters": 32, "alpha": 0.5}
V2 = {"stages": ((1, 8, 1, 1), (2, 8, 2, 2), (2, 16, 1, 2), (2, 16, 1, 2), (2, 24, 1, 1), (2, 24, 1, 2))}
V2 |= {"stem_filters": 8, "last_filters": 16}
SMALL = (
    (3, 8, 8, True, "relu", 2),
    (3, 16, 8, False, "relu", 2),
    (3, 16, 8, False, "relu", 1),
    (5, 16, 16, True, "hard_swish", 2),
    (5, 24, 16, True, "hard_swish", 2),
)
LARGE = (
    (3, 8, 8, False, "relu", 1),
    (3, 16, 8, False, "relu", 2),
    (5, 16, 16, True, "relu", 2),
    (3, 24, 16, False, "hard_swish", 2),
    (5, 24, 16, True, "hard_swish", 2),
    (5, 24, 16, True, "hard_swish", 1),
)
EXTREME = {"stem": (8, 8), "entry": (8, 16), "middle": 1, "exit": (16, 16), "top": (16, 16)}

ROWS = [
    classifier(models.MobileNet, SHAPES, LEVELS, V1),
    classifier(models.MobileNetV2, SHAPES, LEVELS, V2),
    classifier(models.MobileNetV3Small, SHAPES, LEVELS, {"blocks": SMALL, "units": 16, "stem_filters": 8}),
    classifier(models.MobileNetV3Large, SHAPES, LEVELS, {"blocks": LARGE, "units": 16, "stem_filters": 8}),
    classifier(
        models.Xception,
        SHAPES,
        "C1 C2 C3 C4",
        EXTREME,
        exempt={"strides": "the stem is not padded: exact sizes in tests/models/test_light.py"},
    ),
]
ALIKE = {}
