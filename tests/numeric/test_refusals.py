"""What layers and losses refuse, they refuse in words that fit the mistake, and what they can read they take."""

import json
from collections import Counter

import keras
import numpy as np
import pytest

from dlcourse.layers import HierarchicalSoftmax
from dlcourse.losses import HierarchicalCrossentropy, SquaredWestonWatkins, WestonWatkins

SCORES = [[3.0, 1.0, 2.5], [0.0, 0.2, 0.0]]
MARGINS = [WestonWatkins, SquaredWestonWatkins]


@pytest.mark.parametrize("classes", [np.int64(10), np.uint8(10), np.array([3, 9]).max() + 1, np.array(10)])
def test_a_number_of_classes_from_numpy_becomes_a_plain_int(classes):
    layer = HierarchicalSoftmax(classes)
    assert type(layer.classes) is int and layer.classes == 10
    assert json.loads(json.dumps(layer.get_config()))["classes"] == 10


@pytest.mark.parametrize("classes", [True, np.True_, 10.0, np.float64(10), "10", None, [10]])
def test_classes_that_are_no_integer_are_called_that(classes):
    with pytest.raises(ValueError, match=r"classes must be an integer, got .*int"):
        HierarchicalSoftmax(classes)


@pytest.mark.parametrize("classes", [1, 0, -3, np.int64(1)])
def test_too_few_classes_are_called_that(classes):
    with pytest.raises(ValueError, match=f"at least 2 classes, got {int(classes)}\\."):
        HierarchicalSoftmax(classes)


@pytest.mark.parametrize(
    "counts", [5, np.int64(5), Counter("aab"), {0: 3, 1: 2}, ["3", "2"], "32", [[3], [2]], [[1], 2]]
)
def test_counts_that_are_no_flat_list_of_numbers_are_refused(counts):
    with pytest.raises(ValueError, match=r"counts must be one number for each class.* got .*bincount"):
        HierarchicalSoftmax(2, counts=counts)


def test_counts_from_numpy_are_stored_as_json():
    layer = HierarchicalSoftmax(3, counts=np.bincount([0, 0, 2, 1]))
    assert json.loads(json.dumps(layer.get_config()))["counts"] == [2, 1, 1]


@pytest.mark.parametrize("labelled", [False, True])
def test_another_feature_width_than_built_is_refused_also_after_loading(labelled, tmp_path):
    x, label = keras.Input((5,)), keras.Input((), dtype="int32")
    layer = HierarchicalSoftmax(7)
    model = keras.Model([x, label], layer(x, labels=label)) if labelled else keras.Model(x, layer(x))
    model.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    loaded = next(one for one in back.layers if isinstance(one, HierarchicalSoftmax))
    extra = {"labels": np.zeros(4, "int32")} if labelled else {}
    for one in (layer, loaded):
        assert tuple(one(np.ones((4, 5), "float32"), **extra).shape) == ((4,) if labelled else (4, 7))
        with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 5"):
            one(np.ones((4, 6), "float32"), **extra)
        with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 5"):
            one(keras.Input((6,)), **({"labels": label} if labelled else {}))


@pytest.mark.parametrize("column", [False, True])
def test_a_model_that_returns_all_classes_is_told_so_in_training(column):
    x, y = np.ones((8, 4), "float32"), np.arange(8)
    labels = y[:, None] if column else y
    model = keras.Sequential([keras.Input((4,)), HierarchicalSoftmax(10)])
    advised = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert np.isfinite(float(advised(labels, model(x))))
    with pytest.raises(ValueError, match="holds all classes") as caught:
        HierarchicalCrossentropy()(labels, model(x))
    assert "one-hot" not in str(caught.value)
    model.compile("sgd", HierarchicalCrossentropy())
    with pytest.raises(ValueError, match=r"holds all classes.*labels=.*SparseCategoricalCrossentropy\(from_logits"):
        model.fit(x, labels, verbose=0)  # last: on JAX a fit that fails takes the weights with it


@pytest.mark.parametrize("cls", MARGINS)
def test_only_one_hot_rows_are_called_one_hot(cls):
    scores = np.array(SCORES, "float32")
    with pytest.raises(ValueError, match="Turn one-hot rows into labels with argmax"):
        cls()(np.eye(3)[:2], scores)
    for y_true, y_pred in ((np.zeros(3), scores), (np.zeros((2, 4)), scores), (np.zeros(3), scores[0])):
        with pytest.raises(ValueError, match="one label for each row of scores") as caught:
            cls()(y_true, y_pred)
        assert "one-hot" not in str(caught.value)
    with pytest.raises(ValueError, match="the shape of y_pred") as caught:
        HierarchicalCrossentropy()(np.zeros(3), np.zeros(2))
    assert "one-hot" not in str(caught.value)


@pytest.mark.parametrize("ignore_class", [None, 0])
def test_lists_are_read_as_arrays(ignore_class):
    for loss, y_pred in (*((cls(ignore_class=ignore_class), SCORES) for cls in MARGINS),
                         (HierarchicalCrossentropy(ignore_class), [-1.0, -2.0])):  # fmt: skip
        expected = float(loss(np.array([0, 2]), np.array(y_pred, "float32")))
        assert float(loss([0, 2], y_pred)) == float(loss((0, 2), np.array(y_pred))) == expected
        assert float(loss([[0], [2]], y_pred, sample_weight=[1.0, 1.0])) == expected


def test_a_mask_of_the_model_still_counts():
    scores = keras.layers.Masking()(np.array([[SCORES[0], [0.0, 0.0, 0.0]]], "float32"))  # the second row is masked
    for loss in (WestonWatkins(), WestonWatkins(ignore_class=-1)):
        assert float(loss([[0, 2]], scores)) == float(loss([0], SCORES[:1])) == 0.5


@pytest.mark.parametrize("cls", MARGINS)
def test_a_margin_is_a_number(cls):
    for margin in ("1", None, [1.0], -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"{cls.__name__} needs a finite margin >= 0, got margin="):
            cls(margin=margin)
    assert json.loads(json.dumps(cls(margin=np.float32(0.5)).get_config()))["margin"] == 0.5
