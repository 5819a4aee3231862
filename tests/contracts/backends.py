"""What a test needs from a backend and Keras has no word for: gradients, tracing, NumPy."""

from contextlib import contextmanager
from unittest import mock

import keras
import numpy as np

if keras.backend.backend() == "jax":
    import jax

    jax.config.update("jax_disable_most_optimizations", True)  # these tests compile much and compute little


def numpy(tensor):
    """Any tensor, on any backend, as an array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@contextmanager
def weights_drawn_by_numpy():
    """JAX compiles a program for each shape that it draws, a quarter of a second each; a deep net has dozens."""
    rng = np.random.default_rng(0)

    def draw(initializer, shape, dtype=None):
        limit = np.sqrt(3 * initializer.scale / np.prod(shape[:-1]))
        return keras.ops.convert_to_tensor(rng.uniform(-limit, limit, shape), dtype or keras.config.floatx())

    with mock.patch.object(keras.initializers.VarianceScaling, "__call__", draw):
        yield


def call(model, x):
    """`model(x)` in inference; JAX compiles the whole, where it would compile operation by operation."""
    if keras.backend.backend() != "jax":
        return model(x)
    import jax

    values = [[v.value for v in group] for group in (model.trainable_variables, model.non_trainable_variables)]
    return jax.jit(lambda free, fixed, x: model.stateless_call(free, fixed, x)[0])(*values, x)


def value_and_gradient(function, x):
    """The scalar `function(x)` and its gradient, for one float32 array x."""
    backend, x = keras.backend.backend(), np.asarray(x, np.float32)
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        return float(value), np.asarray(tf.convert_to_tensor(tape.gradient(value, x)))
    if backend == "jax":
        import jax

        value, gradient = jax.jit(jax.value_and_grad(function))(x)  # one compilation, not one an operation
        return float(value), np.asarray(gradient)
    x = keras.ops.convert_to_tensor(x).clone().requires_grad_(True)
    value = function(x)
    value.backward()
    return float(value.detach()), numpy(x.grad)


def weight_gradients(layer, inputs, scalar):
    """Gradient of `scalar(layer(**inputs))` in each trainable weight; None where the backend finds no path."""
    backend, weights = keras.backend.backend(), layer.trainable_variables
    if not weights:
        return []  # PyTorch has nothing to go back along
    inputs = {name: keras.ops.convert_to_tensor(array) for name, array in inputs.items()}
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value = scalar(layer(**inputs))
        found = tape.gradient(value, [weight.value for weight in weights])
        return [None if g is None else np.asarray(tf.convert_to_tensor(g)) for g in found]
    if backend == "jax":
        import jax

        fixed = [weight.value for weight in layer.non_trainable_variables]
        gradient = jax.jit(jax.grad(lambda free: scalar(layer.stateless_call(free, fixed, **inputs)[0])))
        found = gradient([weight.value for weight in weights])
        return [np.asarray(g, np.float32) for g in found]
    for weight in weights:
        weight.value.grad = None
    scalar(layer(**inputs)).backward()
    return [None if weight.value.grad is None else numpy(weight.value.grad) for weight in weights]


def compiled(function):
    """`function` of tensors under XLA on TensorFlow and JAX; as it is on PyTorch, which the contract leaves out."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True, autograph=False)  # as Keras traces, without rewriting Python
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function


def traced(function):
    """`function` of one scalar tensor, called so that Python cannot see the value: a Python `if` on it raises."""
    if keras.backend.backend() != "torch":
        return compiled(function)
    import torch

    return lambda x: torch.func.vmap(function)(x[None])[0]


def jit_compile():
    """What `Model.compile(jit_compile=...)` is to be for the contract on this backend."""
    return keras.backend.backend() != "torch"
