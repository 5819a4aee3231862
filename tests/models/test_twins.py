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
CASES = [(name, size) for name in FAMILIES for size in SIZES.get(name, (64, 97))]


@pytest.mark.parametrize(("name", "size"), CASES, ids=lambda value: str(value))
def test_equal_scores_and_features(name, size):
    plain = {"include_preprocessing": False} if name.startswith("MobileNetV3") else {}
    twin = getattr(keras.applications, find(name).imagenet)
    source = twin(weights=None, input_shape=(size, size, 3), classes=50, classifier_activation=None, **plain)
    target = models.create(name, (size, size, 3), classes=50, classifier_activation=None)
    models.transplant(randomize(source), target)
    for given, taken in zip(_stages(source), _stages(target), strict=True):
        np.testing.assert_allclose(taken, given, rtol=0, atol=1e-4 * max(1, np.abs(given).max()))
        assert np.ptp(given) > 1e-3, "the twin gives the same number everywhere, which compares nothing"
    keras.backend.clear_session()
    gc.collect()


def _stages(model):
    """The features, which are what the head reads, and the scores of a model for the same two images."""
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    head = (found or [layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)])[-1]
    features, scores = keras.Model(model.input, [head.input, model.output])(image(model.input_shape[1]))
    return keras.ops.convert_to_numpy(features), keras.ops.convert_to_numpy(scores)


def test_every_family_with_a_twin_is_compared():
    rows = models.list_models()
    families = {find(name).family.name for name in rows["name"][rows["imagenet"]]}
    assert families == {find(name).family.name for name in FAMILIES}
