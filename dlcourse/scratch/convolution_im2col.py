"""Convolution as one matrix product (GEMM): every patch becomes a row, the kernel a matrix.

The price is memory: each number of the input is copied as often as there are taps.
"""

import numpy as np

from dlcourse.scratch.convolution_frame import Geometry, run


def im2col(x, taps, stride, dilation):
    """The patches that a kernel meets: all places, all taps.

    Args:
        x: (b, ..., c)
        taps, stride, dilation: a number for each axis between b and c.

    Returns:
        (b, ..., taps, c), with the taps of all axes counted in one, the last axis fastest.

    >>> im2col(np.arange(4.0).reshape(1, 4, 1), (2,), (1,), (1,))[0, :, :, 0]
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    return np.stack([x[:, *cut] for cut in _cuts(x.shape, taps, stride, dilation)], axis=-2)


def col2im(columns, x_shape, taps, stride, dilation):
    """The transpose of `im2col`: every entry is added to where it was copied from.  (b, ..., taps, c) -> x_shape

    >>> col2im(np.ones((1, 3, 2, 1)), (1, 4, 1), (2,), (1,), (1,)).ravel()
    array([1., 2., 2., 1.])
    """
    x = np.zeros(x_shape, columns.dtype)
    for t, cut in enumerate(_cuts(x_shape, taps, stride, dilation)):
        x[:, *cut] += columns[..., t, :]
    return x


def convolve_im2col(x, w, stride=1, padding="valid", dilation=1, groups=1):
    """As `convolve_loops`, by one matrix product a group.

    Shapes:  x (b, ..., c), w (..., c / groups, filters) -> y (b, ..., filters), backward(dy) -> dx, dw
    Errors:  ValueError for shapes that do not go together, or a kernel that does not fit
    Source:  Chellapilla, Puri & Simard 2006

    >>> x, w = np.ones((1, 6, 6, 3)), np.ones((3, 3, 3, 5))
    >>> convolve_im2col(x, w)[0].shape
    (1, 4, 4, 5)
    """
    return run(gemm, x, w, Geometry(stride, padding, dilation, groups))


def gemm(x, w, stride, dilation):
    """All patches as rows, the kernel as a matrix. A padded input, one group, as `convolution.loops`."""
    taps, filters = w.shape[:-2], w.shape[-1]
    patches = im2col(x, taps, stride, dilation)  # (b, ..., taps, c)
    rows = patches.reshape(-1, w[..., 0].size)  # (b places, taps c)
    matrix = w.reshape(-1, filters)  # (taps c, filters)
    y = (rows @ matrix).reshape(*patches.shape[:-2], filters)

    def backward(dy):
        d = dy.reshape(-1, filters)  # (b places, filters)
        dw = (rows.T @ d).reshape(w.shape)
        dx = col2im((d @ matrix.T).reshape(patches.shape), x.shape, taps, stride, dilation)
        return dx, dw

    return y, backward


def _cuts(x_shape, taps, stride, dilation):
    """For each tap the slices of x that it lies on, one pixel for each place of the output."""
    for tap in np.ndindex(*taps):
        cut = []
        for n, k, s, d, t in zip(x_shape[1:-1], taps, stride, dilation, tap, strict=True):
            places = (n - d * (k - 1) - 1) // s + 1
            cut.append(slice(t * d, t * d + (places - 1) * s + 1, s))
        yield tuple(cut)
