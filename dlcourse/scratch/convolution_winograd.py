"""Winograd's F(2x2, 3x3): four outputs of a 3 x 3 kernel for 16 multiplications, where the definition takes 36.

    Y = A^T [(G g G^T) * (B^T d B)] A        * is element by element

d is a 4 x 4 tile of the input, g the 3 x 3 kernel, Y the 2 x 2 outputs. B and A hold only 0 and +-1, so the tiles are
changed by additions alone; G has halves, but a kernel is changed once for all tiles.
"""

import numpy as np

from dlcourse.scratch.convolution_frame import Geometry, run
from dlcourse.scratch.convolution_im2col import col2im, im2col

B_T = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], "float32")
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], "float32")
A_T = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], "float32")


def convolve_winograd(x, w, stride=1, padding="valid", dilation=1, groups=1):
    """As `convolve_loops`, for kernels of 3 x 3 with stride 1 and dilation 1.

    Shapes:  x (b, h, w, c), w (3, 3, c / groups, filters) -> y (b, h', w', filters), backward(dy) -> dx, dw
    Errors:  ValueError for another kernel, stride or dilation, or shapes that do not go together
    Source:  Winograd 1980; Lavin & Gray 2016, section 4.1

    >>> convolve_winograd(np.ones((1, 7, 6, 3)), np.ones((3, 3, 3, 5)))[0].shape
    (1, 5, 4, 5)
    """
    if np.shape(w)[:-2] != (3, 3) or np.ravel(stride).max() > 1 or np.ravel(dilation).max() > 1:
        raise ValueError(
            "F(2x2, 3x3) is for kernels (3, 3, c, filters) with stride 1 and dilation 1, got a kernel "
            f"{np.shape(w)}, stride {stride} and dilation {dilation}. Use convolve_im2col or convolve_fft."
        )
    return run(winograd, x, w, Geometry(stride, padding, dilation, groups))


def winograd(x, w, stride, dilation):
    """Tiles of 4 x 4, sixteen products each. A padded input, one group, as `convolution.loops`."""
    _, height, width, c = x.shape
    even = np.pad(x, [(0, 0), (0, height % 2), (0, width % 2), (0, 0)])  # whole tiles
    tiling = (4, 4), (2, 2), (1, 1)  # tiles of 4 x 4 that overlap by two
    tiles = im2col(even, *tiling)  # (b, i, j, 16, c)
    grid = tiles.shape[:3]
    v = _sandwich(B_T, tiles.reshape(*grid, 4, 4, c))
    u = _sandwich(G, w)
    m = np.einsum("bijpqc,pqcm->bijpqm", v, u, optimize=True)  # the 16 multiplications
    y = _from_tiles(_sandwich(A_T, m))[:, : height - 2, : width - 2]

    def backward(dy):
        dy = np.pad(dy, [(0, 0), (0, height % 2), (0, width % 2), (0, 0)])
        dm = _sandwich(A_T.T, _to_tiles(dy))
        du = np.einsum("bijpqc,bijpqm->pqcm", v, dm, optimize=True)
        dv = np.einsum("bijpqm,pqcm->bijpqc", dm, u, optimize=True)
        dtiles = _sandwich(B_T.T, dv).reshape(tiles.shape)
        dx = col2im(dtiles, even.shape, *tiling)[:, :height, :width]
        return dx, _sandwich(G.T, du)

    return y, backward


def _sandwich(left, tiles):
    """left tile left^T, for the two axes before the last two (a kernel) or the last one (tiles)."""
    letters = "ijcm" if tiles.ndim == 4 else "...ijc"
    result = letters.replace("ij", "pq")
    left = left.astype(tiles.dtype)
    return np.einsum(f"pi,{letters},qj->{result}", left, tiles, left, optimize=True)


def _from_tiles(tiles):
    """(b, i, j, 2, 2, m) -> (b, 2 i, 2 j, m)"""
    b, i, j, _, _, m = tiles.shape
    return tiles.swapaxes(2, 3).reshape(b, 2 * i, 2 * j, m)


def _to_tiles(y):
    """(b, 2 i, 2 j, m) -> (b, i, j, 2, 2, m)"""
    b, height, width, m = y.shape
    return y.reshape(b, height // 2, 2, width // 2, 2, m).swapaxes(2, 3)
