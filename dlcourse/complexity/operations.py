"""Costs of the functions of keras.ops that stand in a graph of their own, by name."""

from math import isqrt, prod

from keras import tree

from dlcourse.complexity.cost import Cost, as_tuple, einsum_macs
from dlcourse.complexity.weightless import each, reshaping

_ONE_EACH = (
    "Absolute Add Arctan Ceil Clip Cos Divide DivideNoNan Elu Equal Erf Exp Expm1 Floor FloorDivide Gelu Greater "
    "GreaterEqual HardSigmoid HardSilu HardTanh LeakyRelu Less LessEqual Log Log1p LogSigmoid LogicalAnd LogicalNot "
    "LogicalOr Maximum Minimum Mod Multiply Negative NotEqual Power Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid "
    "Sign Silu Sin Softplus Softsign Sqrt Square Subtract Tan Tanh TrueDivide Where"
)
_FREE = "Cast Concatenate Copy GetItem Identity OnesLike Pad SaturateCast Split Stack StopGradient ZerosLike"
_MOVES = "ExpandDims Ravel Reshape Squeeze"
_SCATTERED = "BroadcastTo Flip Moveaxis Repeat Roll Swapaxes Take TakeAlongAxis Tile"  # positions do not stay
_REDUCTIONS = "All Amax Amin Any Argmax Argmin Logsumexp Max Mean Min Prod Std Sum Var"


def _arrays(call):
    """Shapes of everything in the arguments that has one: tensors, and weights too."""
    return [tuple(part.shape) for part in tree.flatten(list(call.arguments.values())) if hasattr(part, "shape")]


def _reduction(call):
    before, after = call.inputs[0], call.outputs[0]
    return Cost(0, prod(before), "all" if before[1:-1] != after[1:-1] else 1)


def _transposed(call):
    """Where only the last two axes change places, positions stay, if there are others."""
    axes = call.layer.axes
    return Cost(0, 0, 1 if axes and len(axes) > 3 and tuple(axes[:-2]) == tuple(range(len(axes) - 2)) else None)


def _scattered(call):
    return Cost(0, 0, None)


def _matmul(call):
    """Where both sides are computed, positions may meet positions: the window is then not known."""
    return Cost(prod(call.outputs[0]) * _arrays(call)[0][-1], 0, 1 if len(call.inputs) == 1 else None)


def _contraction(call):
    """(m, k) x (k, n) -> (m, n) in any number of axes: (mk * kn * mn) is the square of mkn."""
    first, second = _arrays(call)[:2]
    return Cost(isqrt(prod(first) * prod(second) * prod(call.outputs[0])), 0, 1 if len(call.inputs) == 1 else None)


def _einsum(call):
    return Cost(einsum_macs(call.layer.subscripts, *_arrays(call)), 0, None)


def _convolution(call):
    """The kernel is the second array: (k, ..., channels of a group, filters)."""
    _, kernel = _arrays(call)[:2]
    window = kernel[:-2]
    depthwise = type(call.layer).__name__ == "DepthwiseConv"
    taps = prod(window) if depthwise else prod(kernel[:-1])
    return Cost(prod(call.outputs[0]) * taps, 0, window, call.layer.strides, call.layer.dilation_rate)


def _pooling(call):
    layer = call.layer
    kernel = as_tuple(layer.pool_size, len(call.inputs[0]) - 2)
    return Cost(0, prod(call.outputs[0]) * prod(kernel), kernel, as_tuple(layer.strides or kernel, len(kernel)))


RULES = {
    **dict.fromkeys(_ONE_EACH.split(), each(1)),
    **dict.fromkeys(_FREE.split(), each(0)),
    **dict.fromkeys(("Softmax", "LogSoftmax"), each(3)),
    **dict.fromkeys(_MOVES.split(), reshaping),
    **dict.fromkeys(_REDUCTIONS.split(), _reduction),
    **dict.fromkeys(_SCATTERED.split(), _scattered),
    "Transpose": _transposed,
    "Matmul": _matmul,
    "Dot": _contraction,
    "Tensordot": _contraction,
    "Einsum": _einsum,
    **dict.fromkeys(("Conv", "DepthwiseConv"), _convolution),
    **dict.fromkeys(("MaxPool", "AveragePool"), _pooling),
}
"""{name of the class of a function of keras.ops: its rule, Call -> Cost}"""
