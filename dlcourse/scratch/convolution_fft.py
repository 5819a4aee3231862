"""Convolution as a product of spectra: the cost hardly depends on the size of the kernel.

The Fourier transform of a correlation is the transform of the input times the conjugate of the kernel's. On a grid of
the padded input's n points the correlation wraps round, but not in the n - k_eff + 1 places that are kept.
"""

import numpy as np

from dlcourse.scratch.convolution_frame import Geometry, run


def convolve_fft(x, w, stride=1, padding="valid", dilation=1, groups=1):
    """As `convolve_loops`, through the fast Fourier transform. A stride throws results away: it saves nothing here.

    Shapes:  x (b, ..., c), w (..., c / groups, filters) -> y (b, ..., filters), backward(dy) -> dx, dw
    Errors:  ValueError for shapes that do not go together, or a kernel that does not fit
    Source:  Mathieu, Henaff & LeCun 2014

    >>> x, w = np.ones((1, 5, 1)), np.reshape([0.25, 0.5, 0.25], (3, 1, 1))
    >>> convolve_fft(x, w)[0].ravel().round(6)
    array([1., 1., 1.])
    """
    return run(spectra, x, w, Geometry(stride, padding, dilation, groups))


def spectra(x, w, stride, dilation):
    """Transform, multiply, transform back. A padded input, one group, as `convolution.loops`."""
    sizes = x.shape[1:-1]
    axes = tuple(range(len(sizes)))
    reach = [d * (k - 1) + 1 for k, d in zip(w.shape, dilation, strict=False)]
    kept = tuple(slice(0, n - r + 1, s) for n, r, s in zip(sizes, reach, stride, strict=True))
    taps = tuple(slice(0, r, d) for r, d in zip(reach, dilation, strict=True))

    def spectrum(a, at, shape):
        """Spectrum of `a` laid at the slices `at` of a grid of zeros.  (..., p, q) -> (frequencies, p, q)"""
        grid = np.zeros((*sizes, *shape), a.dtype)
        grid[at] = a
        return np.fft.rfftn(grid, axes=axes)

    def back_to_pixels(products):
        return np.fft.irfftn(products, s=sizes, axes=axes).astype(x.dtype)

    b, c, filters = len(x), x.shape[-1], w.shape[-1]
    x_hat = spectrum(np.moveaxis(x, 0, -2), (), (b, c))
    w_hat = spectrum(w, taps, (c, filters))
    y = np.moveaxis(back_to_pixels(x_hat @ w_hat.conj())[kept], -2, 0)

    def backward(dy):
        d_hat = spectrum(np.moveaxis(dy, 0, -2), kept, (b, filters))  # zeros where the stride threw away
        dx = back_to_pixels(d_hat @ np.swapaxes(w_hat, -1, -2))
        dw = back_to_pixels(np.swapaxes(x_hat, -1, -2) @ d_hat.conj())[taps]
        return np.moveaxis(dx, -2, 0), dw

    return y, backward
