"""Losses that shrink the Hausdorff distance: errors far from the outline cost more."""

import keras
from keras import ops

from dlcourse.losses.contour import ContourLoss
from dlcourse.losses.option_checks import at_least
from dlcourse.ops.distance import distance_transform


@keras.saving.register_keras_serializable("dlcourse")
class HausdorffDT(ContourLoss):
    """Hausdorff loss by distance transforms: each squared error times how far it lies from both outlines.

    L(t, p) = mean of (p - t)^2 (d_p^alpha + d_t^alpha), a mean over the classes

    d_t is the distance of a pixel to the nearest one on the other side of the target's outline, d_p that to the outline
    of the prediction cut at 0.5. Both are measured anew in every step, on the accelerator (`ops.distance_transform`);
    the gradient passes through the errors alone. The paper adds it to a region loss, as with `Compound`. At the default
    `alpha` with `without_contour=0` it is MONAI's `HausdorffDTLoss`.

    Shapes:  y_true (b, h, w), (b, h, w, 1) or (b, h, w, k), y_pred (b, h, w, k), or with a third axis of space -> (b,),
             then `reduction`
    Args:    alpha: >= 0, the paper's best is 2; without_contour: the distance, >= 0, that counts throughout for a mask
             that is empty or full; sampling: distance of neighbours along each axis of space; options: those of
             `SegmentationLoss`
    Range:   [0, inf), in the units of `sampling` or in pixels, to the power of alpha
    Empty:   where neither target nor prediction has an outline, the mean squared error, twice (of 1^alpha each); at the
             target 0; sums and means over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss` and `ops.distance_transform`, and ValueError for a negative option
    Source:  Karimi & Salcudean 2019, equation 8

    >>> import numpy as np
    >>> loss = HausdorffDT()  # one miss, a pixel from the target's outline; 1 for the prediction, which has none
    >>> float(loss(np.array([[[1, 0, 0, 0]]]), np.zeros((1, 1, 4, 1))))  # (1^2 + 1^2) / 4
    0.5
    """

    def __init__(self, alpha=2.0, without_contour=1.0, sampling=None, **options):
        super().__init__(**options)
        at_least(self, 0, alpha=alpha, without_contour=without_contour)
        self.alpha, self.without_contour = float(alpha), float(without_contour)
        self.sampling = None if sampling is None else list(sampling)

    def of_pixel(self, targets, p):
        away = self._from_outline(targets > 0.5) + self._from_outline(p > 0.5)
        return ops.square(p - targets) * ops.cast(ops.stop_gradient(away), p.dtype)

    def get_config(self):
        own = {"alpha": self.alpha, "without_contour": self.without_contour, "sampling": self.sampling}
        return {**super().get_config(), **own}

    def _from_outline(self, inside):
        """Distance to the outline, to the power of alpha: (b, ..., c) -> (b, ..., c)"""
        axes = tuple(range(1, len(inside.shape) - 1))
        both = distance_transform(ops.concatenate([inside, ops.logical_not(inside)], axis=0), self.sampling)
        within, beyond = ops.split(both, 2, axis=0)
        outlined = ops.logical_and(
            ops.any(inside, axis=axes, keepdims=True), ops.logical_not(ops.all(inside, axis=axes, keepdims=True))
        )
        distance = ops.where(outlined, within + beyond, self.without_contour)  # one of the two is 0
        return ops.square(distance) if self.alpha == 2 else ops.power(distance, self.alpha)


@keras.saving.register_keras_serializable("dlcourse")
class HausdorffErosion(ContourLoss):
    """Hausdorff loss by erosion: each squared error counts as often as its patch of errors survives.

    L(t, p) = mean over pixels of sum over k = 1 .. erosions of k^alpha E^k((p - t)^2), a mean over the classes

    E is one soft erosion: a mean over a pixel and its neighbours along the axes, less 1/2, and 0 where that is below 0.
    A thin strip of errors is gone at once; the thicker a patch, the longer it lives and the more it costs. Unlike
    distances it passes a gradient through everything.

    Shapes:  y_true (b, h, w), (b, h, w, 1) or (b, h, w, k), y_pred (b, h, w, k), or with a third axis of space -> (b,),
             then `reduction`
    Args:    alpha: >= 0, the paper's best is 2; erosions: at least 1, the paper's 10; options: those of
             `SegmentationLoss`
    Range:   [0, inf)
    Empty:   empty and full targets are like any others; 0, and no gradient, where errors are so thin that nothing
             survives: add a region loss, as the paper does; sums and means over nothing, or over ignored pixels only,
             are 0, without a gradient
    Errors:  those of `SegmentationLoss`, and ValueError for a negative alpha and for erosions that are no whole number
    Source:  Karimi & Salcudean 2019, equation 10

    >>> import numpy as np
    >>> loss = HausdorffErosion(erosions=1)
    >>> thick, thin = np.ones((1, 3, 3)), np.eye(3)[None]
    >>> [round(float(loss(mask, np.zeros((1, 3, 3, 1)))), 4) for mask in (thick, thin)]
    [0.2333, 0.0]
    """

    def __init__(self, alpha=2.0, erosions=10, **options):
        super().__init__(**options)
        at_least(self, 0, alpha=alpha)
        at_least(self, 1, erosions=erosions)
        if erosions != int(erosions):
            raise ValueError(f"HausdorffErosion: erosions is a whole number >= 1, got {erosions!r}.")
        self.alpha, self.erosions = float(alpha), int(erosions)

    def of_pixel(self, targets, p):
        errors = ops.square(p - targets)
        costs = 0.0
        for k in range(1, self.erosions + 1):
            errors = ops.relu(_mean_of_neighbours(errors) - 0.5)
            costs = costs + k**self.alpha * errors
        return costs

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha, "erosions": self.erosions}


def _mean_of_neighbours(x):
    """Of a pixel and its two neighbours along each axis of space, 0 beyond the border: (b, ..., c) -> (b, ..., c)"""
    axes = range(1, len(x.shape) - 1)
    total = x
    for axis in axes:
        n = x.shape[axis]
        padded = ops.pad(x, [(1, 1) if i == axis else (0, 0) for i in range(len(x.shape))])
        before, after = (
            padded[tuple(slice(start, start + n) if i == axis else slice(None) for i in range(len(x.shape)))]
            for start in (0, 2)
        )
        total = total + before + after
    return total / (1 + 2 * len(axes))
