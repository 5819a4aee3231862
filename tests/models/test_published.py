"""Every listed model, at the paper's size, has the published number of parameters."""

import gc

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.models.registry import find

NAMES = list(models.list_models()["name"])


@pytest.fixture(autouse=True)
def _room_for_the_next():
    yield
    keras.backend.clear_session()
    gc.collect()  # VGG alone takes half a gigabyte


@pytest.mark.parametrize("name", NAMES)
def test_count(name, without_filling):
    entry = find(name)
    model = models.create(name, classes=entry.classes)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert model.count_params() == entry.params, f"{name} has {model.count_params()}, its row says {entry.params}"
    if entry.trainable is not None:
        assert trainable == entry.trainable, f"{name} trains {trainable}, {entry.reference} says {entry.trainable}"
    assert entry.reference and entry.family.source


@pytest.fixture
def without_filling(monkeypatch):
    """Random starts are replaced by zeros: what is counted here are shapes."""
    zeros = keras.initializers.Zeros()
    for start in (keras.initializers.VarianceScaling, keras.initializers.RandomNormal):
        monkeypatch.setattr(start, "__call__", lambda self, shape, dtype=None, **kwargs: zeros(shape, dtype=dtype))


def test_the_facts_of_the_papers_are_all_there():
    """Row by row of the table of published counts, the model and the number that it must have."""
    published = {
        "LeNet5": 60_000,
        "AlexNetTwoTower": 60_965_224,
        "AlexNet": 62_378_344,
        "VGG11": 132_863_336,
        "VGG16": 138_357_544,
        "VGG19": 143_667_240,
        "GoogLeNet": 6_998_552,
        "ResNet18": 11_689_512,
        "ResNet34": 21_797_672,
        "ResNet50": 25_557_032,
        "ResNet101": 44_549_160,
        "InceptionV3": 23_817_352,
        "InceptionResNetV2": 55_813_192,
        "Xception": 22_855_952,
        "DenseNet121": 7_978_856,
        "ResNeXt50_32x4d": 25_028_904,
        "SEResNet50": 28_088_024,
        "MobileNetV2": 3_504_872,
    }
    for name, trainable in published.items():
        entry = find(name)
        assert trainable in (entry.trainable, entry.params), f"{name}: {entry.trainable}, {entry.params}"
    assert find("MobileNet").params == 4_253_864
