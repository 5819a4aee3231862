"""The scratch MLP and a Keras model from the same weights, on the same batches of digits, with plain SGD."""

import keras
import numpy as np
import pytest

from dlcourse import datasets
from dlcourse.scratch.mlp import MLP, train


@pytest.mark.parametrize("activation, hidden", [("relu", (64,)), ("gelu", (32, 16))])
def test_50_steps_on_digits_equal_keras(activation, hidden):
    (images, y), _ = datasets.digits()
    x = images.reshape(len(images), -1)
    layers = [keras.layers.Dense(units, activation) for units in hidden]
    model = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)])
    if activation == "gelu":
        for layer in layers:
            layer.activation = lambda z: keras.activations.gelu(z, approximate=False)
    rng = np.random.default_rng(0)
    start = [rng.uniform(-0.2, 0.2, size=w.shape).astype("float32") for w in model.get_weights()]
    model.set_weights(start)
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    steps = [rng.choice(len(x), 32, replace=False) for _ in range(50)]
    for rows in steps:
        model.train_on_batch(x[rows], y[rows])
    twin = MLP([w.astype("float64") for w in start], activation)
    losses = train(twin, x.astype("float64"), y, steps, rate=0.1)
    gap = max(np.abs(a - b.data).max() for a, b in zip(model.get_weights(), twin.weights, strict=True))
    moved = max(np.abs(a - b.data).max() for a, b in zip(start, twin.weights, strict=True))
    assert gap < 1e-5 < 1e-2 < moved
    assert losses[-10:].mean() < losses[:10].mean()
