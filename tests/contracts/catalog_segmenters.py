"""Rows of the nets that give a class to every pixel, shrunk until they are cheap."""

from dlcourse import models
from tests.contracts.classifier_rows import COUNTED
from tests.contracts.rows import ModelRow

VGG = {"widths": (8, 8, 8, 8, 8), "units": 8}
RESNET = {"depths": (1, 1), "widths": (8, 8), "stem_filters": 8}
DEEPER = {"depths": (1, 1, 1, 1), "widths": (8, 8, 8, 8), "stem_filters": 8}
FULLY = {"encoder_changes": VGG, "units": 8}


def _segmenter(of, shapes, shrunk, case="", exempt=(), invalid=()):
    """A row for the segmenter `of`; its scores are as large as the image unless exempt from "strides"."""
    return ModelRow(
        of,
        make=lambda shape: of(shape, classes=3, **shrunk),
        case=case,
        shapes=shapes,
        strides={"output": 1},
        exempt=COUNTED | dict(exempt),
        invalid=(
            lambda: of((3, 64, 64)),
            lambda: of(shapes[0], classes=0),
            lambda: of(shapes[0], classes=1),
            lambda: of(shapes[0], weights="imagnet"),
            lambda: of(shapes[0], no_such_field=1),
            lambda: models.backbone(of.__name__, shapes[0]),
            *invalid,
        ),
    )


def _encoded(of, shapes, shrunk, more=(), **options):
    """A row for a segmenter on a classifier's maps."""
    unknown = (
        lambda: of(shapes[0], encoder="resnet51"),
        lambda: of(shapes[0], encoder="unet"),
        lambda: of(shapes[0], encoder_changes={"widht": 3}),
        lambda: of((64, 64, 3), **{**shrunk, "encoder": "resnet18", "encoder_changes": {"output_stride": 3}}),
    )
    return _segmenter(of, shapes, shrunk, invalid=(*unknown, *more), **options)


SHAPES = ((32, 32, 3), (41, 48, 1))
_unet = _segmenter(
    models.UNet,
    ((44, 44, 1), (44, 52, 3)),
    {"widths": (8, 8, 8)},
    exempt={"strides": "valid convolutions cut 20 pixels off each side: tests/models/test_unet.py"},
    invalid=(
        lambda: models.UNet((45, 44, 1), widths=(8, 8, 8)),
        lambda: models.UNet((None, None, 1)),
        lambda: models.UNet((572, 572, 1), padding="full"),
        lambda: models.UNet((572, 572, 1), widths=(64,)),
    ),
)

ROWS = [
    _unet,
    _segmenter(
        models.UNet,
        ((16, 16, 1), (19, 22, 3)),
        {"widths": (8, 8, 8), "padding": "same", "batch_norm": True},
        case="padded",
    ),
    _encoded(
        models.EncoderUNet,
        SHAPES,
        {"encoder": "resnet18", "encoder_changes": RESNET, "widths": (8, 8, 8, 8, 8)},
        more=(lambda: models.EncoderUNet(SHAPES[0], widths=(8, 8)),),
    ),
    _encoded(models.FCN32s, SHAPES, FULLY),
    _encoded(models.FCN16s, SHAPES, FULLY, more=(lambda: models.FCN16s(SHAPES[0], stride=4),)),
    _encoded(models.FCN8s, SHAPES, FULLY),
    _encoded(
        models.FCN8s,
        SHAPES,
        {"encoder": "resnet18", "encoder_changes": DEEPER, "units": 0, "pooled": False},
        case="resnet",
    ),
    _encoded(models.DeepLabV1, SHAPES, {"encoder_changes": VGG, "units": 8, "rates": (2,)}),
    _encoded(
        models.DeepLabV2,
        SHAPES,
        {"encoder": "resnet50", "encoder_changes": RESNET, "rates": (1, 2), "output_stride": 4},
    ),
    _encoded(models.DeepLabV3, SHAPES, {"encoder_changes": RESNET, "filters": 8, "rates": (1, 2), "output_stride": 4}),
    _encoded(
        models.DeepLabV3Plus,
        SHAPES,
        {
            "encoder": "resnet50",
            "encoder_changes": RESNET,
            "filters": 8,
            "rates": (1, 2),
            "output_stride": 4,
            "detail": 8,
        },
    ),
    _encoded(
        models.DeepLabV3Plus,
        SHAPES,
        {"encoder": "resnet50", "encoder_changes": RESNET, "filters": 8, "detail": 8, "rates": (1,), "separable": True},
        case="separable",
    ),
    _encoded(
        models.FastFCN,
        SHAPES,
        {
            "encoder_changes": RESNET,
            "levels": ("C1", "C2", "C3"),
            "joint_filters": 8,
            "joint_rates": (1, 2),
            "filters": 8,
            "rates": (2,),
        },
    ),
]
