"""Convolution as it is defined, by loops: slow, and the measure of the quick ones beside it.

What deep learning calls a convolution is a cross-correlation: the kernel is not turned round.

    y[i, m] = sum over taps t and channels c of x[stride i + dilation t, c] w[t, c, m]

Every function `convolve_...` has the same arguments and gives y and backward(dy) -> dx, dw. There is no bias: it is
added to y, and its slope is the sum of dy over everything but the filters.
"""

import numpy as np

from dlcourse.scratch.convolution_frame import Geometry, run


def convolve_loops(x, w, stride=1, padding="valid", dilation=1, groups=1):
    """Convolution in one, two or three dimensions, one place and one tap at a time.

    Shapes:  x (b, ..., c), w (..., c / groups, filters) -> y (b, ..., filters), backward(dy) -> dx, dw
    Padding: "valid", "same", "full" or a whole number of zeros on each side
    Errors:  ValueError for shapes that do not go together, or a kernel that does not fit
    Source:  LeCun et al. 1998, section II; groups: Krizhevsky et al. 2012, section 3.5

    >>> x, w = np.ones((1, 5, 1)), np.reshape([0.25, 0.5, 0.25], (3, 1, 1))
    >>> convolve_loops(x, w, padding="same")[0].ravel()
    array([0.75, 1.  , 1.  , 1.  , 0.75])
    """
    return run(loops, x, w, Geometry(stride, padding, dilation, groups))


def flip(w):
    """The kernel turned round along each of its axes: correlating with it is the convolution of mathematics.

    Shapes:  w (..., c, filters) -> (..., c, filters)

    >>> flip(np.reshape([1.0, 2.0, 3.0], (3, 1, 1))).ravel()
    array([3., 2., 1.])
    """
    return np.flip(w, tuple(range(np.ndim(w) - 2)))


def loops(x, w, stride, dilation):
    """The definition: each tap of the kernel meets one pixel at each place. A padded input, one group.

    x (b, ..., c), w (..., c, filters), stride and dilation a number an axis -> y, backward(dy) -> dx, dw
    """
    taps = w.shape[:-2]
    spans = [n - d * (k - 1) for n, k, d in zip(x.shape[1:-1], taps, dilation, strict=True)]
    places = tuple((span - 1) // s + 1 for span, s in zip(spans, stride, strict=True))
    y = np.zeros((len(x), *places, w.shape[-1]), np.result_type(x, w))
    for place, tap, pixel in _meetings(places, taps, stride, dilation):
        y[:, *place] += x[:, *pixel] @ w[tap]  # (b, c) @ (c, filters)

    def backward(dy):
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for place, tap, pixel in _meetings(places, taps, stride, dilation):
            dx[:, *pixel] += dy[:, *place] @ w[tap].T
            dw[tap] += x[:, *pixel].T @ dy[:, *place]  # one weight serves every place: the slopes add up
        return dx, dw

    return y, backward


def _meetings(places, taps, stride, dilation):
    """Each output place, each tap of the kernel, and the input pixel that the tap then lies on."""
    for place in np.ndindex(*places):
        for tap in np.ndindex(*taps):
            yield place, tap, tuple(i * s + t * d for i, s, t, d in zip(place, stride, tap, dilation, strict=True))
