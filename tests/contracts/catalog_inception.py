"""Rows of the Inception nets."""

from dlcourse import models
from tests.contracts.classifier_rows import classifier

LEVELS = "C1 C2 C3 C4 C5"
PADDED = {"shapes": ((32, 32, 3), (41, 48, 1)), "levels": LEVELS}
THIN = {"width": 0.05, "depths": (1, 1, 1)}
NO_HALVING = THIN | {"stem_strides": (1, 1, 2)}
AUXILIARY = NO_HALVING | {"width": 0.125, "depths": (1, 3, 1), "auxiliary": True, "auxiliary_units": 16}
GATED = THIN | {"reduction": 4}

# The nets without padding take 32 x 32 if their stem strides once.
UNPADDED = {
    "shapes": ((32, 32, 3), (25, 30, 1)),
    "levels": "C0 C1 C2 C3",
    "exempt": {"strides": "maps lose a border as well; the papers' sizes stand in tests/models/test_inception.py"},
}
HEADS = {
    "shapes": ((17, 17, 3), (20, 25, 1)),
    "levels": "C0 C1 C2 C3",
    "exempt": {"strides": "the maps that the auxiliary heads read come along"},
}

ROWS = [
    classifier(models.GoogLeNet, shrunk=THIN, **PADDED),
    classifier(models.GoogLeNet, shrunk=AUXILIARY, case="auxiliary", **HEADS),
    classifier(models.BNInception, shrunk=THIN, **PADDED),
    classifier(models.SEInception, shrunk=GATED, **PADDED),
    classifier(models.InceptionV3, shrunk=NO_HALVING, **UNPADDED),
    classifier(models.InceptionV4, shrunk=NO_HALVING, **UNPADDED),
    classifier(models.InceptionResNetV1, shrunk=NO_HALVING, **UNPADDED),
    classifier(models.InceptionResNetV2, shrunk=NO_HALVING | {"depths": (1, 1, 2)}, **UNPADDED),
]
ALIKE = {}
