"""weights=: from a file, from keras.applications, and what is refused."""

import keras
import numpy as np
import pytest

from dlcourse import models
from tests.models.randomize import call, image, randomize

SMALL = {"depths": (1, 1), "widths": (8, 16), "stem_filters": 8}


def _small(**options):
    return models.ResNet50((32, 32, 3), classes=3, **SMALL, **options)


def test_weights_come_back_from_a_file(tmp_path):
    model = randomize(_small())
    model.save_weights(tmp_path / "net.weights.h5")
    back = _small(weights=tmp_path / "net.weights.h5")
    np.testing.assert_array_equal(call(back, image(32)), call(model, image(32)))


def test_weights_of_another_family_are_refused(tmp_path):
    models.CIFARResNet20((32, 32, 3), classes=3, depths=(1, 1, 1)).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match=r"are not those of resnet50 for images of \(32, 32, 3\)"):
        _small(weights=str(tmp_path / "other.weights.h5"))


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "net.weights.h5"
    _small().save_weights(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="are not those of"):
        _small(weights=path)


@pytest.mark.parametrize("weights", ["imagnet", "/nowhere/net.weights.h5"])
def test_a_missing_file_is_named(weights):
    with pytest.raises(ValueError, match=f"there is no file '{weights}'"):
        _small(weights=weights)


def test_neither_text_nor_path():
    with pytest.raises(ValueError, match="got int"):
        _small(weights=3)


def test_imagenet_is_refused_where_it_does_not_fit():
    with pytest.raises(ValueError, match="no ImageNet weights for ResNet18"):
        models.ResNet18(weights="imagenet")
    with pytest.raises(ValueError, match="its variant was changed"):
        _small(weights="imagenet")
    with pytest.raises(ValueError, match="3 channels, ResNet50 was given 1"):
        models.ResNet50((224, 224, 1), weights="imagenet")


def test_without_a_network_the_error_says_what_to_do(monkeypatch):
    def offline(**options):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "MobileNet", offline)
    with pytest.raises(ConnectionError, match=r"need a network the first time.*URL fetch failure.*weights=None"):
        models.MobileNet((64, 64, 3), weights="imagenet")


@pytest.mark.parametrize("classes", [1000, 7])
def test_imagenet_weights_are_those_of_keras(monkeypatch, classes):
    """With 1,000 classes the head comes too, with others it stays fresh; the input size is free."""
    original, made = keras.applications.MobileNet, []

    def trained(weights, **options):
        assert weights == "imagenet"
        made.append(randomize(original(weights=None, **options)))
        return made[-1]

    monkeypatch.setattr(keras.applications, "MobileNet", trained)
    model = models.MobileNet((64, 64, 3), classes=classes, weights="imagenet")
    first = made[0].get_layer("conv1").kernel
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel, first)
    assert model.output_shape == (None, classes)
    features = models.backbone("mobilenet", (64, 64, 3), weights="imagenet")
    source = original(weights=None, include_top=False, input_shape=(64, 64, 3))
    source.set_weights(made[-1].get_weights())
    np.testing.assert_allclose(call(features, image(64)), call(source, image(64)), atol=1e-4)
