"""Convolution in groups of channels, at a speed that does not hang on the backend."""

import keras
from keras import ops

WIDTH = 32  # input channels of a bundle: fewer make many small products, more make many products with zero


def grouped_convolution(inputs, kernel, groups, strides=1, padding="valid", dilation_rate=1):
    """What `keras.ops.conv` gives for a kernel of `groups` groups, with a gradient that is quick on a CPU too.

    The channels of the input and the filters of the kernel are cut into `groups` equal parts in order, and filters see
    only the channels of their own part. On a CPU TensorFlow and XLA compute the gradient of that group by group,
    hundreds of times slower than PyTorch. Here neighbouring groups are bundled, up to 32 channels a bundle: a bundle
    is one dense convolution, whose kernel has zeros where an input belongs to another group. Groups of one channel
    each are a depthwise convolution and are computed as one. PyTorch and accelerators have kernels of their own for
    groups, which are used.

    The form is chosen by the shapes, the backend and the kind of device alone. Within a bundle an infinite input makes
    NaN of the other groups' outputs, since 0 times infinity is NaN.

    Shapes:  inputs (b, h, w, c), kernel (kh, kw, c / groups, filters) -> (b, h', w', filters)
    Args:    `strides`, `padding`, `dilation_rate` as of `keras.ops.conv`
    Errors:  ValueError where `groups` does not divide c and filters, or the kernel has not c / groups channels
    Source:  Krizhevsky, Sutskever & Hinton 2012, section 3.5, for the groups

    >>> import numpy as np
    >>> x, kernel = np.arange(8.0).reshape(1, 1, 2, 4), np.ones((1, 1, 2, 2))  # two groups of two channels
    >>> np.array(grouped_convolution(x, kernel, groups=2))[0, 0].tolist()  # 0 + 1, 2 + 3; 4 + 5, 6 + 7
    [[1.0, 5.0], [9.0, 13.0]]
    """
    strides, dilation = _pair(strides), _pair(dilation_rate)
    _check(tuple(inputs.shape), tuple(kernel.shape), groups)
    if groups == 1 or _has_kernels_of_its_own():
        return ops.conv(inputs, kernel, list(strides), padding, "channels_last", list(dilation))
    if groups == inputs.shape[-1]:
        if keras.backend.backend() == "jax":
            return _sum_of_shifts(inputs, kernel, strides, padding, dilation)
        if strides[0] == strides[1] and dilation == (1, 1):  # all that TensorFlow's has
            kh, kw, _, filters = kernel.shape
            kernel = ops.reshape(kernel, (kh, kw, groups, filters // groups))
            return ops.depthwise_conv(inputs, kernel, strides[0], padding, "channels_last")
    count = groups // bundled(groups, kernel.shape[2])
    parts = zip(ops.split(inputs, count, axis=-1), ops.split(kernel, count, axis=-1), strict=True)
    outputs = [
        ops.conv(x, block_diagonal(k, groups // count), list(strides), padding, "channels_last", list(dilation))
        for x, k in parts
    ]
    return ops.concatenate(outputs, axis=-1) if count > 1 else outputs[0]


def bundled(groups, channels):
    """How many groups of `channels` input channels make a bundle: all, or a divisor of `groups` within 32 channels.

    >>> [bundled(32, channels) for channels in (2, 4, 8, 16, 32, 64)]
    [16, 8, 4, 2, 1, 1]
    """
    return max(n for n in range(1, groups + 1) if groups % n == 0 and (n == 1 or n * channels <= WIDTH))


def block_diagonal(kernel, groups):
    """The dense kernel of the same convolution: zeros where a filter's group does not reach.

    Shapes:  (kh, kw, c / groups, filters) -> (kh, kw, c, filters)

    >>> import numpy as np
    >>> np.array(block_diagonal(np.ones((1, 1, 1, 4)), groups=2))[0, 0].tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    """
    kh, kw, c, filters = kernel.shape
    kernel = ops.reshape(kernel, (kh, kw, 1, c, groups, filters // groups))
    own = ops.reshape(ops.eye(groups, dtype="bool"), (1, 1, groups, 1, groups, 1))
    return ops.reshape(ops.where(own, kernel, ops.zeros_like(kernel)), (kh, kw, groups * c, filters))


def _sum_of_shifts(inputs, kernel, strides, padding, dilation):
    """A depthwise convolution as kh * kw shifted images, each times one weight a channel: XLA makes one loop of it."""
    kh, kw, _, filters = kernel.shape
    inputs = ops.repeat(inputs, filters // inputs.shape[-1], axis=-1)  # (b, h, w, filters)
    spans, pads = [], []
    for n, k, s, d in zip(inputs.shape[1:3], (kh, kw), strides, dilation, strict=True):
        reach = (k - 1) * d
        out = -(-n // s) if padding == "same" else (n - reach - 1) // s + 1
        missing = max((out - 1) * s + reach + 1 - n, 0)
        pads.append((missing // 2, missing - missing // 2))
        spans.append((out - 1) * s + 1)
    x = ops.pad(inputs, ((0, 0), *pads, (0, 0)))
    total = 0.0
    for i in range(kh):
        for j in range(kw):
            top, left = i * dilation[0], j * dilation[1]
            shifted = x[:, top : top + spans[0] : strides[0], left : left + spans[1] : strides[1]]
            total = total + shifted * kernel[i, j, 0]
    return total


def _has_kernels_of_its_own():
    if keras.backend.backend() == "torch":
        return True
    return any(not name.startswith("cpu") for name in keras.distribution.list_devices())


def _check(inputs, kernel, groups):
    c, filters = inputs[-1], kernel[-1]
    if c % groups or filters % groups or kernel[2] * groups != c:
        raise ValueError(
            f"a convolution in {groups} groups takes c channels and a kernel (kh, kw, c / {groups}, filters), with c "
            f"and filters multiples of {groups}; got inputs {inputs} and a kernel {kernel}. Change groups or shapes."
        )


def _pair(size):
    return (size, size) if isinstance(size, int) else tuple(size)
