"""Models by name: what create, backbone and list_models give and refuse."""

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.models.registry import find

SMALL = {"depths": (1, 1), "widths": (8, 16), "stem_filters": 8}


def test_create_ignores_case_and_equals_the_function():
    by_name = models.create("RESNET50", (32, 32, 1), classes=3, **SMALL)
    by_function = models.ResNet50((32, 32, 1), classes=3, **SMALL)
    assert [w.path for w in by_name.weights] == [w.path for w in by_function.weights]
    assert by_name.name == "resnet50"
    assert models.ResNet50((32, 32, 1), classes=3, name="mine", **SMALL).name == "mine"


def test_the_default_number_of_classes_is_the_papers():
    small = {"depths": (1, 1, 1), "widths": (8, 8, 8)}
    assert models.CIFARResNet20(**small).output_shape == models.create("cifarresnet20", **small).output_shape
    assert models.LeNet5().output_shape == (None, 10)


def test_every_public_function_is_listed_and_the_other_way_round():
    functions = {name for name in models.__all__ if name[0].isupper()}
    assert set(models.list_models()["name"]) == functions
    for name in functions:
        assert getattr(models, name).__name__ == name
        assert f"{find(name).params:,} parameters" in getattr(models, name).__doc__


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean resnet50"):
        models.create("resnet5O")
    with pytest.raises(ValueError, match="by its name"):
        models.create(50)
    with pytest.raises(ValueError, match="no family 'resnets'"):
        models.list_models("resnets")


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(ValueError, match=r"no argument 'depth'.*Did you mean depths"):
        models.ResNet50((32, 32, 3), depth=(1, 1))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((7, 64, 3), "at least 8 x 8"),
        ((64, 4, 3), "at least 8 x 8"),
        ((3, 224, 224), r"channels first. Pass \(224, 224, 3\)"),
        ((1, 480, 640), r"channels first. Pass \(480, 640, 1\)"),
        ((3, None, 64), "channels first"),
        ((224, 224), "height, width, channels"),
        ((None, None, None), "whole numbers"),
        ((224, 224, -3), "whole numbers"),
        ((224.0, 224, 3), "whole numbers"),
        ("224", "height, width, channels"),
    ],
)
def test_a_wrong_input_shape_says_what_to_pass(shape, words):
    with pytest.raises(ValueError, match=words):
        models.ResNet50(shape, **SMALL)
    with pytest.raises(ValueError, match=words):
        models.backbone("resnet50", shape, **SMALL)


@pytest.mark.parametrize(
    ("name", "least", "changes"),
    [
        ("resnet18", 32, {"depths": (1, 1, 1, 1), "widths": (8, 8, 8, 8)}),
        ("resnet18", 8, SMALL),
        ("cifarresnet20", 4, {"depths": (1, 1, 1)}),
        ("resnet50v2", 16, {"depths": (1, 1, 1), "widths": (8, 8, 8)}),
        ("resnext50_32x4d", 4, {"depths": (1,), "widths": (64,)}),
        ("seresnet50", 8, SMALL | {"widths": (16, 16)}),
    ],
)
def test_a_residual_net_takes_an_image_as_large_as_its_strides(name, least, changes):
    assert models.create(name, (least, least, 1), classes=3, **changes).output_shape == (None, 3)
    deepest = list(models.backbone(name, (least, least, 1), **changes).output.values())[-1]
    assert deepest.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.create(name, (least, least - 1, 1), classes=3, **changes)


@pytest.mark.parametrize("classes", [0, -1, 2.5, "10", True])
def test_a_wrong_number_of_classes_is_refused(classes):
    with pytest.raises(ValueError, match="classes, at least 1"):
        models.ResNet50((32, 32, 3), classes=classes, **SMALL)


def test_images_with_other_channels_are_refused_by_the_model():
    model = models.ResNet50((32, 32, 3), classes=3, **SMALL)
    with pytest.raises(ValueError, match="shape"):
        model(np.zeros((1, 32, 32, 1), "float32"))


def test_heights_may_be_open():
    model = models.ResNet50((None, None, 3), classes=3, **SMALL)
    for size in (32, 45):
        assert model(np.zeros((1, size, size + 3, 3), "float32")).shape == (1, 3)


def test_scores_and_probabilities():
    keras.utils.set_random_seed(0)
    model = models.ResNet50((32, 32, 3), classes=3, classifier_activation=None, **SMALL)
    head = models.transplant(model, models.ResNet50((32, 32, 3), classes=3, **SMALL))
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    scores, found = (keras.ops.convert_to_numpy(net(x)) for net in (model, head))
    np.testing.assert_allclose(found, np.exp(scores) / np.exp(scores).sum(1, keepdims=True), rtol=1e-5)
