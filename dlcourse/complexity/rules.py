"""Which rule fits a call: the layer's own method, that of its Keras class, or none."""

from math import prod
from numbers import Integral

from keras import layers

from dlcourse.complexity import convolutions, operations, products, recurrent, weightless
from dlcourse.complexity.cost import Cost, as_tuple

_CLASSES = {**weightless.RULES, **convolutions.RULES, **products.RULES, **recurrent.RULES}


def cost_of(call):
    """What a call costs, or None where no rule is known. A layer's own method `complexity` comes first.

        def complexity(self, input_shapes, output_shapes):
            return {"macs": ..., "other_ops": ..., "kernel": ..., "strides": ..., "dilation": ...}

    with lists of shapes, batch axis 1. All but "macs" may stay out; `Cost` says what they mean. A subclass of a Keras
    layer that leaves `call` as it is costs what its parent does.

    Errors:  ValueError where a layer's own method answers anything else
    """
    own = getattr(call.layer, "complexity", None)
    if callable(own):
        return _own(call.layer, own(list(call.inputs), list(call.outputs)))
    if not isinstance(call.layer, layers.Layer):
        known = type(call.layer).__module__.startswith("keras.")
        rule = operations.RULES.get(type(call.layer).__name__) if known else None
    else:
        rule = _rule(type(call.layer))
    return None if rule is None else rule(call)


def is_known(layer):
    """Whether `cost_of` has a rule for calls of this layer."""
    return callable(getattr(layer, "complexity", None)) or _rule(type(layer)) is not None


def _rule(kind):
    parent = next((parent for parent in kind.__mro__ if parent in _CLASSES), None)
    return _CLASSES[parent] if parent is not None and kind.call is parent.call else None


def _own(layer, answer):
    wrong = None
    if not isinstance(answer, dict) or "macs" not in answer or not set(answer) <= set(Cost._fields):
        wrong = f"must return a dict with 'macs' and, if need be, {', '.join(map(repr, Cost._fields[1:]))}"
    elif not all(isinstance(answer.get(key, 0), Integral) and answer.get(key, 0) >= 0 for key in Cost._fields[:2]):
        wrong = "must count 'macs' and 'other_ops' in whole numbers, 0 or more"
    if wrong:
        raise ValueError(f"{type(layer).__name__}.complexity {wrong}, got {answer!r}.")
    return Cost(**{key: int(value) if key in Cost._fields[:2] else value for key, value in answer.items()})


def _bidirectional(call):
    """Both directions, and the merge of their outcomes."""
    both = [cost_of(call._replace(layer=part)) for part in (call.layer.forward_layer, call.layer.backward_layer)]
    if None in both:
        return None
    merged = prod(call.outputs[0]) if call.layer.merge_mode in ("sum", "mul", "ave") else 0
    return Cost(sum(cost.macs for cost in both), sum(cost.other_ops for cost in both) + merged, "all")


def _time_distributed(call):
    """The inner layer, once for each step. Its window slides over the axes behind time."""
    inner = call._replace(
        layer=call.layer.layer,
        inputs=[(shape[0], *shape[2:]) for shape in call.inputs],
        outputs=[(shape[0], *shape[2:]) for shape in call.outputs],
    )
    cost = cost_of(inner)
    if cost is None:
        return None
    steps, axes = call.inputs[0][1], len(call.inputs[0]) - 3
    window = {"kernel": None, "strides": 1, "dilation": 1}
    if cost.kernel == 1 and cost.strides == 1:
        window["kernel"] = 1
    elif isinstance(cost.kernel, (int, tuple)):
        window = {name: (1, *as_tuple(getattr(cost, name), axes)) for name in window}
    return cost._replace(macs=cost.macs * steps, other_ops=cost.other_ops * steps, **window)


def _normalised(call):
    """The weights are scaled in training; at inference the inner layer runs alone."""
    return cost_of(call._replace(layer=call.layer.layer))


_CLASSES |= {
    layers.Bidirectional: _bidirectional,
    layers.TimeDistributed: _time_distributed,
    layers.SpectralNormalization: _normalised,
}
