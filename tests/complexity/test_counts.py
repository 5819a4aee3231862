"""Multiply-adds and parameters of single layers, each counted by hand."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlcourse.complexity import profile


def profiled(build, *shapes):
    inputs = [keras.Input(shape) for shape in shapes]
    return profile(keras.Model(inputs, build(*inputs)))


def loops(size, kernel, strides, dilation, padding, pairs):
    """Multiply-adds of a convolution, one at a time: positions, taps, pairs of channels. Padding is multiplied too."""
    count = 0
    reach = dilation * (kernel - 1) + 1
    length = -(-size // strides) if padding == "same" else (size - reach) // strides + 1
    for _ in itertools.product(range(length), range(length), range(kernel), range(kernel)):
        count += pairs
    return count


@pytest.mark.parametrize(
    "kernel, strides, dilation, groups, padding",
    [(3, 1, 1, 1, "valid"), (3, 2, 1, 1, "same"), (5, 1, 2, 1, "valid"), (3, 1, 1, 2, "same"), (1, 2, 1, 4, "valid")],
)
def test_convolution_equals_loops(kernel, strides, dilation, groups, padding):
    layer = layers.Conv2D(8, kernel, strides, padding, dilation_rate=dilation, groups=groups)
    pairs = sum(1 for i in range(4) for o in range(8) if i // (4 // groups) == o // (8 // groups))
    p = profiled(layer, (12, 12, 4))
    assert p.macs == loops(12, kernel, strides, dilation, padding, pairs)
    assert p.parameters == kernel * kernel * pairs + 8
    assert p.other_ops == np.prod(p.table["output_shape"].iloc[0])  # the bias


BY_HAND = [  # layer, input shape, multiply-adds, parameters
    (lambda: layers.Conv1D(8, 3), (10, 4), 8 * 3 * 4 * 8, 3 * 4 * 8 + 8),
    (lambda: layers.Conv3D(2, 3), (5, 6, 7, 4), 3 * 4 * 5 * 27 * 4 * 2, 27 * 4 * 2 + 2),
    (lambda: layers.Conv2DTranspose(3, 4, 2, "same"), (5, 5, 6), 25 * 16 * 6 * 3, 16 * 6 * 3 + 3),
    (lambda: layers.Conv1DTranspose(3, 3, 3), (5, 6), 5 * 3 * 6 * 3, 3 * 6 * 3 + 3),
    (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (6, 6, 5), 16 * 9 * 10, 9 * 10 + 10),
    (lambda: layers.SeparableConv2D(8, 3), (6, 6, 5), 16 * (9 * 5 + 5 * 8), 9 * 5 + 5 * 8 + 8),
    (lambda: layers.SeparableConv1D(8, 3, depth_multiplier=2), (6, 5), 4 * (3 * 10 + 10 * 8), 3 * 10 + 10 * 8 + 8),
    (lambda: layers.Dense(7), (5,), 35, 42),
    (lambda: layers.Dense(7), (3, 4, 5), 12 * 35, 42),
    (lambda: layers.TimeDistributed(layers.Dense(7)), (3, 5), 3 * 35, 42),
    (lambda: layers.TimeDistributed(layers.Conv2D(2, 3)), (4, 6, 6, 3), 4 * 16 * 27 * 2, 56),
    (lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 7)), (3, 5), 3 * 5 * 14, 70),
    (lambda: layers.EinsumDense("...x,xyz->...yz", (2, 7), bias_axes="z"), (3, 4, 5), 12 * 5 * 14, 77),
    (lambda: layers.LSTM(10), (12, 30), 12 * 4 * 10 * (30 + 10), 1640),
    (lambda: layers.LSTM(10, return_sequences=True), (50, 30), 50 * 1600, 1640),
    (lambda: layers.GRU(10), (12, 30), 12 * 1200, 3 * (30 * 10 + 10 * 10 + 2 * 10)),
    (lambda: layers.SimpleRNN(10), (12, 30), 12 * 400, 410),
    (lambda: layers.Bidirectional(layers.LSTM(10)), (12, 30), 2 * 12 * 1600, 2 * 1640),
    (lambda: layers.RNN([layers.LSTMCell(10), layers.GRUCell(7)]), (12, 30), 12 * (1600 + 3 * 7 * 17), 1640 + 399),
    (lambda: layers.ConvLSTM2D(4, 3), (5, 9, 9, 3), 5 * 49 * 9 * 7 * 4 * 4, 9 * 7 * 16 + 16),
    (lambda: layers.BatchNormalization(), (6, 6, 5), 0, 20),
    (lambda: layers.MaxPooling2D(2), (6, 6, 5), 0, 0),
    (lambda: layers.SpectralNormalization(layers.Dense(7)), (5,), 35, 42 + 7),
]


@pytest.mark.parametrize("layer, shape, macs, parameters", BY_HAND, ids=[str(n) for n in range(len(BY_HAND))])
def test_a_layer_counts_what_the_hand_counts(layer, shape, macs, parameters):
    p = profiled(layer(), shape)
    assert (p.macs, p.parameters, p.not_counted) == (macs, parameters, [])


def test_embedding_looks_up_and_its_reverse_multiplies():
    layer = layers.ReversibleEmbedding(20, 6)
    tokens = keras.Input((5,), dtype="int32")
    p = profile(keras.Model(tokens, layer(layer(tokens), reverse=True)))
    assert p.table["macs"].tolist() == [0, 5 * 6 * 20]
    assert p.parameters == 120
    assert p.table.index.tolist() == [layer.name, f"{layer.name}/2"]


ATTENTION = [  # layer, how it is called, multiply-adds with 5 queries of 6 numbers and 7 keys of 6
    (
        lambda: layers.MultiHeadAttention(3, 4, value_dim=5),
        lambda layer, q, v: layer(q, v),
        3 * (5 * 6 * 4 + 7 * 6 * 4 + 7 * 6 * 5) + 3 * 35 * (4 + 5) + 5 * 15 * 6,
    ),
    (
        lambda: layers.MultiHeadAttention(3, 4, output_shape=9),
        lambda layer, q, v: layer(value=v, query=q, key=v),
        3 * (5 * 6 * 4 + 7 * 6 * 4 + 7 * 6 * 4) + 3 * 35 * (4 + 4) + 5 * 12 * 9,
    ),
    (
        lambda: layers.GroupQueryAttention(4, 6, 2),
        lambda layer, q, v: layer(q, v),
        6 * 5 * 6 * 4 + 2 * 2 * 7 * 6 * 4 + 6 * 35 * 2 * 4 + 5 * 24 * 6,
    ),
    (
        lambda: layers.MultiHeadAttention(3, 4, use_gate=True),
        lambda layer, q, v: layer(q, v),
        3 * (2 * 5 * 6 * 4 + 2 * 7 * 6 * 4) + 3 * 35 * (4 + 4) + 5 * 12 * 6,
    ),
    (
        lambda: layers.GroupQueryAttention(4, 6, 2, use_gate=True),
        lambda layer, q, v: layer(q, v),
        2 * 6 * 5 * 6 * 4 + 2 * 2 * 7 * 6 * 4 + 6 * 35 * 2 * 4 + 5 * 24 * 6,
    ),
    (lambda: layers.Attention(), lambda layer, q, v: layer([q, v]), 35 * (6 + 6)),
    (lambda: layers.AdditiveAttention(), lambda layer, q, v: layer([q, v]), 35 * (6 + 6)),
    (lambda: layers.Dot(axes=2), lambda layer, q, v: layer([q, v]), 35 * 6),
]


@pytest.mark.parametrize("layer, call, macs", ATTENTION, ids=[str(n) for n in range(len(ATTENTION))])
def test_attention_counts_projections_scores_and_sums(layer, call, macs):
    layer = layer()
    assert profiled(lambda q, v: call(layer, q, v), (5, 6), (7, 6)).macs == macs


def test_attention_along_one_axis_counts_pairs_on_that_axis():
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(2,))
    p = profiled(lambda x: layer(x, x), (5, 7, 6))
    assert p.macs == 35 * 4 * 6 * 6 + 2 * (5 * 7 * 7) * (3 + 3)


FUNCTIONS = [  # function of keras.ops, input shape, multiply-adds
    (lambda x: ops.matmul(x, ops.ones((6, 4))), (5, 6), 120),
    (lambda x: ops.matmul(ops.reshape(x, (-1, 6)), ops.ones((6, 4))), (5, 6), 120),
    (lambda x: ops.tensordot(x, ops.ones((6, 4)), axes=1), (5, 6), 120),
    (lambda x: ops.einsum("btc,bsc->bts", x, x), (5, 6), 150),
    (lambda x: ops.conv(x, ops.ones((3, 3, 4, 5)), strides=2), (9, 9, 4), 16 * 9 * 4 * 5),
    (lambda x: ops.depthwise_conv(x, ops.ones((3, 3, 4, 2))), (9, 9, 4), 49 * 9 * 8),
    (lambda x: ops.mean(ops.relu(x) + 1, axis=(1, 2)), (9, 9, 4), 0),
]


@pytest.mark.parametrize("function, shape, macs", FUNCTIONS, ids=[str(n) for n in range(len(FUNCTIONS))])
def test_functions_of_keras_ops_count(function, shape, macs):
    p = profiled(function, shape)
    assert (p.macs, p.not_counted) == (macs, [])


def test_activation_bytes_follow_the_compute_type():
    def bytes_of(dtype):
        return profiled(layers.Conv2D(8, 3, dtype=dtype), (10, 10, 4)).activation_bytes

    assert bytes_of("float32") == 8 * 8 * 8 * 4
    assert bytes_of("mixed_float16") == bytes_of("mixed_bfloat16") == 8 * 8 * 8 * 2
