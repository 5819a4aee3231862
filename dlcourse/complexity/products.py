"""Costs of dense layers, of products of tensors and of attention."""

from math import prod

from keras import layers

from dlcourse.complexity.cost import Cost, einsum_macs, epilogue


def _dense(call):
    """Every output number is a product over the features of its position."""
    outputs = prod(call.outputs[0])
    return Cost(outputs * call.inputs[0][-1], epilogue(call.layer, outputs))


def _einsum_dense(call):
    """The axes that the kernel sums over may be positions: then every output sees all of them."""
    layer, (inputs,), outputs = call.layer, call.inputs, prod(call.outputs[0])
    equation = layer.equation.replace(" ", "")
    term, result = equation.split(",")[0], equation.split("->")[1]
    kernel = getattr(layer, "original_kernel_shape", None) or layer.kernel.shape  # the first where it is quantized
    axes = term.replace("...", "." * (len(inputs) - len(term) + 3))
    summed = any(letter != "." and letter not in result for letter in axes[1:-1])
    macs = einsum_macs(equation, inputs, tuple(kernel))
    return Cost(macs, epilogue(layer, outputs) + outputs * bool(layer.bias_axes), "all" if summed else 1)


def _dot(call):
    """The axes that are not summed over are those of the outcome."""
    first, second = call.inputs
    axes = call.layer.axes
    axis = axes if isinstance(axes, int) else axes[0]
    macs = prod(call.outputs[0]) * first[axis]
    norm = 2 * (prod(first) + prod(second)) if call.layer.normalize else 0
    return Cost(macs, norm, None)


def _embedding(call):
    """Rows are looked up, nothing is multiplied."""
    return Cost(0, 0, "tokens")


def _reversible_embedding(call):
    """Rows are looked up, or with `reverse` every row is multiplied."""
    if not call.arguments.get("reverse"):
        return _embedding(call)
    return Cost(prod(call.outputs[0]) * call.inputs[0][-1])


def _multi_head_attention(call):
    """Projections of query, key and value, scores, weighted sum of values, and the projection of the outcome."""
    config = call.layer.get_config()
    query, key, value = _query_key_value(call)
    heads, size, deep = config["num_heads"], config["key_dim"], config["value_dim"]
    positions = [prod(shape[1:-1]) for shape in (query, key, value)]
    projected = positions[0] * query[-1] * size + positions[1] * key[-1] * size + positions[2] * value[-1] * deep
    out = positions[0] * deep * call.outputs[0][-1]
    axes = call.layer.attention_axes or range(1, len(query) - 1)
    pairs = positions[0] * prod(key[axis] for axis in axes)
    gate = positions[0] * query[-1] * deep if config.get("use_gate") else 0
    scores = heads * pairs
    biases = heads * sum(positions) * max(size, deep) + prod(call.outputs[0]) if config["use_bias"] else 0
    return Cost(heads * (projected + out + gate) + scores * (size + deep), 4 * scores + biases, "all")


def _group_query_attention(call):
    """As above, with fewer heads for keys and values, which several queries share."""
    config = call.layer.get_config()
    query, key, value = _query_key_value(call)
    heads, few, size = config["num_query_heads"], config["num_key_value_heads"], config["head_dim"]
    q, k = query[1], key[1]
    projected = heads * q * query[-1] * (2 if config.get("use_gate") else 1) + few * k * (key[-1] + value[-1])
    out = heads * q * call.outputs[0][-1]
    scores = heads * q * k
    biases = size * (heads * q + 2 * few * k) + prod(call.outputs[0]) if config["use_bias"] else 0
    return Cost(size * (projected + out + 2 * scores), 4 * scores + biases, "all")


def _attention(call):
    """Scores and weighted sum of values; nothing is projected."""
    query, value, key = (*call.inputs, call.inputs[1])[:3]
    pairs = prod(query[:-1]) * value[-2]
    products = 0 if getattr(call.layer, "score_mode", "dot") == "concat" else query[-1]
    added = 0 if products and not isinstance(call.layer, layers.AdditiveAttention) else 2 * key[-1]
    return Cost(pairs * (products + value[-1]), pairs * (4 + added), "all")


def _query_key_value(call):
    """Their shapes, however they were passed."""
    query, value = call.arguments["query"].shape, call.arguments["value"].shape
    key = call.arguments.get("key")
    return tuple(query), tuple(value if key is None else key.shape), tuple(value)


RULES = {
    layers.Dense: _dense,
    layers.EinsumDense: _einsum_dense,
    layers.Dot: _dot,
    layers.Embedding: _embedding,
    layers.ReversibleEmbedding: _reversible_embedding,
    layers.MultiHeadAttention: _multi_head_attention,
    layers.GroupQueryAttention: _group_query_attention,
    layers.Attention: _attention,
    layers.AdditiveAttention: _attention,
}
"""{class of Keras: its rule, Call -> Cost}"""
