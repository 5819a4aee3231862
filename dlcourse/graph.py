"""The calls that made a symbolic tensor: the one place that reads Keras's record of them, which has no public name."""


def calls(outputs, known):
    """The nodes (`operation`, `input_tensors`, `outputs`) on the way from the tensors `known` to `outputs`, in order.

    Each stands behind those that it needs, branch by branch. `known` are tensors, or their ids.

    >>> import keras
    >>> x = keras.Input((2,))
    >>> y = keras.layers.ReLU(name="b")(keras.layers.Dense(3, name="a")(x))
    >>> [node.operation.name for node in calls([y], [x])]
    ['a', 'b']
    """
    done, order = {x if isinstance(x, int) else id(x) for x in known}, []
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, ready = stack.pop()
        if id(tensor) in done:
            continue
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if ready:
            done |= {id(output) for output in node.outputs}
            order.append(node)
        else:
            stack.append((tensor, True))
            stack += [(source, False) for source in reversed(node.input_tensors)]
    return order
