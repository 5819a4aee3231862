"""A net of every kind of step, on every backend; the single layers are counted in tests/complexity."""

import keras
import pytest
from keras import layers, ops

from dlcourse.complexity import profile


@pytest.fixture(autouse=True)
def plain_weights(monkeypatch):
    """Zeros: only shapes are read, and drawing weights is what takes time."""
    draw = keras.initializers.Zeros()
    for name in ("GlorotUniform", "Orthogonal"):
        monkeypatch.setattr(getattr(keras.initializers, name), "__call__", lambda self, *a, **k: draw(*a, **k))


def test_a_functional_net():
    x = keras.Input((16, 16, 2))
    y = layers.Conv2D(4, 3, 2, "same", name="conv")(x)
    y = layers.Add(name="add")([y, layers.DepthwiseConv2D(3, padding="same", name="depthwise")(y)])
    y = layers.Reshape((64, 4))(layers.ReLU()(layers.BatchNormalization()(y)))
    y = layers.MultiHeadAttention(2, 3, name="attention")(y, y)
    y = layers.LSTM(5, name="recurrent")(y)
    p = profile(keras.Model(x, layers.Dense(3, name="top")(y)))
    macs = p.table["macs"]
    assert macs["conv"] == 64 * 18 * 4 and macs["depthwise"] == 64 * 9 * 4
    assert macs["attention"] == 64 * 4 * 6 * 4 + 2 * 64 * 64 * 6
    assert macs["recurrent"] == 64 * 4 * 5 * 9 and macs["top"] == 15
    assert p.macs == macs.sum() and p.not_counted == []
    assert p.table.loc["add", ["receptive_field", "effective_stride"]].tolist() == [7, 2]


def test_a_subclassed_net():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.EinsumDense("bti,io->bto", (None, 3), name="dense")

        def call(self, x):
            return ops.mean(ops.matmul(self.dense(x), ops.ones((3, 4))), axis=1)

    p = profile(Net(), (7, 5))
    assert p.table["macs"].tolist() == [7 * 5 * 3, 7 * 3 * 4, 0]
    assert p.parameters == p.trainable == 15
