"""Rows of LeNet-5, AlexNet and ZFNet."""

from dlcourse import models
from tests.contracts.classifier_rows import classifier

VALID = {"strides": "its convolutions or pools are not padded; tests/models/test_early.py has the sizes of the papers"}
ALEXNET = {"filters": (8, 8, 8, 8, 8), "kernels": (5, 3, 3, 3, 3), "strides": 1, "units": 8}
ZFNET = {"filters": (8, 8, 8, 8, 8), "kernels": (5, 3, 3, 3, 3), "strides": (1, 1), "units": 8}
SHAPES = ((32, 32, 3), (19, 36, 1))

ROWS = [
    classifier(models.LeNet5, ((32, 32, 1), (36, 33, 3)), "C1 C2", {"filters": 8}, exempt=VALID),
    classifier(models.LeNet5Modern, ((32, 32, 1), (36, 33, 3)), "C1 C2", {"units": 8}, exempt=VALID),
    classifier(models.LeNet5Modern, ((32, 32, 1),), "C1 C2", {"units": 8, "pool": "max"}, "max", exempt=VALID),
    classifier(models.AlexNet, SHAPES, "C0 C1 C2 C3", ALEXNET, exempt=VALID),
    classifier(models.AlexNet, SHAPES, "C0 C1 C2 C3", ALEXNET | {"normalize": 0, "pool": 2}, "bare", exempt=VALID),
    classifier(models.AlexNetTwoTower, SHAPES, "C0 C1 C2 C3", ALEXNET, exempt=VALID),
    classifier(models.ZFNet, ((32, 32, 3), (15, 36, 1)), "C0 C1 C2 C3", ZFNET, exempt=VALID),
]
ALIKE = {}
