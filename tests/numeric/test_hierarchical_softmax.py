"""The hierarchical softmax beyond the contract: it is a distribution, it saturates well, and it learns."""

import keras
import numpy as np
import pytest

from dlcourse.layers import HierarchicalSoftmax
from dlcourse.losses import HierarchicalCrossentropy
from dlcourse.ops import huffman_tree, leaf_log_probabilities, path_log_probability
from dlcourse.scratch import hierarchical as scratch
from tests.contracts.backends import numpy, value_and_gradient, weight_gradients

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 5)).astype("float32")
COUNTS = {"balanced": None, "huffman": [40, 1, 7, 0, 20, 3, 3]}


def built(classes=7, counts=None, d=5, scale=1.0):
    layer = HierarchicalSoftmax(classes, counts)
    layer.build((None, d))
    for weight in layer.weights:
        weight.assign(scale * np.random.default_rng(1).normal(size=weight.shape))
    return layer


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_probabilities_sum_to_one_and_one_label_is_one_of_them(counts):
    layer = built(counts=counts)
    every = numpy(layer(X))
    np.testing.assert_allclose(np.exp(every.astype(np.float64)).sum(axis=1), 1.0, rtol=1e-6)
    labels = np.arange(6, dtype="int32")
    for given in (labels, labels[:, None]):
        np.testing.assert_allclose(numpy(layer(X, labels=given)), every[np.arange(6), labels], rtol=1e-5)


def test_two_classes_are_logistic_regression():
    layer, logistic = built(2), keras.layers.Dense(1, activation="sigmoid")
    logistic.build((None, 5))
    logistic.set_weights([numpy(layer.nodes).T, numpy(layer.bias)])
    np.testing.assert_allclose(np.exp(numpy(layer(X)))[:, 1:], numpy(logistic(X)), rtol=1e-5)


def test_finite_value_and_gradient_at_logits_of_ten_thousand():
    tree = huffman_tree(COUNTS["huffman"])
    for logits in (np.full((1, 6), 1e4), np.full((1, 6), -1e4), np.array([[1e4, -1e4] * 3])):
        value, gradient = value_and_gradient(lambda z: keras.ops.sum(leaf_log_probabilities(z, tree)), logits)
        assert np.isfinite(value) and value < -1e4 and np.isfinite(gradient).all() and np.abs(gradient).max() >= 1


def test_a_path_stays_finite_at_logits_of_ten_thousand():
    signs = np.array([[1.0, -1.0, 1.0, 0.0]], "float32")
    logits = np.array([[-1e4, 1e4, 1e4, -1e4]])
    value, gradient = value_and_gradient(lambda z: keras.ops.sum(path_log_probability(z, signs)), logits)
    assert value == -2e4 and gradient.tolist() == [[1.0, -1.0, 0.0, 0.0]]


def test_gradients_equal_central_differences_in_float64():
    layer, labels = built(counts=COUNTS["huffman"]), np.array([0, 3, 6, 3, 1, 2], "int32")
    codes, bias = (layer.tree.paths, layer.tree.signs), numpy(layer.bias).astype(float)
    found = weight_gradients(layer, {"inputs": X, "labels": labels}, keras.ops.sum)
    joined = np.column_stack([numpy(layer.nodes), bias]).astype(float)  # the bias as one more weight on a 1
    ones = np.column_stack([X, np.ones(6)]).astype(float)
    expected = np.zeros_like(joined)
    for at in np.ndindex(joined.shape):
        for sign in (1, -1):
            moved = joined.copy()
            moved[at] += sign * 1e-6
            expected[at] += sign * scratch.log_probability(codes, moved, ones, labels).sum() / 2e-6
    np.testing.assert_allclose(found[0], expected[:, :-1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[1], expected[:, -1], rtol=1e-4, atol=1e-5)


def test_a_label_out_of_range_gives_nan_and_an_ignored_one_no_gradient():
    layer, labels = built(), np.array([0, 7, -1, 6, 2, 1], "int32")
    assert np.isnan(numpy(layer(X, labels=labels))).tolist() == [False, True, True, False, False, False]
    labels[1] = -1
    loss = HierarchicalCrossentropy(ignore_class=-1, reduction="sum")
    some = weight_gradients(layer, {"inputs": X, "labels": labels}, lambda log_p: loss(labels, log_p))
    kept = labels >= 0
    same = weight_gradients(layer, {"inputs": X[kept], "labels": labels[kept]}, lambda p: loss(labels[kept], p))
    for one, other in zip(some, same, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_nodes_off_the_paths_get_no_gradient():
    layer = built(64)
    gradient = weight_gradients(layer, {"inputs": X[:2], "labels": np.array([0, 1], "int32")}, keras.ops.sum)[0]
    assert sorted(np.flatnonzero(np.abs(gradient).sum(axis=1))) == sorted(set(layer.tree.paths[:2].ravel()))


def test_fit_saves_and_learns_what_is_new_to_it(tmp_path):
    """Twelve directions in the plane, told apart on points that training has not seen."""
    angle = rng.uniform(0, 2 * np.pi, size=3000)
    points = np.column_stack([np.cos(angle), np.sin(angle)]).astype("float32")
    sector = (angle / (2 * np.pi) * 12).astype("int32")
    x, label = keras.Input((2,)), keras.Input((), dtype="int32")
    hidden = keras.layers.Dense(32, activation="relu")(x)
    softmax = HierarchicalSoftmax(12)
    trained = keras.Model([x, label], softmax(hidden, labels=label))
    trained.compile(keras.optimizers.Adam(0.05), HierarchicalCrossentropy())
    trained.fit([points[:2000], sector[:2000]], sector[:2000], epochs=10, batch_size=100, verbose=0)
    model = keras.Model(x, softmax(hidden))
    log_p = model.predict(points[2000:], verbose=0)
    assert (log_p.argmax(axis=1) == sector[2000:]).mean() > 0.9
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(sector[2000:], log_p)
    own = trained.evaluate([points[2000:], sector[2000:]], sector[2000:], batch_size=1000, verbose=0)
    np.testing.assert_allclose(own, float(peer), rtol=1e-4)
    trained.save(tmp_path / "trained.keras")
    back = keras.saving.load_model(tmp_path / "trained.keras", safe_mode=True)
    again = back.evaluate([points[2000:], sector[2000:]], sector[2000:], batch_size=1000, verbose=0)
    np.testing.assert_allclose(again, own, rtol=1e-6)


def test_fifty_steps_in_numpy_and_keras_hold_the_same_weights():
    """Same start, same batches, plain SGD: the NumPy step that touches only the paths is the Keras step."""
    counts, features = np.arange(1, 41), rng.normal(size=(200, 8)).astype("float32")
    labels = rng.integers(40, size=200).astype("int32")
    x, label = keras.Input((8,)), keras.Input((), dtype="int32")
    softmax = HierarchicalSoftmax(40, counts, use_bias=False)
    model = keras.Model([x, label], softmax(x, labels=label))
    model.compile(keras.optimizers.SGD(0.5), HierarchicalCrossentropy())
    nodes, codes = numpy(softmax.nodes).astype(np.float64), (softmax.tree.paths, softmax.tree.signs)
    for step in range(50):
        rows = np.arange(step * 20, step * 20 + 20) % 200
        loss = scratch.sgd_step(codes, nodes, features[rows], labels[rows], rate=0.5)
        assert np.isclose(model.train_on_batch([features[rows], labels[rows]], labels[rows]), loss, rtol=1e-4)
    np.testing.assert_allclose(numpy(softmax.nodes), nodes, atol=1e-5)
