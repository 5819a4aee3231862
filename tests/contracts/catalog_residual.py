"""Rows of the residual nets."""

from dlcourse import models
from tests.contracts.classifier_rows import alike, classifier

LEVELS = "C1 C2 C3 C4 C5"
SHAPES = ((32, 32, 3), (41, 48, 1))
SMALL = {"depths": (1, 1, 1, 1), "widths": (8, 8, 16, 16), "stem_filters": 8}
DEEPER = SMALL | {"depths": (2, 2, 1, 1)}
CIFAR = {"depths": (1, 1, 1), "widths": (8, 8, 16), "stem_filters": 8}
SMALL_SHAPES = ((16, 16, 3), (13, 18, 1))

_basic = classifier(models.ResNet18, SHAPES, LEVELS, SMALL)
_bottleneck = classifier(models.ResNet50, SHAPES, LEVELS, SMALL)
_preactivated = classifier(models.ResNet50V2, SHAPES, LEVELS, DEEPER)
_cifar = classifier(models.CIFARResNet20, SMALL_SHAPES, "C0 C1 C2", CIFAR)
_plain = classifier(models.PlainNet20, SMALL_SHAPES, "C0 C1 C2", CIFAR)

ROWS = [
    _basic,
    _bottleneck,
    _preactivated,
    classifier(models.ResNet50V2, SHAPES, LEVELS, DEEPER | {"stride_at": "first"}, case="stride-first"),
    _cifar,
    classifier(
        models.CIFARResNet20, SMALL_SHAPES, "C0 C1 C2", CIFAR | {"shortcut": "always projected"}, case="option-C"
    ),
    _plain,
]
ALIKE = (
    alike(_basic, SMALL, models.ResNet34)
    | alike(_bottleneck, SMALL, models.ResNet101, models.ResNet152)
    | alike(_preactivated, SMALL, models.ResNet101V2, models.ResNet152V2)
    | alike(_cifar, CIFAR, models.CIFARResNet32, models.CIFARResNet44, models.CIFARResNet56, models.CIFARResNet110)
    | alike(_plain, CIFAR, models.PlainNet32, models.PlainNet44, models.PlainNet56, models.PlainNet110)
)
