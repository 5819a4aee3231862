"""Residual blocks by hand: what goes forward, and what the slope does on its way back.

Several nets are computed side by side: the first axis r holds a net a row, x (r, b, h, w, c). A layer's weights are
kernel (r, 9 c, f), gamma (r, 1, f) and beta (r, 1, f). Each function returns its output and a function `back`, which
turns the slope of the loss in the output into the slopes in x and in the weights.
"""

import numpy as np

EPSILON = 1.001e-5


def windows(x):
    """The 3x3 window around each pixel, with zeros beyond the border.  (r, b, h, w, c) -> (r, b, h w, 9 c)"""
    r, b, h, w, c = x.shape
    padded = np.zeros((r, b, h + 2, w + 2, c), x.dtype)
    padded[:, :, 1:-1, 1:-1] = x
    taps = [padded[:, :, i : i + h, j : j + w] for i in range(3) for j in range(3)]
    return np.concatenate(taps, axis=-1).reshape(r, b, h * w, 9 * c)


def convolve(x, kernel):
    """3x3 convolution, stride 1.  x (r, b, h, w, c), kernel (r, 9 c, f) -> y (r, b, h, w, f), back(dy) -> dx, [dk]

    One small product an example: large ones would wake the threads of the BLAS, which costs more than it saves here.

    >>> y, back = convolve(np.ones((1, 1, 3, 3, 1)), np.ones((1, 9, 1)))
    >>> y[0, 0, :, :, 0]
    array([[4., 6., 4.],
           [6., 9., 6.],
           [4., 6., 4.]])
    """
    columns, (r, _, f) = windows(x), kernel.shape
    c = x.shape[-1]

    def back(dy):
        turned = kernel.reshape(r, 9, c, f)[:, ::-1].swapaxes(2, 3).reshape(r, 1, 9 * f, c)
        dx = windows(dy) @ turned  # the way back through a convolution is a convolution with the kernel turned round
        dk = columns.swapaxes(2, 3) @ dy.reshape(*columns.shape[:3], f)  # (r, b, 9 c, f): every example has its slope
        return dx.reshape(x.shape), [dk.sum(1)]

    return (columns @ kernel[:, None]).reshape(*x.shape[:-1], f), back


def normalise(x, gamma, beta):
    """Batch norm in training.  x (r, b, h, w, c), gamma and beta (r, 1, c) -> y, back(dy) -> dx, [dgamma, dbeta]

    Source:  Ioffe & Szegedy 2015; `dlcourse.scratch.normalization` derives the slope.
    """
    rows = x.reshape(len(x), -1, x.shape[-1])
    z = rows - rows.mean(1, keepdims=True)
    inverse = 1 / np.sqrt((z * z).mean(1, keepdims=True) + EPSILON)
    z *= inverse

    def back(dy):
        dy = dy.reshape(z.shape)
        dgamma, dbeta = (dy * z).sum(1, keepdims=True), dy.sum(1, keepdims=True)
        dx = (gamma * inverse) * (dy - dbeta / z.shape[1] - z * (dgamma / z.shape[1]))
        return dx.reshape(x.shape), [dgamma, dbeta]

    return (gamma * z + beta).reshape(x.shape), back


def residual(x, weights, shortcut):
    """y = relu(shortcut * x + F(x)) with F = norm(conv(relu(norm(conv(x))))).

    Shapes:  x and y (r, b, h, w, c); weights: the two layers' six arrays; shortcut a number, or (r, 1, 1, 1, 1):
             1 is the residual block of He et al. 2015, 0 a plain one.  back(dy) -> dx, six slopes
    Source:  He et al. 2015, eq. 1 and figure 2

    >>> still = [np.zeros((1, 18, 2)), np.ones((1, 1, 2)), np.zeros((1, 1, 2))] * 2
    >>> x = np.arange(8.0).reshape(1, 1, 2, 2, 2)
    >>> bool((residual(x, still, 1)[0] == x).all()), residual(x, still, 0)[0].max().item()
    (True, 0.0)
    """
    z, first_conv = convolve(x, weights[0])
    a, first_norm = normalise(z, *weights[1:3])
    z, second_conv = convolve(np.maximum(a, 0), weights[3])
    f, second_norm = normalise(z, *weights[4:])
    y = np.maximum(shortcut * x + f, 0)

    def back(dy):
        ds = dy * (y > 0)
        dz, norm2 = second_norm(ds)
        dh, kernel2 = second_conv(dz)
        dz, norm1 = first_norm(dh * (a > 0))
        dx, kernel1 = first_conv(dz)
        return shortcut * ds + dx, kernel1 + norm1 + kernel2 + norm2  # the slope itself, and what came through F

    return y, back


def preactivated(x, weights, shortcut):
    """y = shortcut * x + F(x) with F = conv(relu(norm(conv(relu(norm(x)))))): nothing stands on the sum.

    Shapes:  as `residual`; the six arrays are in the same order, and gamma and beta are of the norm before the kernel
    Source:  He et al. 2016, figure 4(e)
    """
    n1, first_norm = normalise(x, *weights[1:3])
    z, first_conv = convolve(np.maximum(n1, 0), weights[0])
    n2, second_norm = normalise(z, *weights[4:])
    f, second_conv = convolve(np.maximum(n2, 0), weights[3])

    def back(dy):
        dh, kernel2 = second_conv(dy)
        dz, norm2 = second_norm(dh * (n2 > 0))
        dh, kernel1 = first_conv(dz)
        dx, norm1 = first_norm(dh * (n1 > 0))
        return shortcut * dy + dx, kernel1 + norm1 + kernel2 + norm2

    return shortcut * x + f, back
