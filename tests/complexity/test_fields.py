"""Receptive fields: by hand, and measured with impulses."""

import keras
import numpy as np
import pytest
from keras import layers

from dlcourse.complexity import profile


def measured(model, length):
    """Receptive field and stride of the middle of a 1-D net, from what each single input changes."""
    impulses = np.eye(length, dtype="float32")[:, :, None]  # one input position an example
    changed = np.any(np.asarray(model.predict(impulses, verbose=0)) != 0, axis=-1)  # (input, output)
    count = changed.shape[1]
    period = 4  # outputs that lie equally over the input, in all nets below
    sees = [np.flatnonzero(changed[:, t]) for t in range(count // 2 - period, count // 2 + 1)]
    return max(s[-1] - s[0] + 1 for s in sees), (sees[-1].mean() - sees[0].mean()) / period


def ones(kind, *arguments, **keywords):
    weights = ["kernel"] if "Separable" not in kind.__name__ else ["depthwise", "pointwise"]
    names = ["depthwise"] if "Depthwise" in kind.__name__ else weights
    initializers = {f"{name}_initializer": "ones" for name in names}
    return kind(*arguments, padding="same", **initializers, **keywords)


CHAINS = {
    "3, 3, 3": [ones(layers.Conv1D, 2, 3) for _ in range(3)],
    "strided": [ones(layers.Conv1D, 2, 5, strides=2), ones(layers.Conv1D, 2, 3), ones(layers.Conv1D, 2, 3, strides=3)],
    "dilated": [ones(layers.Conv1D, 2, 3, dilation_rate=d) for d in (1, 2, 4)],
    "pooled": [
        ones(layers.Conv1D, 2, 3),
        layers.MaxPooling1D(2),
        ones(layers.Conv1D, 2, 3),
        layers.AveragePooling1D(3, 2),
    ],
    "depthwise": [ones(layers.DepthwiseConv1D, 5), ones(layers.SeparableConv1D, 3, 3, strides=2)],
    "transposed": [ones(layers.Conv1D, 2, 3, strides=4), ones(layers.Conv1DTranspose, 2, 4, strides=2)],
    "upsampled": [ones(layers.Conv1D, 2, 3, strides=2), layers.UpSampling1D(2), ones(layers.Conv1D, 2, 3)],
    "cropped": [layers.ZeroPadding1D(2), ones(layers.Conv1D, 2, 3), layers.Cropping1D(2), layers.ReLU()],
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_sees_as_far_as_impulses_reach(name):
    model = keras.Sequential([keras.Input((120, 1)), *CHAINS[name]])
    last = profile(model).table.iloc[-1]
    assert (last["receptive_field"], last["effective_stride"]) == measured(model, 120)


def test_branches_merge_to_the_largest():
    x = keras.Input((96, 1))
    y = ones(layers.Conv1D, 2, 3, strides=2)(x)
    wide = ones(layers.Conv1D, 2, 7)(y)
    model = keras.Model(x, layers.Concatenate()([layers.Add()([y, ones(layers.Conv1D, 2, 3)(y)]), wide]))
    table = profile(model).table
    assert table["receptive_field"].tolist()[-1] == 3 + 6 * 2
    assert table["receptive_field"].tolist()[2] == 3 + 2 * 2
    assert (table["receptive_field"].iloc[-1], table["effective_stride"].iloc[-1]) == measured(model, 96)


def test_a_gate_sees_everything_and_keeps_the_stride():
    x = keras.Input((32, 32, 4))
    y = layers.Conv2D(4, 3, 2, "same")(x)
    gate = layers.Dense(4)(layers.GlobalAveragePooling2D(keepdims=True)(y))
    table = profile(keras.Model(x, layers.Multiply()([y, gate]))).table
    assert table["receptive_field"].tolist() == [3, 33, 33, 33]  # 16 positions two pixels apart: 3 + 15 * 2
    assert table["effective_stride"].tolist() == [2, 32, 32, 2]


def test_axes_that_differ_are_told_apart():
    model = keras.Sequential([keras.Input((24, 24, 3)), layers.Conv2D(2, (1, 7)), layers.Conv2D(2, (7, 1), (2, 1))])
    assert profile(model).table["receptive_field"].tolist() == [(1, 7), 7]
    assert profile(model).table["effective_stride"].tolist() == [1, (2, 1)]


def test_vgg16_by_the_recursion():
    """r += (k - 1) j, j *= s over 3x3 convolutions and 2x2 pools."""
    net, by_hand, r, j = [keras.Input((64, 64, 3))], [], 1, 1
    for depth in (2, 2, 3, 3, 3):
        for _ in range(depth):
            net.append(layers.Conv2D(2, 3, padding="same"))
            r += 2 * j
            by_hand.append((r, j))
        net.append(layers.MaxPooling2D(2))
        r, j = r + j, 2 * j
        by_hand.append((r, j))
    table = profile(keras.Sequential(net)).table
    assert list(zip(table["receptive_field"], table["effective_stride"], strict=True)) == by_hand
    assert (by_hand[1], by_hand[4], by_hand[-1]) == ((5, 1), (14, 2), (212, 32))


def test_sequences_and_tokens():
    tokens = keras.Input((20,), dtype="int32")
    x = layers.Embedding(50, 4)(tokens)
    x = layers.Conv1D(4, 5, padding="same")(x)
    x = layers.LSTM(4, return_sequences=True)(x)
    table = profile(keras.Model(tokens, layers.Dense(2)(x))).table
    assert table["receptive_field"].tolist() == [1, 5, 24, 24]
    assert table["effective_stride"].tolist() == [1, 1, 1, 1]


def test_patches_in_a_row_keep_their_place():
    x = keras.Input((32, 32, 3))
    y = layers.Reshape((16, 8))(layers.Conv2D(8, 8, 8)(x))
    y = layers.Dense(8)(y)
    table = profile(keras.Model(x, layers.MultiHeadAttention(2, 4)(y, y))).table
    assert table["receptive_field"].tolist() == [8, 8, 8, 32]
    assert table["effective_stride"].tolist() == [8, 8, 8, 8]


def test_vectors_have_no_field():
    table = profile(keras.Sequential([keras.Input((8,)), layers.Dense(4)])).table
    assert table["receptive_field"].isna().all()
