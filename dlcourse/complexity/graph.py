"""The calls that a model makes for one example, in order, with nested models and layers made of layers opened."""

import inspect
import re
from typing import Any, NamedTuple

import keras
from keras import layers, tree

from dlcourse.complexity.rules import is_known
from dlcourse.graph import calls


class Step(NamedTuple):
    """One call of a layer or of a function of keras.ops.

    name: its own, behind those of the models it lies in: "outer/inner". inputs, outputs: symbolic tensors; a tensor
    that one call gives and another takes is the same object. arguments: {name: value} of the call. times: how often
    the call is made, more than once within TimeDistributed.
    """

    name: str
    operation: Any
    inputs: list
    outputs: list
    arguments: dict
    times: int = 1


def steps_of(model, inputs):
    """Every call of `model` on symbolic `inputs` (a tensor, or a list or dict of them; batch axis 1): a list of `Step`.

    Raises:
        ValueError: an input does not fit, or the model's `call` cannot be followed.
    """
    found = []
    _follow(model, (inputs,), {}, ("", 1, found))
    return found


def build(model, inputs):
    """Build a model that is not built yet, by a symbolic call."""
    try:
        model(inputs)
    except Exception as error:
        raise ValueError(_lost(model, error)) from error
    del model._inbound_nodes[-1:]


def own_weights(layer):
    """The weights that a layer holds itself, not through a layer within."""
    inner = {id(weight) for part in _parts(layer) for weight in part.weights}
    return [weight for weight in layer.weights if id(weight) not in inner]


def is_graph(model):
    """Whether the layers of a model and their connections can be read, without calling it."""
    by_hand = next((kind for kind in type(model).__mro__ if "call" in vars(kind)), object)
    return bool(getattr(model, "inputs", None)) and by_hand.__module__.startswith("keras.")


def _follow(model, args, kwargs, place):
    """Append the steps of a model; return its outputs, as a flat list. place: (path, times, steps found so far)"""
    inputs = _symbols((args, kwargs))
    if is_graph(model):
        given, wanted = model.inputs, model.outputs
        nodes = calls(wanted, given)
    else:
        nodes, given, wanted = _traced(model, args, kwargs)
    values = {id(symbol): value for symbol, value in zip(given, inputs, strict=False)}
    for node in nodes:
        for symbol, value in zip(
            node.outputs, _called(node.operation, *node.arguments.fill_in(values), place), strict=True
        ):
            values[id(symbol)] = value
    return [values[id(symbol)] for symbol in wanted]


def _called(operation, args, kwargs, place):
    """The outputs of one call, whose steps are appended."""
    path, times, found = place
    name = f"{path}{operation.name}"
    if _opens(operation):
        return _follow(operation, args, kwargs, (f"{name}/", times, found))
    arguments = inspect.signature(operation.call).bind(*args, **kwargs).arguments  # in the order of `call`
    inputs, outputs = _symbols(list(arguments.values())), _outputs(operation, args, kwargs, name)
    if isinstance(operation, layers.TimeDistributed) and _opens(operation.layer):
        one = [keras.KerasTensor((x.shape[0], *x.shape[2:]), x.dtype) for x in inputs]
        _called(operation.layer, one, {}, (f"{name}/", times * inputs[0].shape[1], found))
    else:
        found.append(Step(name, operation, inputs, outputs, arguments, times))
    return outputs


def _outputs(operation, args, kwargs, name):
    """The symbolic outputs of a call, none of them empty or of unknown size."""
    shapes = [tuple(x.shape[1:]) for x in _symbols((args, kwargs))]
    fix = "Pass a larger input_shape, or the one that the model was built for."
    for spec, shape in zip(tree.flatten(getattr(operation, "input_spec", None)), shapes, strict=False):
        for axis, size in (getattr(spec, "axes", None) or {}).items():
            if size is not None and shape and shape[axis if axis < 0 else axis - 1] != size:
                raise ValueError(f"{name!r} takes inputs with {size} on axis {axis}, got {shape}. {fix}")
    try:
        outputs = tree.flatten(operation.compute_output_spec(*args, **kwargs))
        if any(None in output.shape for output in outputs):  # EinsumDense answers as it was told, not from the inputs
            outputs = tree.flatten(keras.Operation.compute_output_spec(operation, *args, **kwargs))
    except Exception as error:
        raise ValueError(f"{name!r} cannot take inputs of the shapes {shapes}: {error} {fix}") from error
    if any(size is None or size < 1 for output in outputs for size in output.shape):
        made = [tuple(output.shape[1:]) for output in outputs]
        raise ValueError(f"{name!r} turns inputs of the shapes {shapes} into {made}. {fix}")
    return outputs


def _symbols(structure):
    return [value for value in tree.flatten(structure) if isinstance(value, keras.KerasTensor)]


def _parts(layer):
    """The layers directly within a layer."""
    return list(layer._flatten_layers(include_self=False, recursive=False))


def _opens(operation):
    """Models are opened, and layers that hold nothing but layers."""
    if not isinstance(operation, layers.Layer) or is_known(operation):
        return False
    return isinstance(operation, keras.Model) or (bool(_parts(operation)) and not own_weights(operation))


def _traced(layer, args, kwargs):
    """Run the `call` of a layer on symbolic tensors: the nodes it leaves, its inputs and its outputs."""
    parts = [layer, *layer._flatten_layers(include_self=False)]
    before = [(part, len(part._inbound_nodes), len(part._outbound_nodes)) for part in parts]

    def fresh(value):
        return keras.KerasTensor(value.shape, value.dtype) if isinstance(value, keras.KerasTensor) else value

    args, kwargs = tree.map_structure(fresh, (args, kwargs))
    given = _symbols((args, kwargs))
    try:
        outputs = tree.flatten(layer.call(*args, **kwargs))
        return calls(outputs, given), given, outputs
    except Exception as error:
        raise ValueError(_lost(layer, error)) from error
    finally:  # the nodes would otherwise pile up on the layers
        for part, inbound, outbound in before:
            del part._inbound_nodes[inbound:], part._outbound_nodes[outbound:]


def _lost(layer, error):
    cause = re.sub(r"\x1b\[\d+m|\s+", " ", str(error).split("Arguments received")[0]).strip()
    return (
        f"profile cannot follow the call of {layer.name!r} ({type(layer).__name__}) on symbolic tensors: "
        f"{type(error).__name__}: {cause} Write it with Keras layers and keras.ops, or give it a method "
        "complexity(input_shapes, output_shapes)."
    )
