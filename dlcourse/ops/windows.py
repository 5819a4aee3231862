"""The windows of a pooling layer as a tensor of their own."""

from keras import ops


def windows(inputs, pool_size, strides, padding="valid"):
    """The pixels of each window side by side, row by row, with zeros beyond the border of the image.

    Shapes:  inputs (b, h, w, c), pool_size and strides pairs -> (b, h', w', p * q, c), where h' = (h - p) // s + 1 for
             padding "valid" and ceil(h / s) for "same"
    Errors:  ValueError where h or w is not known, or an unpadded image is smaller than a window

    >>> import numpy as np
    >>> np.array(windows(np.arange(6.0).reshape(1, 2, 3, 1), (2, 2), (1, 1)))[0, 0, :, :, 0].tolist()
    [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]
    """
    counts, pads = [], []
    for n, k, s in zip(inputs.shape[1:3], pool_size, strides, strict=True):
        if n is None or (padding == "valid" and n < k):
            raise ValueError(
                f"windows of {tuple(pool_size)} need images of known size that hold one, got shape "
                f"{tuple(inputs.shape)}. Give larger images, smaller windows or padding='same'."
            )
        count = pooled_size(n, k, s, padding)
        missing = max((count - 1) * s + k - n, 0)
        counts.append(count)
        pads.append((missing // 2, missing - missing // 2))
    x = ops.pad(inputs, ((0, 0), *pads, (0, 0)))
    (h, w), (p, q), (down, right) = counts, pool_size, strides
    shifted = [
        x[:, i : i + (h - 1) * down + 1 : down, j : j + (w - 1) * right + 1 : right] for i in range(p) for j in range(q)
    ]
    return ops.stack(shifted, axis=3)


def pooled_size(n, window, stride, padding):
    """How many windows fit along an axis of n pixels; None for None.

    >>> pooled_size(7, 2, 2, "valid"), pooled_size(7, 2, 2, "same"), pooled_size(None, 2, 2, "same")
    (3, 4, None)
    """
    if n is None:
        return None
    return -(-n // stride) if padding == "same" else (n - window) // stride + 1
