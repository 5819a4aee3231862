"""Rows of DenseNet, ResNeXt and the residual nets with gates."""

from dlcourse import models
from tests.contracts.classifier_rows import alike, classifier

SHAPES = ((32, 32, 3), (41, 48, 1))
LEVELS = "C1 C2 C3 C4 C5"
RESIDUAL = {"depths": (1, 1, 1, 1), "widths": (8, 8, 16, 16), "stem_filters": 8}
GROUPED = RESIDUAL | {"groups": 4, "group_width": 16}
GATED, GATED_GROUPED = RESIDUAL | {"reduction": 4}, GROUPED | {"reduction": 4}
DENSE = {"depths": (2, 1, 1, 1), "growth": 8, "stem_filters": 8}
DENSE_SMALL = {"depths": (2, 1), "growth": 8, "stem_filters": 8, "bottleneck": 0, "stem": "cifar", "compression": 1.0}

_dense = classifier(models.DenseNet121, ((32, 32, 3), (64, 32, 1)), LEVELS, DENSE)
_grouped = classifier(models.ResNeXt50_32x4d, SHAPES, LEVELS, GROUPED)
_gated = classifier(models.SEResNet50, SHAPES, LEVELS, GATED)
_gated_grouped = classifier(models.SEResNeXt50_32x4d, SHAPES, LEVELS, GATED_GROUPED)

ROWS = [
    _dense,
    classifier(models.DenseNet121, ((8, 8, 3), (12, 10, 1)), "C0 C1", DENSE_SMALL, case="small"),
    _grouped,
    _gated,
    _gated_grouped,
]
ALIKE = (
    alike(_dense, DENSE, models.DenseNet169, models.DenseNet201, models.DenseNet264)
    | alike(_grouped, GROUPED, models.ResNeXt101_32x4d, models.ResNeXt101_64x4d)
    | alike(_gated, GATED, models.SEResNet101, models.SEResNet152)
    | alike(_gated_grouped, GATED_GROUPED, models.SEResNeXt101_32x4d)
)
