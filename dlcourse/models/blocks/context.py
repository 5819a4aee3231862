"""Context around a pixel at several distances: atrous spatial pyramid pooling, and the joint pyramid upsampling."""

from keras import layers

from dlcourse.layers import ResizeLike
from dlcourse.models.blocks.convolution import conv_bn_relu, norm


def separable_bn_relu(x, filters, rate, name):
    """Depthwise 3 x 3 with the taps `rate` apart, then 1 x 1: (b, h, w, c) -> (b, h, w, filters)

    Batch norm and ReLU stand behind each (Chen 2018, section 4.2).
    """
    x = layers.DepthwiseConv2D(3, padding="same", dilation_rate=rate, use_bias=False, name=f"{name}_depthwise_conv")(x)
    x = layers.ReLU(name=f"{name}_depthwise_relu")(norm(x, f"{name}_depthwise"))
    return conv_bn_relu(x, filters, 1, 1, name)


def atrous_bn_relu(x, filters, rate, name):
    """A 3 x 3 convolution with the taps `rate` apart: (b, h, w, c) -> (b, h, w, filters)"""
    return conv_bn_relu(x, filters, 3, 1, name, dilation_rate=rate)


def aspp(x, filters, rates, name, convolve=atrous_bn_relu):
    """Atrous spatial pyramid pooling with image features (Chen 2017, section 3.3): (b, h, w, c) -> (b, h, w, filters)

    A 1 x 1 convolution, one 3 x 3 for each rate, and the mean over the whole map, side by side, then a 1 x 1.
    """
    mean = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
    mean = conv_bn_relu(mean, filters, 1, 1, f"{name}_image")
    branches = [conv_bn_relu(x, filters, 1, 1, f"{name}_point")]
    branches += [convolve(x, filters, rate, f"{name}_rate{rate}") for rate in rates]
    branches.append(ResizeLike(name=f"{name}_image_enlarged")(mean, x))
    return conv_bn_relu(layers.Concatenate(name=f"{name}_join")(branches), filters, 1, 1, f"{name}_out")


def joint_upsampling(maps, filters, rates, name):
    """Joint pyramid upsampling (Wu 2019, section 3.3): three maps, the finest first -> (b, h, w, filters a rate)

    Each map is brought to `filters` channels and to the size of the finest; all three together are read by separable
    convolutions with different rates, side by side.
    """
    same = [conv_bn_relu(x, filters, 3, 1, f"{name}_in{i}") for i, x in enumerate(maps, 1)]
    large = [ResizeLike(name=f"{name}_enlarged{i}")(x, same[0]) for i, x in enumerate(same[1:], 2)]
    x = layers.Concatenate(name=f"{name}_join")([same[0], *large])
    spread = [_spread(x, filters, rate, f"{name}_rate{rate}") for rate in rates]
    return layers.Concatenate(name=f"{name}_out")(spread)


def _spread(x, filters, rate, name):
    """Depthwise 3 x 3, batch norm, 1 x 1, batch norm, ReLU: the authors' separable convolution"""
    x = layers.DepthwiseConv2D(3, padding="same", dilation_rate=rate, use_bias=False, name=f"{name}_depthwise_conv")(x)
    return conv_bn_relu(norm(x, f"{name}_depthwise"), filters, 1, 1, name)
