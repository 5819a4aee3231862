"""Architectures by their papers' names, and how they are found, cut and given weights.

model = ResNet50((224, 224, 3), classes=1000)            by name
model = create("resnet50", (32, 32, 1), classes=10)      by a string, in any case
maps = backbone("resnet50", (224, 224, 3))               {"C1": ..., "C5": ...} for what stands on top
"""

from dlcourse.models.classification.alexnet import AlexNet, AlexNetTwoTower
from dlcourse.models.classification.bn_inception import BNInception, SEInception
from dlcourse.models.classification.densenet import DenseNet121, DenseNet169, DenseNet201, DenseNet264
from dlcourse.models.classification.googlenet import GoogLeNet
from dlcourse.models.classification.inception_resnet import InceptionResNetV1, InceptionResNetV2
from dlcourse.models.classification.inception_v3 import InceptionV3
from dlcourse.models.classification.inception_v4 import InceptionV4
from dlcourse.models.classification.lenet import LeNet5
from dlcourse.models.classification.lenet_modern import LeNet5Modern
from dlcourse.models.classification.mobilenet import MobileNet
from dlcourse.models.classification.mobilenet_v2 import MobileNetV2
from dlcourse.models.classification.mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
from dlcourse.models.classification.resnet import (
    CIFARResNet20,
    CIFARResNet32,
    CIFARResNet44,
    CIFARResNet56,
    CIFARResNet110,
    PlainNet20,
    PlainNet32,
    PlainNet44,
    PlainNet56,
    PlainNet110,
    ResNet18,
    ResNet34,
    ResNet50,
    ResNet50V2,
    ResNet101,
    ResNet101V2,
    ResNet152,
    ResNet152V2,
)
from dlcourse.models.classification.resnext import ResNeXt50_32x4d, ResNeXt101_32x4d, ResNeXt101_64x4d
from dlcourse.models.classification.senet import (
    SEResNet50,
    SEResNet101,
    SEResNet152,
    SEResNeXt50_32x4d,
    SEResNeXt101_32x4d,
)
from dlcourse.models.classification.vgg import VGG11, VGG11LRN, VGG13, VGG16, VGG16C, VGG19
from dlcourse.models.classification.xception import Xception
from dlcourse.models.classification.zfnet import ZFNet
from dlcourse.models.registry import backbone, create, list_models
from dlcourse.models.segmentation.deeplab import DeepLabV1, DeepLabV2
from dlcourse.models.segmentation.deeplab_v3 import DeepLabV3, DeepLabV3Plus
from dlcourse.models.segmentation.encoder_unet import EncoderUNet
from dlcourse.models.segmentation.fast_fcn import FastFCN
from dlcourse.models.segmentation.fcn import FCN8s, FCN16s, FCN32s
from dlcourse.models.segmentation.tiled import predict_tiled
from dlcourse.models.segmentation.unet import UNet
from dlcourse.models.transplant import transplant

__all__ = [
    "VGG11",
    "VGG11LRN",
    "VGG13",
    "VGG16",
    "VGG16C",
    "VGG19",
    "AlexNet",
    "AlexNetTwoTower",
    "BNInception",
    "CIFARResNet20",
    "CIFARResNet32",
    "CIFARResNet44",
    "CIFARResNet56",
    "CIFARResNet110",
    "DeepLabV1",
    "DeepLabV2",
    "DeepLabV3",
    "DeepLabV3Plus",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "DenseNet264",
    "EncoderUNet",
    "FCN8s",
    "FCN16s",
    "FCN32s",
    "FastFCN",
    "GoogLeNet",
    "InceptionResNetV1",
    "InceptionResNetV2",
    "InceptionV3",
    "InceptionV4",
    "LeNet5",
    "LeNet5Modern",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "PlainNet20",
    "PlainNet32",
    "PlainNet44",
    "PlainNet56",
    "PlainNet110",
    "ResNeXt50_32x4d",
    "ResNeXt101_32x4d",
    "ResNeXt101_64x4d",
    "ResNet18",
    "ResNet34",
    "ResNet50",
    "ResNet50V2",
    "ResNet101",
    "ResNet101V2",
    "ResNet152",
    "ResNet152V2",
    "SEInception",
    "SEResNeXt50_32x4d",
    "SEResNeXt101_32x4d",
    "SEResNet50",
    "SEResNet101",
    "SEResNet152",
    "UNet",
    "Xception",
    "ZFNet",
    "backbone",
    "create",
    "list_models",
    "predict_tiled",
    "transplant",
]
