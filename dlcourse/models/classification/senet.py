"""Residual nets with squeeze-and-excitation gates (Hu et al. 2018)."""

from dlcourse.models.blocks.heads import average_head
from dlcourse.models.blocks.residual import Residual, residual_features
from dlcourse.models.checks import least_image
from dlcourse.models.registry import Family

SENET = Family(
    "senet",
    features=residual_features,
    head=average_head,
    input_shape=(224, 224, 3),
    least=least_image,
    source="Hu, Shen, Sun, Squeeze-and-Excitation Networks, 2018, table 1",
)


def _define(name, depths, trainable, params, **groups):
    row = Residual(depths, reduction=16, **groups)
    return SENET.define(name, row, params=params, trainable=trainable, reference="timm, its legacy form")


_GROUPS = {"groups": 32, "group_width": 4}

SEResNet50 = _define("SEResNet50", (3, 4, 6, 3), 28088024, 28141144)
"""ResNet50 with a gate in each block: 10 % more weights, hardly more multiplications."""
SEResNet101 = _define("SEResNet101", (3, 4, 23, 3), 49326872, 49432216)
"""ResNet101 with a gate in each block."""
SEResNet152 = _define("SEResNet152", (3, 8, 36, 3), 66821848, 66973272)
"""ResNet152 with a gate in each block."""
SEResNeXt50_32x4d = _define("SEResNeXt50_32x4d", (3, 4, 6, 3), 27559896, 27628120, **_GROUPS)
"""ResNeXt50 (32x4d) with a gate in each block."""
SEResNeXt101_32x4d = _define("SEResNeXt101_32x4d", (3, 4, 23, 3), 48955416, 49093272, **_GROUPS)
"""ResNeXt101 (32x4d) with a gate in each block."""
