"""What a model costs, layer by layer, for one example."""

import warnings
from math import prod

import keras
import pandas as pd
from keras import tree

from dlcourse.complexity.cost import Call
from dlcourse.complexity.fields import merge, spatial, start, through
from dlcourse.complexity.graph import build, is_graph, own_weights, steps_of
from dlcourse.complexity.result import Profile
from dlcourse.complexity.rules import cost_of

_COLUMNS = (
    *("name", "kind", "output_shape", "parameters", "macs", "other_ops", "activation_bytes"),
    *("receptive_field", "effective_stride"),
)
_BYTES = {"bool": 1, "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2}


def profile(model, input_shape=None):
    """Parameters, multiply-adds, memory and receptive field of every layer of a model, for one example at inference.

    The layers of nested models are listed as "outer/inner", a second call of a layer as "name/2": its work counts
    again, its parameters do not. Functions of keras.ops in the graph are listed too. A layer without a rule is listed
    with macs <NA>, and a warning names it. Layers of your own may say what they cost: see `complexity.rules.cost_of`.

    Args:
        model: a keras.Model of any kind. One that is not built yet is built for `input_shape`. A subclassed one must
            be written with layers and keras.ops, so that its `call` runs on symbolic tensors.
        input_shape: without the batch axis, such as (224, 224, 3); a list or a dict of them for several inputs. The
            model's own without.

    Returns:
        a `Profile`; its `table` has the columns kind, output_shape, parameters, macs, other_ops, activation_bytes,
        receptive_field and effective_stride, and a row a call, named by the layer.

    Raises:
        ValueError: no model; sizes are missing; the input does not fit or is too small; `call` cannot be followed.

    >>> model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(6, 5, name="C1")])
    >>> costs = profile(model)
    >>> costs.parameters, costs.macs, costs.table["receptive_field"].tolist()
    (156, 117600, [5])
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"profile takes a keras.Model, got {type(model).__name__}. Wrap layers in a Sequential.")
    inputs = _inputs(model, input_shape)
    steps = steps_of(model, inputs)
    fields = {id(tensor): start(tuple(tensor.shape), _channels_first()) for tensor in tree.flatten(inputs)}
    rows, unknown, seen = [], [], {}
    for step in steps:
        cost = _cost(step)
        after = _field(step, cost, fields)
        fields |= {id(tensor): after for tensor in step.outputs}
        fresh = [weight for weight in getattr(step.operation, "weights", ()) if id(weight) not in seen]
        seen |= {id(weight): weight for weight in fresh}
        if cost is None:
            unknown.append((step.name, type(step.operation).__name__))
        rows.append(_row(step, cost, after, fresh))
    left = [weight for weight in own_weights(model) if id(weight) not in seen]
    if left:
        own = {"name": f"{model.name} (own weights)", "kind": type(model).__name__, "parameters": _count(left)}
        rows.append(own)
        unknown.append((rows[-1]["name"], rows[-1]["kind"]))
        seen |= {id(weight): weight for weight in left}
    if unknown:
        warnings.warn(_not_counted(unknown), stacklevel=2)
    return Profile(_table(rows), model.name, _count(w for w in seen.values() if w.trainable))


def _not_counted(unknown):
    """The warning, a part for each kind."""
    kinds = {}
    for name, kind in unknown:
        kinds.setdefault(kind, []).append(name)
    parts = [
        f"{kind} ({', '.join(names[:3])}{f' and {len(names) - 3} more' * (len(names) > 3)})"
        for kind, names in kinds.items()
    ]
    return (
        f"profile knows no rule for {'; '.join(parts)}: not counted, so the sums are lower bounds. Give such a layer a "
        "method complexity(input_shapes, output_shapes) that returns {'macs': ...}."
    )


def _inputs(model, input_shape):
    """Symbolic inputs with the batch axis 1, in the structure that the model takes."""
    if input_shape is not None and not model.built:
        build(model, _map(lambda shape: keras.KerasTensor((1, *shape)), input_shape))
    if input_shape is None:
        if not is_graph(model):
            raise ValueError(
                f"the sizes of the inputs of {model.name!r} are not known, since it is subclassed or not built. Pass "
                "input_shape, such as (224, 224, 3), without the batch axis."
            )
        symbols = [keras.KerasTensor((1, *x.shape[1:]), x.dtype) for x in model.inputs]
    else:
        symbols = _given(model, input_shape)
    open_sizes = [tuple(x.shape[1:]) for x in tree.flatten(symbols) if None in x.shape]
    if open_sizes:
        raise ValueError(f"{model.name!r} leaves sizes open: {open_sizes}. Pass input_shape, such as (224, 224, 3).")
    return symbols


def _given(model, input_shape):
    """The inputs for shapes that the caller chose, of the types that the model takes."""
    made = _map(lambda shape: keras.KerasTensor((1, *shape)), input_shape)
    if not is_graph(model):
        return made
    flat = tree.flatten(made)
    if isinstance(input_shape, dict):
        flat = [made[x.name] for x in model.inputs if x.name in made]
    asked = [tuple(x.shape[1:]) for x in model.inputs]
    shapes = [tuple(x.shape[1:]) for x in flat]
    if [len(shape) for shape in shapes] != [len(shape) for shape in asked]:
        raise ValueError(f"{model.name!r} takes inputs of the shapes {asked}, got input_shape={input_shape}.")
    return [keras.KerasTensor(x.shape, symbol.dtype) for x, symbol in zip(flat, model.inputs, strict=True)]


def _map(function, shapes):
    """`function` of one shape, or of each of a list or dict of shapes."""
    if isinstance(shapes, dict):
        return {name: function(tuple(shape)) for name, shape in shapes.items()}
    if isinstance(shapes, list) and shapes and isinstance(shapes[0], (list, tuple)):
        return [function(tuple(shape)) for shape in shapes]
    return function(tuple(shapes))


def _cost(step):
    """The cost of a step, times included, or None."""
    shapes = [[tuple(tensor.shape) for tensor in tensors] for tensors in (step.inputs, step.outputs)]
    cost = cost_of(Call(step.operation, *shapes, step.arguments))
    return cost and cost._replace(macs=cost.macs * step.times, other_ops=cost.other_ops * step.times)


def _field(step, cost, fields):
    """The field of the outputs, from those of the inputs."""
    if cost is None:
        return None
    first = _channels_first(step.operation)
    maps = [spatial(tuple(tensor.shape), first) for tensor in step.inputs]
    after = spatial(tuple(step.outputs[0].shape), first)
    before = after if cost.kernel == 1 else maps[0]
    merged = merge([fields.get(id(tensor)) for tensor in step.inputs], maps, before)
    return through(merged, cost, maps[0], after)


def _channels_first(operation=None):
    named = getattr(operation, "data_format", None)
    return (named or keras.config.image_data_format()) == "channels_first"


def _row(step, cost, field, fresh):
    shapes = [tuple(tensor.shape[1:]) for tensor in step.outputs]
    return {
        "name": step.name,
        "kind": type(step.operation).__name__,
        "output_shape": shapes[0] if len(shapes) == 1 else shapes,
        "parameters": _count(fresh),
        "macs": cost and cost.macs,
        "other_ops": cost and cost.other_ops,
        "activation_bytes": step.times * sum(prod(x.shape) * _BYTES.get(x.dtype, 1) for x in step.outputs),
        "receptive_field": field and _shown(field.size),
        "effective_stride": field and _shown(field.stride),
    }


def _shown(values):
    """One number where all axes agree, a tuple where they do not, None for none; whole numbers as ints."""
    plain = tuple(int(value) if value == int(value) else float(value) for value in values)
    return (plain[0] if len(set(plain)) == 1 else plain) if plain else None


def _count(weights):
    return sum(prod(weight.shape) for weight in weights)


def _table(rows):
    """Rows as a DataFrame with whole numbers, <NA> where not counted; a repeated name becomes "name/2"."""
    table = pd.DataFrame(rows, columns=_COLUMNS)
    calls = table.groupby("name").cumcount() + 1
    table["name"] = [name if n == 1 else f"{name}/{n}" for name, n in zip(table["name"], calls, strict=True)]
    whole = ["parameters", "macs", "other_ops", "activation_bytes"]
    return table.astype(dict.fromkeys(whole, "Int64")).set_index("name")
