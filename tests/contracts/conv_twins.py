"""Slow NumPy twins of convolutions and poolings: loops over the definition."""

import numpy as np


def frame(x, window, strides, padding, dilation=(1, 1), fill=0.0):
    """Images padded as "same" pads or not at all, and how many windows fit along each side."""
    counts, pads = [], []
    for n, k, s, d in zip(x.shape[1:3], window, strides, dilation, strict=True):
        reach = (k - 1) * d + 1
        count = -(-n // s) if padding == "same" else (n - reach) // s + 1
        missing = max((count - 1) * s + reach - n, 0) if padding == "same" else 0
        counts.append(count)
        pads.append((missing // 2, missing - missing // 2))
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill), counts


def grouped_convolution(x, kernel, groups, strides=(1, 1), padding="valid", dilation=(1, 1)):
    """Each filter over the channels of its own group.  (b, h, w, c) -> (b, h', w', filters)"""
    kh, kw, reach, filters = kernel.shape
    padded, (h, w) = frame(x, (kh, kw), strides, padding, dilation)
    y = np.zeros((len(x), h, w, filters))
    for row, column, f, i, j in np.ndindex(h, w, filters, kh, kw):
        first = f // (filters // groups) * reach
        pixel = padded[:, row * strides[0] + i * dilation[0], column * strides[1] + j * dilation[1]]
        y[:, row, column, f] += pixel[:, first : first + reach] @ kernel[i, j, :, f]
    return y


def transposed_convolution(x, kernel, strides):
    """Each pixel stamps the kernel, times its value, on an image `strides` times larger, cut evenly on all sides."""
    k, _, filters, _ = kernel.shape
    b, h, w, _ = x.shape
    y = np.zeros((b, (h - 1) * strides + k, (w - 1) * strides + k, filters))
    for row, column in np.ndindex(h, w):
        stamp = np.einsum("bc,ijfc->bijf", x[:, row, column], kernel)
        y[:, row * strides : row * strides + k, column * strides : column * strides + k] += stamp
    cut = (k - strides) // 2
    return y[:, cut : cut + h * strides, cut : cut + w * strides]


def pooled(x, reduce, window, strides, padding="valid"):
    """`reduce` of each window (b, p, q, c) -> (b, c), windows beyond the border filled up with zeros."""
    padded, (h, w) = frame(x, window, strides, padding)
    y = np.zeros((len(x), h, w, x.shape[-1]))
    for row, column in np.ndindex(h, w):
        top, left = row * strides[0], column * strides[1]
        y[:, row, column] = reduce(padded[:, top : top + window[0], left : left + window[1]])
    return y


def spatial_pyramid(x, levels, reduce):
    """(b, h, w, c) -> (b, sum of n^2, times c), one bin after the other."""
    _, h, w, _ = x.shape
    found = []
    for n in levels:
        for i, j in np.ndindex(n, n):
            rows = [r for r in range(h) if r >= np.floor(i * h / n) and r < np.ceil((i + 1) * h / n)]
            columns = [q for q in range(w) if q >= np.floor(j * w / n) and q < np.ceil((j + 1) * w / n)]
            found.append(reduce(x[:, rows][:, :, columns], axis=(1, 2)))
    return np.concatenate(found, axis=-1)


def squeeze_excite(x, weights, gate):
    """Channels times a gate of their means, over all axes between the first and the last."""
    w1, b1, w2, b2 = weights
    means = x.reshape(len(x), -1, x.shape[-1]).mean(axis=1)
    gates = gate(np.maximum(means @ w1 + b1, 0) @ w2 + b2)
    return x * gates.reshape(len(x), *[1] * (x.ndim - 2), x.shape[-1])
