"""Weights carried from one model to another that computes the same."""

import keras
import numpy as np

from dlcourse.models.weight_graph import WeightGraphs, kernels_of


def transplant(source, target):
    """Copy the weights of `source` into `target` by structure, whatever their layers are called; returns `target`.

    Both graphs are walked from their outputs to their input. Branches that are added or multiplied may stand in any
    order, concatenated ones in theirs. Where the two nets write the same function differently, the weights are
    converted so that the outputs stay equal at inference:

    - a convolution with bias before batch normalization, into one without: the bias goes into the moving mean;
    - a batch normalization without gamma (or beta), into one with: gamma is 1 (beta 0);
    - another epsilon: the moving variance takes up the difference;
    - a 1 x 1 convolution and a dense layer hold the same matrix.

    `source` may go on where `target` ends, so that a classifier gives its weights to a backbone. Strides, padding and
    activations hold no weights and are not compared: that the outputs are equal is for the caller to see.

    >>> x = keras.Input((6, 6, 1))
    >>> y = keras.layers.BatchNormalization(scale=False)(keras.layers.Conv2D(2, 3)(x))
    >>> z = keras.layers.BatchNormalization(epsilon=1e-5)(keras.layers.Conv2D(2, 3, use_bias=False)(x))
    >>> source, target = keras.Model(x, y), keras.Model(x, z)
    >>> _ = source.layers[1].bias.assign([1.0, 2.0])
    >>> image = np.ones((1, 6, 6, 1), "float32")
    >>> same = np.allclose(keras.ops.convert_to_numpy(source(image)), keras.ops.convert_to_numpy(
    ...     transplant(source, target)(image)), atol=1e-6)
    >>> same
    True

    Raises:
        ValueError: the nets do not fit, and nothing was copied; the first pair of layers that differs is named.
    """
    graphs = WeightGraphs()
    sources, targets = graphs.outputs(source), graphs.outputs(target)
    pairs = []
    for wanted in targets:
        given = _counterpart(wanted, sources)
        if given is None:
            raise ValueError(_difference(source, target, sources[-1], targets[-1]))
        pairs += _pairs(given, wanted)
    pairs = list(dict.fromkeys(pairs))
    _refuse_lost_biases(pairs, target)
    values = {}
    for given, wanted in pairs:
        for path, value in _values(given, wanted).items():
            if not np.array_equal(values.setdefault(path, value), value):
                raise ValueError(
                    f"{target.name} calls {wanted.name} twice, where {source.name} has two layers with unlike weights. "
                    "Nothing was copied. Build the target with two layers."
                )
    missing = [weight.path for weight in target.weights if weight.path not in values]
    if missing:
        raise ValueError(f"Nothing of {source.name} fits {missing[0]} of {target.name}. Nothing was copied.")
    for weight in target.weights:
        weight.assign(values[weight.path])
    return target


def _counterpart(wanted, sources):
    """The source node that computes what `wanted` does: an output, or one before it."""
    seen, stack = set(), list(sources)
    while stack:
        node = stack.pop()
        if node.shape_id == wanted.shape_id:
            return node
        if id(node) not in seen:
            seen.add(id(node))
            stack += node.children
    return None


def _pairs(given, wanted):
    """All pairs of nodes with layers below two nodes that fit, the input first."""
    pairs, seen, stack = [], set(), [(given, wanted)]
    while stack:
        pair = stack.pop()
        if (id(pair[0]), id(pair[1])) in seen:
            continue
        seen.add((id(pair[0]), id(pair[1])))
        pairs.append(pair)
        stack += list(zip(pair[0].children, pair[1].children, strict=True))
    return [pair for pair in reversed(pairs) if pair[1].layer is not None]


def _difference(source, target, given, wanted):
    """Which pair of layers is the first not to fit, seen from the input."""
    while True:
        if len(given.children) != len(wanted.children):
            break
        ids = {child.shape_id for child in given.children} & {child.shape_id for child in wanted.children}
        left = [child for child in given.children if child.shape_id not in ids]
        right = [child for child in wanted.children if child.shape_id not in ids]
        if not left or not right:
            break
        given, wanted = left[0], right[0]
    return (
        f"The weights of {source.name} do not fit {target.name}: {_words(given)} of the source stands where the target "
        f"has {_words(wanted)}. Nothing was copied. Build both with the same variant, classes and input size."
    )


def _words(node):
    kind, *shapes = node.label
    text = kind if kind != "weights" else "weights of shape"
    return f"{node.name} ({' '.join(map(str, [text, *shapes]))})"


def _values(given, wanted):
    """{path of a target variable: its value} for a pair of layers that fit."""
    source, target = given.layer, wanted.layer
    if isinstance(target, keras.layers.BatchNormalization):
        return _normalization(given, wanted)
    pairs = zip(kernels_of(source), kernels_of(target), strict=True)
    values = {to.path: _numpy(of).reshape(to.shape) for of, to in pairs}
    bias = getattr(target, "bias", None)
    if bias is not None:
        values[bias.path] = _numpy(getattr(source, "bias", None), np.zeros(bias.shape))
    return values


def _normalization(given, wanted):
    source, target = given.layer, wanted.layer
    mean, variance = _numpy(source.moving_mean), _numpy(source.moving_variance)
    before, after = given.children[0], wanted.children[0]
    if _has_bias(before) and not _has_bias(after):
        mean = mean - _numpy(before.layer.bias)
    variance = variance + source.epsilon - target.epsilon
    if (variance < 0).any():
        raise ValueError(
            f"{source.name} has epsilon {source.epsilon} and a variance near 0, which {target.name} with epsilon "
            f"{target.epsilon} cannot express. Nothing was copied. Build the target with the epsilon of the source."
        )
    values = {target.moving_mean.path: mean, target.moving_variance.path: variance}
    if target.gamma is not None:
        values[target.gamma.path] = _numpy(source.gamma, np.ones_like(mean))
    if target.beta is not None:
        values[target.beta.path] = _numpy(source.beta, np.zeros_like(mean))
    return values


def _refuse_lost_biases(pairs, target):
    """Raises ValueError if a bias of the source has no place in the target and no batch normalization to go into."""
    lost = {id(given.layer): (given, wanted) for given, wanted in pairs if _has_bias(given) and not _has_bias(wanted)}
    for given, _ in pairs:
        if isinstance(given.layer, keras.layers.BatchNormalization):
            lost.pop(id(given.children[0].layer), None)
    for given, wanted in lost.values():
        raise ValueError(
            f"{given.name} has a bias and {wanted.name} of {target.name} has none, nor a batch normalization after it "
            "that could take it up. Nothing was copied. Build the target with use_bias=True there."
        )


def _has_bias(node):
    return getattr(node.layer, "bias", None) is not None


def _numpy(variable, default=None):
    return default if variable is None else keras.ops.convert_to_numpy(variable)
