"""ResNeXt (Xie et al. 2017): bottlenecks whose 3x3 convolution is cut into groups, the cardinality."""

from dlcourse.models.blocks.heads import average_head
from dlcourse.models.blocks.residual import Residual, residual_features
from dlcourse.models.checks import least_image
from dlcourse.models.registry import Family

RESNEXT = Family(
    "resnext",
    features=residual_features,
    head=average_head,
    input_shape=(224, 224, 3),
    least=least_image,
    source="Xie, Girshick, Dollar, Tu, He, Aggregated Residual Transformations for Deep Neural Networks, 2017, table 1",
)

ResNeXt50_32x4d = RESNEXT.define(
    "ResNeXt50_32x4d",
    Residual((3, 4, 6, 3), groups=32, group_width=4),
    params=25097128,
    trainable=25028904,
    reference="torchvision",
)
"""50 layers, 32 groups of 4 channels in the first stage: as many multiplications as ResNet50."""
ResNeXt101_32x4d = RESNEXT.define(
    "ResNeXt101_32x4d",
    Residual((3, 4, 23, 3), groups=32, group_width=4),
    params=44315560,
    trainable=44177704,
    reference="timm",
)
"""101 layers, 32 groups of 4 channels in the first stage: as many multiplications as ResNet101."""
ResNeXt101_64x4d = RESNEXT.define(
    "ResNeXt101_64x4d",
    Residual((3, 4, 23, 3), groups=64, group_width=4),
    params=83658152,
    trainable=83455272,
    reference="torchvision",
)
"""101 layers, 64 groups of 4 channels in the first stage: twice the multiplications."""
