"""Pooling by loops, window by window: slow, and the measure of `dlcourse.scratch.pooling`."""

import numpy as np

from dlcourse.scratch.convolution_frame import output_size, pad_widths

POOLS = {  # what a window (numbers of one channel) becomes, and the slope of that in each of its numbers
    "max": (np.max, lambda window: np.arange(window.size).reshape(window.shape) == window.argmax()),
    "average": (np.mean, lambda window: np.full(window.shape, 1 / window.size)),
    "l2": (np.linalg.norm, lambda window: window / (np.linalg.norm(window) or 1)),
}


def pool_loops(kind, x, size, stride=None, padding="valid"):
    """One image, one place, one channel at a time.

    Args:
        kind: "max", "average" or "l2".
        x: (b, h, w, c) float
        size: of the square window.
        stride: a number; None is the size.
        padding: "valid" or "same"; a window at the border has fewer numbers.

    Returns:
        y (b, h', w', c) and backward(dy) -> dx (b, h, w, c).

    >>> pool_loops("max", np.array([[[[1.0], [3.0]], [[2.0], [4.0]]]]), 2)[0].ravel()
    array([4.])
    """
    become, slope = POOLS[kind]
    stride = stride or size
    b, height, width, c = x.shape
    top, left = (pad_widths(n, size, stride, padding)[0] for n in (height, width))
    places = [output_size(n, size, stride, padding) for n in (height, width)]
    y = np.zeros((b, *places, c), x.dtype)

    def window(i, j):
        """Rows and columns of the window at place (i, j), cut at the border."""
        rows = slice(max(i * stride - top, 0), i * stride - top + size)
        return rows, slice(max(j * stride - left, 0), j * stride - left + size)

    for n, i, j, m in np.ndindex(y.shape):
        y[n, i, j, m] = become(x[n, *window(i, j), m])

    def backward(dy):
        dx = np.zeros_like(x)
        for n, i, j, m in np.ndindex(y.shape):
            here = (n, *window(i, j), m)
            dx[here] += dy[n, i, j, m] * slope(x[here])
        return dx

    return y, backward
