"""How many multiplications each algorithm needs: a count, where a clock would tell more of the machine."""

import math


def multiplications(n, k, channels, filters):
    """Real multiplications of a convolution of one n x n image with a k x k kernel, stride 1, "valid".

    direct:   one for each output, tap, channel and filter; im2col does the same ones
    fft:      2 n^2 log2(n) for each transform of a channel (a real image of N = n^2 points by radix 2: half of the
              N / 2 log2(N) complex products, four real ones each), and 2 n^2 for each channel and filter (n^2 / 2
              frequencies, four each)
    winograd: 16 for each tile of 2 x 2 outputs, channel and filter; only for k = 3; its additions are not counted

    The change of the kernels, which is done once for all images, is not counted.

    Errors:  ValueError where the kernel does not fit

    Returns a dict with the algorithms as keys.

    >>> multiplications(34, 3, 16, 32)["direct"] / multiplications(34, 3, 16, 32)["winograd"]
    2.25
    """
    if not 1 <= k <= n:
        raise ValueError(f"a kernel of {k} x {k} does not fit into {n} x {n}. Take 1 <= k <= n.")
    places = n - k + 1
    transform = 2 * n**2 * math.log2(n) if n > 1 else 0
    count = {
        "direct": places**2 * k**2 * channels * filters,
        "fft": round((channels + filters) * transform + 2 * n**2 * channels * filters),
    }
    if k == 3:
        count["winograd"] = 16 * math.ceil(places / 2) ** 2 * channels * filters
    return count
