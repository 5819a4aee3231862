"""Rows of the VGG nets."""

from dlcourse import models
from tests.contracts.classifier_rows import alike, classifier

SHAPES = ((32, 32, 3), (41, 48, 1))
LEVELS = "C0 C1 C2 C3 C4 C5"
SMALL = {"depths": (1, 1, 2, 1, 1), "widths": (8, 8, 8, 16, 16), "units": 16}

_plain = classifier(models.VGG11, SHAPES, LEVELS, SMALL)

ROWS = [
    _plain,
    classifier(models.VGG11LRN, SHAPES, LEVELS, SMALL),
    classifier(models.VGG16C, SHAPES, LEVELS, SMALL | {"pointwise": (3,)}),
]
ALIKE = alike(_plain, SMALL, models.VGG13, models.VGG16, models.VGG19)
