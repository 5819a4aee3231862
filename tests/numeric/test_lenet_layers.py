"""The layers of LeNet-5 and AlexNet: the figures of the papers, and limits in which they are layers of Keras."""

import keras
import numpy as np
import pytest

from dlcourse.layers import (
    LocalResponseNormalization,
    RBFOutput,
    SparseConnections,
    TrainableSubsampling,
    digit_codes,
    lenet5_table,
)
from dlcourse.losses import MaximumAPosteriori
from dlcourse.ops import value_and_grad


def _numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def _images(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_the_table_is_that_of_the_paper():
    rows = "X...XXX..XXXX.XX XX...XXX..XXXX.X XXX...XXX..X.XXX .XXX..XXXX..X.XX ..XXX..XXXX.XX.X ...XXX..XXXX.XXX"
    expected = [[int(mark == "X") for mark in row] for row in rows.split()]
    assert lenet5_table().tolist() == expected


@pytest.mark.parametrize(
    ("layer", "shape", "parameters", "connections"),
    [
        (lambda: SparseConnections(np.ones((1, 6)), 5), (32, 32, 1), 156, 122_304),
        (lambda: TrainableSubsampling(), (28, 28, 6), 12, 5_880),
        (lambda: SparseConnections(lenet5_table(), 5), (14, 14, 6), 1_516, 151_600),
        (lambda: TrainableSubsampling(), (10, 10, 16), 32, 2_000),
        (lambda: RBFOutput(digit_codes()), (84,), 840, 840),
    ],
)
def test_parameters_and_connections_of_lenet5(layer, shape, parameters, connections):
    layer = layer()
    layer.build((None, *shape))
    assert layer.count_params() == parameters
    out = layer.compute_output_shape((1, *shape))
    told = layer.complexity([(1, *shape)], [out])
    units = int(np.prod(out[1:]))
    if isinstance(layer, TrainableSubsampling):  # four inputs and a bias for each unit, of which one product is made
        assert told["macs"] == units and told["other_ops"] == 5 * units
        assert 5 * units == connections
    elif isinstance(layer, SparseConnections):
        assert told["macs"] + told["other_ops"] == connections
    else:
        assert told["macs"] == connections


def test_a_full_table_is_a_convolution_of_keras_weights_and_all():
    ours = SparseConnections(np.ones((3, 5)), 3, strides=2, kernel_initializer=keras.initializers.GlorotUniform(7))
    peer = keras.layers.Conv2D(5, 3, strides=2, kernel_initializer=keras.initializers.GlorotUniform(7))
    x = _images(2, 9, 8, 3)
    np.testing.assert_allclose(_numpy(ours(x)), _numpy(peer(x)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(_numpy(ours.dense_kernel()), _numpy(peer.kernel))


def test_absent_pairs_stay_at_zero_and_are_drawn_as_the_others():
    layer = SparseConnections(lenet5_table(), 5, kernel_initializer=keras.initializers.GlorotUniform(7))
    layer.build((None, 14, 14, 6))
    dense = _numpy(keras.initializers.GlorotUniform(7)((5, 5, 6, 16)))
    np.testing.assert_array_equal(_numpy(layer.dense_kernel()), dense * lenet5_table())


def test_subsampling_with_unit_coefficient_is_average_pooling():
    x = _images(2, 7, 6, 3)
    ours, peer = TrainableSubsampling(reduction="average"), keras.layers.AveragePooling2D(2)
    np.testing.assert_allclose(_numpy(ours(x)), _numpy(peer(x)), rtol=1e-6)
    np.testing.assert_allclose(_numpy(TrainableSubsampling()(x)), 4 * _numpy(peer(x)), rtol=1e-6)


@pytest.mark.parametrize("region", ["across_channels", "within_channel"])
def test_response_normalization_of_equal_units(region):
    layer = LocalResponseNormalization(size=3, k=1.0, alpha=0.5, beta=1.0, region=region)
    y = _numpy(layer(np.full((1, 5, 5, 5), 2.0, "float32")))
    if region == "across_channels":
        assert y[0, 0, 0].tolist() == pytest.approx([2 / 5, 2 / 7, 2 / 7, 2 / 7, 2 / 5])  # 4 a neighbour, half of it
        assert layer.complexity([(1, 5, 5, 5)], [(1, 5, 5, 5)]) == {"macs": 0, "other_ops": 750, "kernel": 1}
    else:
        assert [y[0, 0, 0, 0], y[0, 0, 2, 0], y[0, 2, 2, 0]] == pytest.approx([2 / 9, 2 / 13, 2 / 19])
        assert layer.complexity([(1, 5, 5, 5)], [(1, 5, 5, 5)])["kernel"] == 3


def test_response_normalization_without_alpha_scales():
    x = _images(2, 4, 4, 7)
    y = _numpy(LocalResponseNormalization(alpha=0.0)(x))
    np.testing.assert_allclose(y, x / 2**0.75, rtol=1e-6)


def test_digit_codes_are_ten_pictures_and_alike_where_digits_are():
    codes = digit_codes()
    apart = ((codes[:, None] - codes) ** 2).sum(axis=-1) / 4  # pixels that differ
    assert apart[~np.eye(10, dtype=bool)].min() >= 5
    assert apart[3, 8] < apart[1, 8] and apart[5, 6] < apart[1, 6]
    assert (codes.reshape(10, 12, 7)[:, [0, -1]] == -1).all()


def test_a_perfect_drawing_is_at_distance_zero_and_noise_at_84():
    distances = _numpy(RBFOutput(digit_codes())(np.concatenate([digit_codes(), np.zeros((1, 84), "float32")])))
    np.testing.assert_allclose(np.diag(distances), 0, atol=1e-6)
    assert distances[:10].argmin(axis=1).tolist() == list(range(10))
    np.testing.assert_allclose(distances[10], 84, rtol=1e-6)


def test_the_criterion_lies_between_a_squared_error_and_a_softmax():
    labels, penalties = np.array([0, 2, 1]), np.abs(_images(3, 4)) * 30 + 5
    own = penalties[np.arange(3), labels]
    wide = MaximumAPosteriori(rubbish=200.0, reduction="none")
    softmax = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    np.testing.assert_allclose(_numpy(wide(labels, penalties)), _numpy(softmax(labels, -penalties)), rtol=1e-5)
    narrow = MaximumAPosteriori(rubbish=0.01, reduction="none")
    np.testing.assert_allclose(_numpy(narrow(labels, penalties)), own, rtol=0.01)


def test_the_criterion_pushes_only_classes_that_are_near():
    penalties = keras.ops.convert_to_tensor([[3.0, 8.0, 40.0]])
    loss = MaximumAPosteriori(rubbish=10.0)
    _, (slope,) = value_and_grad(lambda d: loss(np.array([0]), d[0]), [penalties])
    e = np.exp([-3.0, -8.0, -40.0])
    share = e / (np.exp(-10.0) + e.sum())
    np.testing.assert_allclose(_numpy(slope)[0], [1 - share[0], -share[1], -share[2]], rtol=1e-4, atol=1e-12)
