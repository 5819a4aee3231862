"""Weights and running statistics that differ from a fresh model's, so that nothing is equal by chance."""

import keras
import numpy as np


def randomize(model, seed=0):
    """`model` with random gains, biases, means and variances; kernels keep their random start."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = tuple(weight.shape)
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, shape))
        elif len(shape) == 1:
            weight.assign(rng.normal(scale=0.1, size=shape))
    return model


def image(size, seed=0):
    """Two random images (2, size, size, 3)"""
    return np.random.default_rng(seed).normal(size=(2, size, size, 3)).astype("float32")


def call(model, x):
    """What `model` makes of x, as an array; the deepest map if it gives several."""
    output = model(x)
    output = list(output.values())[-1] if isinstance(output, dict) else output
    return keras.ops.convert_to_numpy(output)
