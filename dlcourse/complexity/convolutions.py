"""Costs of convolutions and of pooling."""

from fractions import Fraction
from math import ceil, prod

from keras import layers

from dlcourse.complexity.cost import Cost, as_tuple, epilogue


def _channels(layer, shape):
    return shape[1] if layer.data_format == "channels_first" else shape[-1]


def _window(layer):
    return {"kernel": tuple(layer.kernel_size), "strides": tuple(layer.strides), "dilation": tuple(layer.dilation_rate)}


def _convolution(call):
    """Every output number is a product over the kernel and the channels of its group."""
    layer, outputs = call.layer, prod(call.outputs[0])
    taps = prod(layer.kernel_size) * _channels(layer, call.inputs[0]) // layer.groups
    return Cost(outputs * taps, epilogue(layer, outputs), **_window(layer))


def _transposed(call):
    """Every input number is spread over the kernel and all filters; one output sees ceil(k / s) inputs an axis."""
    layer = call.layer
    macs = prod(call.inputs[0]) * prod(layer.kernel_size) * layer.filters
    reach = [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True)]
    kernel = tuple(ceil(k / s) for k, s in zip(reach, layer.strides, strict=True))
    return Cost(macs, epilogue(layer, prod(call.outputs[0])), kernel, tuple(Fraction(1, s) for s in layer.strides))


def _depthwise(call):
    """One channel of input for each channel of output."""
    outputs = prod(call.outputs[0])
    return Cost(outputs * prod(call.layer.kernel_size), epilogue(call.layer, outputs), **_window(call.layer))


def _separable(call):
    """Depthwise, then 1x1 over all channels."""
    layer, outputs = call.layer, prod(call.outputs[0])
    middle = _channels(layer, call.inputs[0]) * layer.depth_multiplier
    places = outputs // layer.filters
    macs = places * middle * (prod(layer.kernel_size) + layer.filters)
    return Cost(macs, epilogue(layer, outputs), **_window(layer))


def _pooling(call):
    layer = call.layer
    kernel = as_tuple(layer.pool_size, len(call.inputs[0]) - 2)
    strides = as_tuple(layer.strides or kernel, len(kernel))
    return Cost(0, prod(call.outputs[0]) * prod(kernel), kernel, strides)


def _global_pooling(call):
    return Cost(0, prod(call.inputs[0]), "all")


def _adaptive_pooling(call):
    """Windows of n / m inputs, rounded up where they do not fit."""
    first = call.layer.data_format == "channels_first"
    before, after = (shape[2:] if first else shape[1:-1] for shape in (call.inputs[0], call.outputs[0]))
    kernel = tuple(ceil(n / m) for n, m in zip(before, after, strict=True))
    strides = tuple(Fraction(n, m) for n, m in zip(before, after, strict=True))
    return Cost(0, prod(call.outputs[0]) * prod(kernel), kernel, strides)


RULES = {
    **dict.fromkeys((layers.Conv1D, layers.Conv2D, layers.Conv3D), _convolution),
    **dict.fromkeys((layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose), _transposed),
    **dict.fromkeys((layers.DepthwiseConv1D, layers.DepthwiseConv2D), _depthwise),
    **dict.fromkeys((layers.SeparableConv1D, layers.SeparableConv2D), _separable),
    **{getattr(layers, f"{kind}Pooling{n}D"): _pooling for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{getattr(layers, f"Global{kind}Pooling{n}D"): _global_pooling for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{
        getattr(layers, f"Adaptive{kind}Pooling{n}D"): _adaptive_pooling
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    },
}
"""{class of Keras: its rule, Call -> Cost}"""
