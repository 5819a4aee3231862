"""The frame of a convolution: sizes, padding, stride, dilation and groups, whatever algorithm fills it."""

from dataclasses import dataclass

import numpy as np

PADDINGS = ("valid", "same", "full")


def pad_widths(n, k, stride=1, padding="valid", dilation=1):
    """Zeros before and after an axis of `n` numbers under a kernel of `k` taps: (before, after).

    "valid" adds none. "full" adds as many as let the kernel overlap by a single number at both ends. "same" adds what
    makes the output ceil(n / stride) long, the odd one at the end. A whole number p adds p on each side.

    Errors:  ValueError for another padding

    >>> pad_widths(5, 3, padding="same"), pad_widths(5, 3, padding="full"), pad_widths(6, 3, stride=2, padding="same")
    ((1, 1), (2, 2), (0, 1))
    """
    reach = dilation * (k - 1)  # from the first tap to the last
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return reach, reach
    if padding == "same":
        total = max((-(-n // stride) - 1) * stride + reach + 1 - n, 0)
        return total // 2, total - total // 2
    if isinstance(padding, int) and padding >= 0:
        return padding, padding
    raise ValueError(f"padding must be one of {PADDINGS} or a whole number of zeros a side, got {padding!r}.")


def output_size(n, k, stride=1, padding="valid", dilation=1):
    """Length of the output along one axis: floor((n + before + after - k_eff) / stride) + 1.

    k_eff = dilation (k - 1) + 1 is how many numbers the dilated kernel spans.

    Errors:  ValueError where the kernel does not fit in once
    Source:  Dumoulin & Visin 2016, relationships 6 and 15

    >>> output_size(227, 11, stride=4), output_size(32, 5), output_size(32, 5, padding="same", stride=2)
    (55, 28, 16)
    """
    k_eff = dilation * (k - 1) + 1
    length = n + sum(pad_widths(n, k, stride, padding, dilation))
    if length < k_eff:
        raise ValueError(
            f"a kernel that spans {k_eff} does not fit into {length} (of which {n} are input). "
            "Pad more, or take a smaller kernel or dilation."
        )
    return (length - k_eff) // stride + 1


@dataclass(frozen=True)
class Geometry:
    """Where a kernel is laid on its input. A number stands for every axis; a tuple gives each its own.

    Errors:  ValueError for a stride, dilation or number of groups below 1
    """

    stride: int | tuple[int, ...] = 1
    padding: str | int = "valid"
    dilation: int | tuple[int, ...] = 1
    groups: int = 1

    def __post_init__(self):
        for name in ("stride", "dilation", "groups"):
            if any(value < 1 or value != int(value) for value in np.ravel(getattr(self, name))):
                raise ValueError(f"{name} must be a whole number from 1 up, got {getattr(self, name)}.")

    def per_axis(self, name, axes):
        """`stride` or `dilation` as a tuple with a number for each of the axes."""
        value = getattr(self, name)
        values = tuple(value) if np.ndim(value) else (value,) * axes
        if len(values) != axes:
            raise ValueError(f"{name} has {len(values)} numbers, the input has {axes} axes between batch and channels.")
        return values

    def check(self, x, w):
        """Refuse an input (b, ..., c) and a kernel (..., c / groups, filters) that do not go together."""
        if x.ndim < 3 or w.ndim != x.ndim:
            raise ValueError(
                "expected an input (b, places, c), (b, h, w, c) or (b, d, h, w, c) and a kernel (..., c / groups, "
                f"filters) with as many axes, got {x.shape} and {w.shape}. A grey image needs a last axis of length 1."
            )
        if w.shape[-2] * self.groups != x.shape[-1]:
            raise ValueError(
                f"the input has {x.shape[-1]} channels, the kernel {w.shape} takes {w.shape[-2]} in each of "
                f"{self.groups} groups: {w.shape[-2] * self.groups}. The input comes with its channels last."
            )
        if w.shape[-1] % self.groups:
            raise ValueError(f"{w.shape[-1]} filters do not split into {self.groups} equal groups.")


def run(core, x, w, geometry):
    """Lay the frame around `core`, which knows neither padding nor groups.

    Args:
        core: core(x, w, stride, dilation) -> y, backward for a padded input and one group; backward(dy) -> dx, dw.
        x: (b, ..., c)
        w: (..., c / groups, filters)
        geometry: a `Geometry`.

    Returns:
        y (b, ..., filters) and backward(dy) -> dx, dw, shaped as x and w.
    """
    x, w = (a if np.issubdtype(a.dtype, np.floating) else a.astype(float) for a in (np.asarray(x), np.asarray(w)))
    geometry.check(x, w)
    sizes, taps = x.shape[1:-1], w.shape[:-2]
    stride, dilation = (geometry.per_axis(name, len(sizes)) for name in ("stride", "dilation"))
    axes = list(zip(sizes, taps, stride, [geometry.padding] * len(sizes), dilation, strict=True))
    for axis in axes:
        output_size(*axis)  # refuses a kernel that does not fit
    before, after = zip(*(pad_widths(*axis) for axis in axes), strict=True)

    padded = np.pad(x, [(0, 0), *zip(before, after, strict=True), (0, 0)])
    parts = zip(np.split(padded, geometry.groups, -1), np.split(w, geometry.groups, -1), strict=True)
    groups = [core(x_part, w_part, stride, dilation) for x_part, w_part in parts]
    y = np.concatenate([y_part for y_part, _ in groups], -1)
    inside = tuple(slice(b, b + n) for b, n in zip(before, sizes, strict=True))

    def backward(dy):
        if np.shape(dy) != y.shape:
            raise ValueError(f"dy must have the shape {y.shape} of the output, got {np.shape(dy)}.")
        slopes = [back(d) for (_, back), d in zip(groups, np.split(np.asarray(dy), geometry.groups, -1), strict=True)]
        dx, dw = (np.concatenate(parts, -1) for parts in zip(*slopes, strict=True))
        return dx[:, *inside], dw  # what fell on the padding is nobody's slope

    return y, backward
