"""Rows for classifiers: shrunk nets of every form, and which models differ from them in numbers alone."""

from dlcourse import models
from tests.contracts.rows import ModelRow

CLASSES = 5
COUNTED = {"parameters": "counted at full size in tests/models/test_published.py"}


def classifier(of, shapes, levels, shrunk, case="", exempt=()):
    """A row for the model `of` with the fields `shrunk` of its variant replaced.

    shapes: input shapes it must take; levels: "C1 C2 ...", the maps of its backbone; exempt: check -> reason
    """
    return ModelRow(
        of,
        make=lambda shape: of(shape, classes=CLASSES, **shrunk),
        maps=lambda shape: models.backbone(of.__name__, shape, **shrunk),
        case=case,
        shapes=shapes,
        strides={level: 2 ** int(level[1:]) for level in levels.split()},
        exempt=COUNTED | dict(exempt),
        invalid=(
            lambda: of((3, 64, 64)),
            lambda: of((64, 64)),
            lambda: of((64, 64, 0)),
            lambda: of((2, 2, 3)),
            lambda: of(shapes[0], classes=0),
            lambda: of(shapes[0], classes=2.5),
            lambda: of(shapes[0], weights="imagnet"),
            lambda: of(shapes[0], weights="imagenet", **shrunk),
            lambda: of(shapes[0], no_such_field=1),
        ),
    )


def alike(row, shrunk, *others):
    """{model: (row, names of the fields that may differ)} for models whose code `row` runs already."""
    return {model: (row, tuple(shrunk)) for model in others}
