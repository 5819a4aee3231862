"""Weston-Watkins beyond the contract: a peer, a worked example, labels that are none."""

import keras
import numpy as np
import pytest

from dlcourse.losses import SquaredWestonWatkins, WestonWatkins
from dlcourse.ops import margin_violations
from tests.contracts.backends import compiled, numpy, value_and_gradient

SCORES = np.array([[3.0, 1.0, 2.5, -1.0], [0.0, 0.2, 0.0, 0.1]], "float32")


def test_worked_example():
    """Row 1, y = 0: only 2.5 comes within 1 of 3.0, by 0.5. Row 2, y = 1: 0.8 + 0.8 + 0.9."""
    loss, squared = WestonWatkins(reduction=None), SquaredWestonWatkins(reduction=None)
    np.testing.assert_allclose(numpy(loss(np.array([0, 1]), SCORES)), [0.5, 2.5], rtol=1e-6)
    np.testing.assert_allclose(numpy(squared(np.array([0, 1]), SCORES)), [0.25, 0.64 + 0.64 + 0.81], rtol=1e-6)


def test_two_classes_with_positive_scores_agree_with_the_categorical_hinge_of_keras():
    scores = np.random.default_rng(0).uniform(0, 3, size=(50, 2)).astype("float32")
    labels = np.arange(50) % 2
    peer = keras.losses.CategoricalHinge(reduction=None)(np.eye(2, dtype="float32")[labels], scores)
    np.testing.assert_allclose(numpy(WestonWatkins(reduction=None)(labels, scores)), numpy(peer), rtol=1e-5, atol=1e-6)


def test_a_column_of_labels_and_more_axes_are_the_same_as_rows():
    scores = np.random.default_rng(1).normal(size=(8, 3, 4)).astype("float32")
    labels = np.random.default_rng(1).integers(4, size=(8, 3))
    loss = WestonWatkins(reduction=None)
    flat = numpy(loss(labels.reshape(24), scores.reshape(24, 4)))
    np.testing.assert_allclose(numpy(loss(labels, scores)).ravel(), flat, rtol=1e-6)
    np.testing.assert_allclose(numpy(loss(labels[..., None], scores)).ravel(), flat, rtol=1e-6)


@pytest.mark.parametrize("label", [-1, 4, 100, 1.5, np.nan])
def test_a_label_that_is_no_class_gives_nan_alone_and_compiled(label):
    labels = np.array([0, label], "float32")
    for loss in (WestonWatkins(reduction=None), SquaredWestonWatkins(reduction=None)):
        plain, staged = loss(labels, SCORES), compiled(lambda t, p, loss=loss: loss(t, p))
        for found in (plain, staged(keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(SCORES))):
            assert np.isnan(numpy(found)).tolist() == [False, True]
    value, gradient = value_and_gradient(lambda p: WestonWatkins()(labels, p), SCORES)
    assert np.isnan(value) and np.isnan(gradient[1]).any()


def test_ignored_rows_are_not_read():
    scores = SCORES.copy()
    scores[1] = np.nan
    loss = WestonWatkins(ignore_class=255)
    value, gradient = value_and_gradient(lambda p: loss(np.array([0, 255]), p), scores)
    assert value == 0.5 and (gradient[1] == 0).all() and gradient[0].tolist() == [-1.0, 0.0, 1.0, 0.0]


def test_the_violations_are_those_of_each_class():
    found = numpy(margin_violations(np.array([0, 1]), SCORES, margin=2.0))
    np.testing.assert_allclose(found, [[0, 0, 1.5, 0], [1.8, 0, 1.8, 1.9]], rtol=1e-6)


def test_a_negative_wrong_score_counts_as_it_is():
    """Where the categorical hinge of Keras reads it as 0."""
    scores, label = np.array([[0.25, -0.5]], "float32"), np.array([0])
    assert float(WestonWatkins()(label, scores)) == 0.25
    assert float(keras.losses.CategoricalHinge()(np.array([[1.0, 0.0]]), scores)) == 0.75
