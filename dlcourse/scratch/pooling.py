"""Pooling: each channel of each window is replaced by one number, its largest, its mean or its length.

Nothing is learned, and no channel sees another. Each function gives y and backward(dy) -> dx.
"""

import numpy as np

from dlcourse.scratch.convolution_frame import output_size, pad_widths
from dlcourse.scratch.convolution_im2col import col2im, im2col


def max_pool(x, size, stride=None, padding="valid"):
    """The largest number of each window. Its whole slope goes to that number (the first one, where several are equal).

    Shapes:  x (b, ..., c) -> y (b, ..., c), backward(dy) -> dx; size and stride for every axis, stride None: the size
    Padding: "valid" or "same"; what is padded is never the largest
    Errors:  ValueError for a window that does not fit, or another padding
    Source:  Zhou & Chellappa 1988; Ranzato et al. 2007

    >>> max_pool(np.array([[[1.0], [3.0], [2.0], [4.0]]]), 2)[0].ravel()
    array([3., 4.])
    """
    windows, back = _windows(x, size, stride, padding, fill=-np.inf)  # (b, ..., taps, c)
    first = windows.argmax(-2)[..., None, :]
    y = np.take_along_axis(windows, first, -2)[..., 0, :]

    def backward(dy):
        share = np.zeros_like(windows)
        np.put_along_axis(share, first, np.asarray(dy)[..., None, :], -2)
        return back(share)

    return y, backward


def average_pool(x, size, stride=None, padding="valid"):
    """The mean of each window, without what is padded. Its slope is shared out evenly.  As `max_pool`.

    Source:  LeCun et al. 1989

    >>> average_pool(np.array([[[1.0], [3.0], [2.0], [4.0]]]), 2)[0].ravel()
    array([2., 3.])
    """
    windows, back = _windows(x, size, stride, padding, fill=0)
    real, _ = _windows(np.ones_like(x, windows.dtype), size, stride, padding, fill=0)  # 1 where a window has data
    count = real.sum(-2)  # (b, ..., c)

    def backward(dy):
        return back(real * (dy / count)[..., None, :])

    return windows.sum(-2) / count, backward


def l2_pool(x, size, stride=None, padding="valid"):
    """The length of each window as a vector, sqrt(sum x^2). Its slope goes in the direction x / y, and is 0 at y = 0.

    As `max_pool`; the sign of x is lost.

    Source:  Hyvarinen & Koster 2007; Le et al. 2012

    >>> l2_pool(np.array([[[3.0], [4.0], [0.0], [-2.0]]]), 2)[0].ravel()
    array([5., 2.])
    """
    windows, back = _windows(x, size, stride, padding, fill=0)
    y = np.sqrt((windows**2).sum(-2))

    def backward(dy):
        safe = np.where(y > 0, y, 1)
        return back(windows * (dy / safe)[..., None, :])

    return y, backward


def _windows(x, size, stride, padding, fill):
    """The windows (b, ..., taps, c) of x, and back: slopes of the windows -> slopes of x."""
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(float)
    if x.ndim < 3 or padding not in ("valid", "same"):
        raise ValueError(
            f"expected an input (b, ..., c) with at least three axes and padding 'valid' or 'same', got the shape "
            f"{x.shape} and padding {padding!r}."
        )
    sizes = x.shape[1:-1]
    size, stride = _per_axis("size", size, len(sizes)), _per_axis("stride", stride or size, len(sizes))
    axes = list(zip(sizes, size, stride, strict=True))
    for n, k, s in axes:
        output_size(n, k, s, padding)  # refuses a window that does not fit
    widths = [pad_widths(n, k, s, padding) for n, k, s in axes]
    padded = np.pad(x, [(0, 0), *widths, (0, 0)], constant_values=fill)
    inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, sizes, strict=True))
    ones = (1,) * len(sizes)
    windows = im2col(padded, size, stride, ones)
    return windows, lambda slopes: col2im(slopes, padded.shape, size, stride, ones)[:, *inside]


def _per_axis(name, value, axes):
    values = tuple(value) if np.ndim(value) else (value,) * axes
    if len(values) != axes or any(v < 1 or v != int(v) for v in values):
        raise ValueError(f"{name} must be a whole number from 1 up, or one for each of {axes} axes, got {value}.")
    return values
