"""Convolution with its padding and normalization, as most families after 2015 use it."""

from keras import layers

from dlcourse.layers import GroupedConv2D

BN_EPSILON = 1.001e-5  # that of keras.applications; Caffe and PyTorch have 1e-5


def conv(x, filters, kernel, strides, name, **options):
    """Convolution that pads alike on all sides: (b, h, w, c) -> (b, ceil(h/strides), ceil(w/strides), filters)

    Keras's "same" pads one pixel more below and to the right where it strides over an even size; the papers of the
    residual nets, and Caffe and PyTorch, pad both sides. Without bias unless `use_bias` is given. `dilation_rate`
    spreads the taps of the kernel; it goes with strides of 1.
    """
    if strides > 1 and kernel > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    options = {"use_bias": False, **options}
    kind = GroupedConv2D if options.get("groups", 1) > 1 else layers.Conv2D
    return kind(filters, kernel, strides, padding=padding, name=f"{name}_conv", **options)(x)


def norm(x, name, epsilon=BN_EPSILON):
    """Batch normalization of the channels; the shape stays."""
    return layers.BatchNormalization(epsilon=epsilon, name=f"{name}_bn")(x)


def conv_bn_relu(x, filters, kernel, strides, name, **options):
    """conv -> batch norm -> ReLU: (b, h, w, c) -> (b, ceil(h/strides), ceil(w/strides), filters)"""
    x = norm(conv(x, filters, kernel, strides, name, **options), name)
    return layers.ReLU(name=f"{name}_relu")(x)


def pool(x, size, strides, name):
    """Maximum over windows padded alike on all sides by zeros: for inputs that are not negative, as after ReLU."""
    x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    return layers.MaxPooling2D(size, strides, name=name)(x)
