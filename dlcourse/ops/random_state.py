"""The state of every random generator outside a model: read it, and set it back.

Layers keep their own `keras.random.SeedGenerator`, whose state is among `model.variables`. What remains is Python's
generator, NumPy's, the one Keras uses where a call names no seed, and PyTorch's. TensorFlow's stateful operations
(`tf.random.uniform`) keep a state that cannot be read; Keras does not use them but to shuffle arrays in `fit`.
"""

import random

import keras
import numpy as np


def random_state():
    """The generators' states, as a dict of arrays and plain values for `set_random_state`.

    >>> state = random_state()
    >>> first = np.random.random()
    >>> set_random_state(state)
    >>> np.random.random() == first
    True
    """
    version, words, gauss = random.getstate()
    kind, keys, *rest = np.random.get_state(legacy=True)
    state = {
        "python": [version, np.array(words, "uint64"), gauss],
        "numpy": [kind, np.array(keys), *rest],
        "keras": _read(_keras_generator()),
    }
    if keras.backend.backend() == "torch":
        import torch

        state["torch"] = torch.get_rng_state().numpy().copy()
    return state


def set_random_state(state):
    """Sets the generators to what `random_state` read."""
    if state["keras"] is not None:
        _keras_generator(create=True).state.assign(state["keras"])
    version, words, gauss = state["python"]
    random.setstate((version, tuple(int(word) for word in words), gauss))
    np.random.set_state(tuple(state["numpy"]))
    if "torch" in state and keras.backend.backend() == "torch":
        import torch

        torch.set_rng_state(torch.from_numpy(np.array(state["torch"])))


def _read(generator):
    return None if generator is None else np.array(keras.ops.convert_to_numpy(generator.state))


def _keras_generator(create=False):
    """The generator behind calls like keras.random.normal(shape), or None as long as there was no such call."""
    from keras.src.backend.common import global_state  # Keras has no public name for it
    from keras.src.random import seed_generator

    if create:
        return seed_generator.global_seed_generator()
    return global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)
