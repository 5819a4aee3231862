"""The models by name: families declare their variants here, and every model is built in one place, the same way."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import keras
import pandas as pd

from dlcourse.models.checks import check_classes, check_input_shape
from dlcourse.models.entries import Entry, entries, find, record
from dlcourse.models.pyramid import deepest
from dlcourse.models.weights import check_weights, load
from dlcourse.settings import nearest

WITHOUT_WEIGHTS = ("output_stride", "multi_grid", "dropout")  # changes of a variant that its weights outlive


@dataclass(frozen=True)
class Family:
    """What the variants of an architecture share.

    features: `(x, variant)` -> `{"C1": ..., "C5": ...}`, Cn 2**n times smaller than the image; the last is the deepest
    head: `(pyramid, variant, classes)` -> scores `(b, classes)` before the activation, or a dict of such; those of a
        segmenter are `(b, h, w, classes)`
    input_shape: `(h, w, c)` of the paper
    least: the least height and width that the depth allows, a number or `variant -> number`
    source: the paper
    task: "classification", or "segmentation"
    check: `(input_shape, variant)`, raises ValueError for what this family alone cannot take
    """

    name: str
    features: Callable
    head: Callable
    input_shape: tuple
    least: int | Callable
    source: str
    task: str = "classification"
    check: Callable | None = None

    def define(self, name, variant, **facts):
        """The public function `name`, which builds `variant`; facts are those of `Entry`."""
        entry = Entry(name, self, variant, **facts)
        record(entry)

        def model(
            input_shape=None, classes=entry.classes, weights=None, classifier_activation="softmax", name=None, **changes
        ):
            return _build(entry, input_shape, classes, weights, (classifier_activation, name, changes))

        model.__name__ = model.__qualname__ = name
        model.__module__ = self.features.__module__
        model.__doc__ = _docstring(entry)
        return model


def create(name, input_shape=None, classes=None, weights=None, classifier_activation="softmax", **changes):
    """The model `name`, in any case, as its own function builds it; classes as many as in the paper if None.

    `changes` replace fields of its variant: a shrunk net for small images is a row with smaller numbers.

    >>> net = create("resnet50", (32, 32, 1), classes=10, depths=(1, 1), widths=(8, 16), stem_filters=8)
    >>> net.output_shape
    (None, 10)

    Raises:
        ValueError: no such model, or a field that its variant does not have; the nearest is named.
    """
    entry = find(name)
    classes = entry.classes if classes is None else classes
    return _build(entry, input_shape, classes, weights, (classifier_activation, None, changes))


def backbone(name, input_shape=None, weights=None, **changes):
    """The model `name` without its head: images `(b, h, w, c)` -> `{"C1": ..., "C5": ...}`.

    `Cn` is `2**n` times smaller than the image, and holds the last feature map of that size; early nets leave levels
    out. `weights` and `changes` are those of `create`.

    >>> maps = backbone("resnet50", (64, 64, 3), depths=(1, 1), widths=(8, 16), stem_filters=8).output
    >>> {level: tuple(x.shape[1:]) for level, x in maps.items()}
    {'C1': (32, 32, 8), 'C2': (16, 16, 32), 'C3': (8, 8, 64)}
    """
    entry = _classifier(name)
    variant = _changed(entry, changes)
    inputs, twin = _input(entry, variant, input_shape), _twin(entry, changes)
    check_weights(weights, twin, inputs.shape, entry.name)
    model = keras.Model(inputs, entry.family.features(inputs, variant), name=f"{entry.name.lower()}_backbone")
    return load(model, weights, twin)


def feature_maps(name, x, **changes):
    """The feature maps of the model `name` on a symbolic tensor: what `backbone` gives, as part of a larger graph.

    x: images `(b, h, w, c)` -> `{"C1": ..., "C5": ...}`

    >>> maps = feature_maps("vgg16", keras.Input((32, 32, 3)), widths=(8, 8, 8, 8, 8))
    >>> list(maps), tuple(maps["C4"].shape)
    (['C0', 'C1', 'C2', 'C3', 'C4', 'C5'], (None, 2, 2, 8))
    """
    entry = _classifier(name)
    variant = _changed(entry, changes)
    check_input_shape(tuple(x.shape[1:]), _least(entry, variant), entry.name)
    return entry.family.features(x, variant)


def list_models(family=None):
    """One row a model: name, family, parameters, whether ImageNet weights exist, the paper.

    `family` keeps the models of one family; "classification" and "segmentation" keep all for that task.

    >>> list(list_models("resnet")["name"])[:3]
    ['ResNet18', 'ResNet34', 'ResNet50']
    """
    families = sorted({entry.family.name for entry in entries()})
    tasks = sorted({entry.family.task for entry in entries()})
    if family not in (None, *tasks, *families):
        raise ValueError(
            f"There is no family {family!r}; the tasks are {tasks}, the families {families}. "
            f"{nearest(family, tasks + families)}"
        )
    rows = [
        {
            "name": entry.name,
            "family": entry.family.name,
            "params": entry.params,
            "imagenet": entry.imagenet is not None,
            "source": entry.family.source,
        }
        for entry in entries()
        if family in (None, entry.family.task, entry.family.name)
    ]
    return pd.DataFrame(rows)


def _changed(entry, changes):
    known = [field.name for field in fields(entry.variant)]
    for key in changes:
        if key not in known:
            raise ValueError(f"{entry.name} has no argument {key!r}; its variant has {known}. {nearest(key, known)}")
    return replace(entry.variant, **changes)


def _classifier(name):
    entry = find(name)
    if entry.family.task != "classification":
        raise ValueError(
            f"{entry.name} is a model for {entry.family.task}: feature maps come from a classifier. "
            'list_models("classification") names them.'
        )
    return entry


def _twin(entry, changes):
    """The net of keras.applications whose weights fit; None without one, or where a change touches the weights."""
    inner = {key: value for key, value in changes.items() if key not in WITHOUT_WEIGHTS}
    if entry.family.task == "classification":
        return None if inner else entry.imagenet
    encoder = inner.get("encoder", getattr(entry.variant, "encoder", None))
    return _twin(find(encoder), inner.get("encoder_changes", {})) if encoder else None


def _least(entry, variant):
    least = entry.family.least
    return least(variant) if callable(least) else least


def _input(entry, variant, input_shape):
    shape = entry.family.input_shape if input_shape is None else input_shape
    shape = check_input_shape(shape, _least(entry, variant), entry.name)
    if entry.family.check:
        entry.family.check(shape, variant)
    return keras.Input(shape, name="image")


def _build(entry, input_shape, classes, weights, rest):
    """The whole classifier of an entry; rest is (classifier_activation, name, changes)."""
    activation, label, changes = rest
    check_classes(classes, entry.name)
    segments = entry.family.task == "segmentation"
    if segments and classes == 1 and activation == "softmax":
        raise ValueError(f'{entry.name}: softmax over one class is always 1. Pass classifier_activation="sigmoid".')
    variant, twin = _changed(entry, changes), _twin(entry, changes)
    inputs = _input(entry, variant, input_shape)
    check_weights(weights, twin, inputs.shape, entry.name)
    pyramid = entry.family.features(inputs, variant)
    scores = entry.family.head(pyramid, variant, classes)
    several = isinstance(scores, dict)
    outputs = {
        key: keras.layers.Activation(activation or "linear", dtype="float32", name=key)(score)
        for key, score in (scores if several else {"predictions": scores}).items()
    }
    outputs = outputs if several else outputs["predictions"]
    model = keras.Model(inputs, outputs, name=label or entry.name.lower())
    if weights == "imagenet" and (segments or classes != 1000):  # the head stays fresh
        load(keras.Model(inputs, deepest(pyramid)), weights, twin)
        return model
    return load(model, weights, twin)


def _docstring(entry):
    size = " x ".join(map(str, entry.family.input_shape))
    imagenet = f', or "imagenet", converted from keras.applications.{entry.imagenet}' if entry.imagenet else ""
    maps = "(b, h, w, classes)" if entry.family.task == "segmentation" else "(b, classes)"
    return f"""{entry.name}, {entry.params:,} parameters at {size} and {entry.classes:,} classes.

Args:
    input_shape: (h, w, c), channels last; {entry.family.input_shape} if None.
    classes: number of classes, at least 1.
    weights: None for fresh ones, a file that `save_weights` wrote{imagenet}.
    classifier_activation: what is applied to the scores, in float32; None returns the scores themselves.
    name: name of the model.
    **changes: fields of the variant that are to differ: {", ".join(field.name for field in fields(entry.variant))}.

Returns:
    A `keras.Model`: images (b, h, w, c) -> {maps}.

Raises:
    ValueError: a size below the least that the depth allows, classes below 1, an unknown argument.

Source: {entry.family.source}; count from {entry.reference}."""
