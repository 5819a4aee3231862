"""Blocks that spend few multiplications: depthwise convolutions, and what the MobileNets and Xception share."""

from typing import NamedTuple

from keras import layers

from dlcourse.layers import SqueezeExcite
from dlcourse.models.blocks.convolution import norm

LIGHT_EPSILON = 1e-3  # of the batch normalization, as in the authors' code


class Inverted(NamedTuple):
    """A row of the tables 1 and 2 of Howard 2019: one inverted residual block.

    kernel: of the depthwise convolution; expanded: channels inside; filters: channels outside;
    squeeze: whether the channels are weighed; activation: of the two inner convolutions; strides: of the depthwise one
    """

    kernel: int
    expanded: int
    filters: int
    squeeze: bool
    activation: str
    strides: int


def rounded(filters):
    """The multiple of 8 nearest to `filters`: at least 8, and never more than a tenth below.

    >>> rounded(17), rounded(11), rounded(3)
    (16, 16, 8)
    """
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * filters else nearest


def conv_bn_act(x, filters, kernel, strides, activation, name):
    """Convolution padded "same", batch norm, activation: (b, h, w, c) -> (b, ceil(h/strides), ceil(w/strides), filters)

    Without an activation (None) it is the linear bottleneck of Sandler 2018.
    """
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = norm(x, name, LIGHT_EPSILON)
    return layers.Activation(activation, name=f"{name}_act")(x) if activation else x


def depthwise_bn_act(x, kernel, strides, activation, name, padding="same"):
    """Each channel convolved on its own, batch norm, activation: (b, h, w, c) -> (b, h', w', c)"""
    x = layers.DepthwiseConv2D(kernel, strides, padding=padding, use_bias=False, name=f"{name}_conv")(x)
    x = norm(x, name, LIGHT_EPSILON)
    return layers.Activation(activation, name=f"{name}_act")(x)


def inverted_residual(x, block, name):
    """Wide inside, narrow outside: (b, h, w, c) -> (b, ceil(h/strides), ceil(w/strides), block.filters)

    1 x 1 to `expanded` channels, depthwise, 1 x 1 to `filters` without an activation; a shortcut where the shape stays.
    Nothing is expanded where `expanded` is c already. The gate of a squeezing block has a quarter of its channels.
    """
    y = x
    if block.expanded != x.shape[-1]:
        y = conv_bn_act(y, block.expanded, 1, 1, block.activation, f"{name}_expand")
    y = depthwise_bn_act(y, block.kernel, block.strides, block.activation, f"{name}_depthwise")
    if block.squeeze:
        units = rounded(block.expanded / 4)
        y = SqueezeExcite(units=units, gate_activation="hard_sigmoid", name=f"{name}_se")(y)
    y = conv_bn_act(y, block.filters, 1, 1, None, f"{name}_project")
    if block.strides == 1 and x.shape[-1] == block.filters:
        y = layers.Add(name=f"{name}_add")([x, y])
    return y
