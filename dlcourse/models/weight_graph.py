"""A model as the graph of what has weights: the form in which two models are compared layer by layer."""

from dataclasses import dataclass

import keras

from dlcourse.graph import calls
from dlcourse.layers import SqueezeExcite

_ORDERED = "concatenate"


@dataclass(eq=False)
class WeightNode:
    """A layer with weights, or a place where branches meet; what has no weights and one input is left out.

    label: what must be equal in two nets for their weights to be exchanged; layer: None for a merge
    children: the nodes it reads from, those of a merge that does not mind its order sorted by `shape_id`
    shape_id: a number, equal for two nodes exactly if everything from the input up to them fits
    """

    name: str
    label: tuple
    layer: object
    children: tuple
    shape_id: int


class WeightGraphs:
    """Builds graphs whose `shape_id`s can be compared with each other.

    >>> x = keras.Input((4,))
    >>> first = keras.Model(x, keras.layers.Dense(2)(x))
    >>> second = keras.Model(x, keras.layers.ReLU()(keras.layers.Dense(2, use_bias=False)(x)))
    >>> graphs = WeightGraphs()
    >>> graphs.outputs(first)[0].shape_id == graphs.outputs(second)[0].shape_id
    True
    """

    def __init__(self):
        self._ids = {}

    def outputs(self, model):
        """The nodes of the outputs of a functional `model`, in the order of `model.outputs`.

        Raises:
            ValueError: the model is not made of layers called on tensors.
        """
        inputs = {id(x): self._node(x.name, ("input", i), None, ()) for i, x in enumerate(getattr(model, "inputs", ()))}
        return self._walk(model, inputs)

    def _walk(self, model, seen):
        if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
            raise ValueError(f"transplant follows functional and Sequential models that are built, got {model!r}.")
        for call in calls(model.outputs, seen):
            nodes = self._apply(call.operation, [seen[id(x)] for x in call.input_tensors])
            seen |= {id(x): node for x, node in zip(call.outputs, nodes, strict=True)}
        return [seen[id(x)] for x in model.outputs]

    def _apply(self, operation, children):
        """The nodes of an operation's results."""
        if isinstance(operation, keras.Model):
            return self._walk(operation, {id(x): node for x, node in zip(operation.inputs, children, strict=True)})
        if isinstance(operation, SqueezeExcite):  # two dense layers, and a product with what they read
            gate = self._weighted(operation.excite, [self._weighted(operation.squeeze, children)])
            return [self._merge(operation.name, "multiply", [*children, gate])]
        if getattr(operation, "weights", None):
            return [self._weighted(operation, children)]
        if len(children) == 1:
            return children
        kind = type(operation).__name__.lower()
        return [self._merge(operation.name, kind if kind in (_ORDERED, "multiply") else "add", children)]

    def _weighted(self, layer, children):
        return self._node(layer.name, _label(layer), layer, children)

    def _merge(self, name, kind, children):
        if kind != _ORDERED:
            children = sorted(children, key=lambda node: node.shape_id)
        return self._node(name, (kind,), None, children)

    def _node(self, name, label, layer, children):
        key = (label, *(child.shape_id for child in children))
        return WeightNode(name, label, layer, tuple(children), self._ids.setdefault(key, len(self._ids)))


def _label(layer):
    """Kind and shapes of the weights; bias and gamma do not count, a 1 x 1 kernel is a matrix."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return ("batch norm", layer.moving_mean.shape[0])
    kernels = [tuple(weight.shape) for weight in kernels_of(layer)]
    return ("weights", *(shape[2:] if len(shape) == 4 and shape[:2] == (1, 1) else shape for shape in kernels))


def kernels_of(layer):
    """The weights of a layer but its bias."""
    return [weight for weight in layer.weights if weight.name != "bias"]
