"""A copy of a model in which every call of a layer lies open: its pre-activation and its output are tensors to read."""

from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops, tree

SPLIT = (
    *(layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D, layers.Conv3D),
    *(layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose),
    *(layers.DepthwiseConv1D, layers.DepthwiseConv2D, layers.SeparableConv1D, layers.SeparableConv2D),
)


class LayerCall(NamedTuple):
    """One call of a layer: the layer as the model holds it, its copy, and the symbolic tensors that it gives.

    z is the output before the activation that is built into a Dense or convolution layer, a the output; where there
    is no such activation they are the same tensor. name is that of the layer, with "/2" for its second call.
    """

    name: str
    layer: keras.layers.Layer
    copy: keras.layers.Layer
    z: keras.KerasTensor
    a: keras.KerasTensor


def open_copy(model, x, mark=lambda tensor: tensor):
    """Copy `model` with its weights, for batches shaped like x, and list the calls of its layers in order.

    `model` is only read. `mark(tensor)` may put something behind each z and each a; it must keep shape and type.
    Layers with several outputs, or with one that is not of floating point, are called but not listed.

    Returns:
        the copy, a functional `keras.Model` with the inputs and the outputs of `model`, and a list of `LayerCall`.

    Raises:
        ValueError: the model is not built, or is neither Sequential nor functional; x does not fit its inputs.
    """
    given = _inputs(model, x)
    copies, originals, calls = {}, {}, []

    def copy_of(layer):
        if id(layer) not in copies:
            copies[id(layer)] = copy = type(layer).from_config(layer.get_config())
            originals[id(copy)] = layer
        return copies[id(layer)]

    def call(copy, *args, **kwargs):
        layer = originals[id(copy)]
        activation = getattr(layer, "activation", None)
        split = type(layer) in SPLIT and activation not in (None, keras.activations.linear)
        if split:
            copy.activation = keras.activations.linear
        output = copy(*args, **kwargs)
        if not isinstance(layer, keras.layers.Layer) or not _is_one_float(output):
            return output
        z = a = mark(output)
        if split:
            a = mark(layers.Activation(activation)(z))
        number = 1 + sum(made.layer is layer for made in calls)
        calls.append(LayerCall(layer.name if number == 1 else f"{layer.name}/{number}", layer, copy, z, a))
        return a

    if isinstance(model, keras.Sequential):
        outputs = given
        for layer in model.layers:
            outputs = call(copy_of(layer), outputs)
        copied = keras.Model(given, outputs)
    else:
        copied = keras.models.clone_model(model, given, clone_function=copy_of, call_function=call)
    for layer in model.layers:
        if layer.weights and id(layer) in copies:
            copies[id(layer)].set_weights(layer.get_weights())
    return copied, calls


def kernel_of(layer):
    """The weights that multiply the inputs: the first trainable weight with two or more axes, or None."""
    return next((weight for weight in layer.trainable_variables if len(weight.shape) >= 2), None)


def as_float64(tensor):
    """A tensor of any backend and type as a float64 array, in which a variance of 1e-60 is not yet 0."""
    return np.asarray(ops.convert_to_numpy(ops.cast(tensor, "float32")), dtype=np.float64)


def _is_one_float(output):
    return isinstance(output, keras.KerasTensor) and keras.backend.is_float_dtype(output.dtype)


def _inputs(model, x):
    """New symbolic inputs like those of `model`, with the batch size of x."""
    graph = isinstance(model, keras.Model) and (isinstance(model, keras.Sequential) or hasattr(model, "operations"))
    if not graph:
        raise ValueError(
            f"expected a Sequential or functional keras.Model, whose layers can be listed in order, got "
            f"{type(model).__name__}. Build it from keras.Input and layers."
        )
    if not model.built or not model.inputs:
        raise ValueError(
            f"the model {model.name!r} is not built. Begin it with keras.Input(...), or call it on x once."
        )
    arrays, wanted = tree.flatten(x), model.inputs
    shapes = [tuple(np.shape(array)) for array in arrays]
    asked = [tuple(tensor.shape) for tensor in wanted]
    fits = len(shapes) == len(asked) and all(
        len(have) == len(want) and all(w in (None, h) for h, w in zip(have, want, strict=True))
        for have, want in zip(shapes, asked, strict=True)
    )
    if not fits or len({shape[0] for shape in shapes}) != 1 or shapes[0][0] == 0:
        raise ValueError(
            f"x has the shapes {shapes}, the model {model.name!r} takes {asked}, where None is the size of a batch "
            "and at least 1. Reshape x, or pass one array for each input."
        )
    pairs = zip(shapes, wanted, strict=True)
    new = [keras.Input(batch_shape=shape, dtype=want.dtype, name=want.name) for shape, want in pairs]
    return new[0] if isinstance(model, keras.Sequential) else tree.pack_sequence_as(model.input, new)
