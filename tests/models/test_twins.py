"""Our nets compute what those of keras.applications do, from the same weights: scores and features, at two sizes.

One net a family; the deeper ones differ in numbers alone, and `benchmarks/fidelity.py` compares them all.
"""

import gc

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.models.registry import find
from tests.models.randomize import image, randomize

SIZES = {"InceptionV3": (75, 96), "InceptionResNetV2": (75, 96), "Xception": (71, 96), "VGG16": (32, 65)}
# Dense layers made for one size, or a padding that keras.applications chooses by the size
FIXED = {"VGG16", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"}
FAMILIES = [
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "InceptionV3",
    "InceptionResNetV2",
    "Xception",
    "DenseNet121",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "MobileNetV3Large",
]


@pytest.mark.parametrize("name", FAMILIES)
def test_equal_features_and_scores(name):
    sizes = SIZES.get(name, (64, 97))
    for shape in [(size, size, 3) for size in sizes] if name in FIXED else [(None, None, 3)]:
        source, target = _pair(name, shape)
        stages = [_stages(source), _stages(target)]
        for size in sizes if shape[0] is None else shape[:1]:
            x = image(size)
            for given, taken in zip(*([_array(part) for part in stage(x)] for stage in stages), strict=True):
                np.testing.assert_allclose(taken, given, rtol=0, atol=1e-4 * max(1, np.abs(given).max()))
                assert np.ptp(given) > 1e-3, "the twin gives the same number everywhere, which compares nothing"
    keras.backend.clear_session()
    gc.collect()


def _pair(name, shape):
    """The net of keras.applications with random weights and statistics, and ours with the same."""
    plain = {"include_preprocessing": False} if name.startswith("MobileNetV3") else {}
    options = {"classes": 50, "classifier_activation": None}
    twin = getattr(keras.applications, find(name).imagenet)
    source = randomize(twin(weights=None, input_tensor=keras.Input(shape), **options, **plain))
    return source, models.transplant(source, models.create(name, shape, **options))


def _array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def _stages(model):
    """A model that gives the features, which are what the head reads, and the scores."""
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    head = (found or [layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)])[-1]
    return keras.Model(model.inputs[0], [head.input, model.output])


def test_every_family_with_a_twin_is_compared():
    rows = models.list_models("classification")
    families = {find(name).family.name for name in rows["name"][rows["imagenet"]]}
    assert families == {find(name).family.name for name in FAMILIES}
