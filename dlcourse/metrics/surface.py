"""Metrics of how far contours lie apart, in pixels or millimetres."""

import math
from abc import abstractmethod
from numbers import Real

import keras
from keras import ops

from dlcourse.metrics.segmentation_metric import SegmentationMetric, mean_over
from dlcourse.ops.distance import distance_transform


class SurfaceMetric(SegmentationMetric):
    """Abstract: a distance between the contours of target and prediction, a mean over images, then over classes.

    The contour of a mask is what its erosion takes away: the pixels with a neighbour outside it, of the 4 along the
    axes (6 in a volume); beyond the border of the image all is outside. Ignored pixels are outside of both masks. From
    each contour the distance to the other is read off an exact distance transform, on the accelerator.

    Shapes:  as `SegmentationMetric`; sample_weight (b,) multiplies images
    Args:    sampling: distance of neighbours along each axis of space, 1 without; all others as `SegmentationMetric`
    Units:   those of `sampling`, else pixels
    Range:   [0, diagonal of the image]
    Absent:  an image in which neither target nor prediction has a class is left out of the class's mean; where just one
             of them has it, the distance is the diagonal of the image, sqrt(sum of (n * sampling)^2), more than any two
             pixels can be apart. So a missed object costs the most there is, and the mean stays finite; MONAI gives
             infinity or NaN. With more than two classes the background is one of them: `per_class()[1:]` leaves it out
    Errors:  those of `SegmentationMetric` and `ops.distance_transform`; ValueError for weights of single pixels, which
             a distance does not have
    """

    def __init__(self, classes, sampling=None, from_logits=False, ignore_class=None, name=None, dtype=None):
        super().__init__(classes, from_logits, ignore_class, name, dtype)
        if sampling is not None:
            known = isinstance(sampling, (list, tuple)) and len(sampling) in (2, 3)
            if not known or not all(isinstance(step, Real) and 0 < step < math.inf for step in sampling):
                raise ValueError(
                    f"{type(self).__name__}: sampling is one positive number for each of the 2 or 3 axes of space, got "
                    f"{sampling!r}."
                )
        self._direction = "down"  # where Keras's callbacks look for what "auto" is to mean
        self.sampling = None if sampling is None else [float(step) for step in sampling]
        self.total, self.images = (
            self.add_variable((self.classes,), initializer="zeros", dtype=self.dtype, name=name)
            for name in ("total", "images")
        )

    @abstractmethod
    def between(self, near, on_true, far, on_predicted):
        """The distance of two contours from `near`, the distance to the predicted one, on the true one, and from `far`,
        that to the true one, on the predicted: (b, n, c) four times, `on_...` True or False -> (b, c)"""

    def count(self, labels, y_pred, counts, sample_weight):
        weights = self._image_weights(counts, sample_weight)
        classes = self.of_classes(ops.arange(max(2, self.classes), dtype="int32"))
        kept = ops.expand_dims(ops.not_equal(counts, 0), -1)

        def contour_of(labels):
            return _contour(ops.logical_and(ops.equal(ops.expand_dims(labels, -1), classes), kept))

        contours = ops.concatenate([contour_of(labels), contour_of(self.decided(y_pred))], axis=0)  # (2b, ..., c)
        away = distance_transform(ops.logical_not(contours), self.sampling)
        flat = (-1, math.prod(contours.shape[1:-1]), self.classes)
        on_true, on_predicted = ops.split(ops.reshape(contours, (2, *flat)), 2, axis=0)
        far, near = ops.split(ops.reshape(away, (2, *flat)), 2, axis=0)
        distances = self.between(near[0], on_true[0], far[0], on_predicted[0])
        seen = ops.any(ops.logical_or(on_true[0], on_predicted[0]), axis=1)  # (b, c)
        unread = ops.any(ops.isnan(ops.reshape(counts, flat[:2])), axis=1, keepdims=True)  # (b, 1)
        seen = ops.logical_or(seen, unread)
        weight = ops.where(seen, weights, 0.0)
        distances = ops.where(unread, math.nan, ops.cast(distances, self.dtype))
        self.total.assign(self.total + ops.sum(ops.where(seen, distances * weight, 0.0), axis=0))
        self.images.assign(self.images + ops.sum(weight, axis=0))

    def per_class(self):
        values, there = self._means()
        return ops.where(there, values, math.nan)

    def result(self):
        return mean_over(*self._means())

    def get_config(self):
        return {**super().get_config(), "sampling": self.sampling}

    def _means(self):
        images = ops.convert_to_tensor(self.images)
        there = ops.not_equal(images, 0)
        return self.total / ops.where(there, images, 1.0), there

    def _image_weights(self, counts, sample_weight):
        """(b, 1), or () without weights"""
        if sample_weight is None:
            return ops.ones((), dtype=self.dtype)
        weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
        if any(size != 1 for size in weight.shape[1:]):
            raise ValueError(
                f"{type(self).__name__}: sample_weight has one number for each image, (b,), here ({counts.shape[0]},), "
                f"got shape {tuple(weight.shape)}. Pixels that are not to count are named by ignore_class."
            )
        return ops.reshape(weight, (-1, 1))


@keras.saving.register_keras_serializable("dlcourse")
class HausdorffDistance(SurfaceMetric):
    """How far the contours of target and prediction are apart at worst, or at all but the worst 5 %.

    H = max(q-th percentile of d(x, B) over x in A, the same of d(x, A) over x in B)

    A and B are the two contours, d the distance of a point to the nearest one of the other. One stray pixel decides the
    distance at percentile 100; 95 forgives it. Percentiles are those of each contour for itself, as in MONAI; medpy
    takes one over both together, which lets the longer contour outvote the other.

    Shapes:  as `SurfaceMetric` -> (); per_class() (classes,)
    Args:    percentile: from 0 to 100, with a straight line between neighbours, as `numpy.percentile`
    Absent, errors: those of `SurfaceMetric`, and ValueError for another percentile
    Source:  Huttenlocher, Klanderman & Rucklidge 1993; Taha & Hanbury 2015, section 2.4

    >>> import numpy as np
    >>> metric = HausdorffDistance(classes=1)
    >>> target, found = np.array([[[1, 1, 0, 0, 0]]]), np.array([[[1, 1, 0, 0, 1]]])
    >>> float(metric(target, found[..., None]))  # from the stray pixel to the second
    3.0
    """

    def __init__(
        self, classes, percentile=100, sampling=None, from_logits=False, ignore_class=None, name=None, dtype=None
    ):
        super().__init__(classes, sampling, from_logits, ignore_class, name, dtype)
        if isinstance(percentile, bool) or not isinstance(percentile, Real) or not 0 <= percentile <= 100:
            raise ValueError(f"HausdorffDistance: percentile is a number from 0 to 100, say 95, got {percentile!r}.")
        self.percentile = percentile

    def between(self, near, on_true, far, on_predicted):
        return ops.maximum(_percentile(near, on_true, self.percentile), _percentile(far, on_predicted, self.percentile))

    def get_config(self):
        return {**super().get_config(), "percentile": self.percentile}


@keras.saving.register_keras_serializable("dlcourse")
class AverageSurfaceDistance(SurfaceMetric):
    """The mean distance from a point of either contour to the other contour (average symmetric surface distance).

    ASSD = (sum over x in A of d(x, B) + sum over x in B of d(x, A)) / (|A| + |B|)

    Shapes:  as `SurfaceMetric` -> (); per_class() (classes,)
    Absent, errors: those of `SurfaceMetric`
    Source:  Heimann et al. 2009, section II-C

    >>> import numpy as np
    >>> metric = AverageSurfaceDistance(classes=1)
    >>> target, found = np.array([[[1, 1, 0, 0, 0]]]), np.array([[[1, 1, 0, 0, 1]]])
    >>> round(float(metric(target, found[..., None])), 4)  # (0 + 0 + 0 + 0 + 3) / 5
    0.6
    """

    def between(self, near, on_true, far, on_predicted):
        on = ops.cast(on_true, near.dtype), ops.cast(on_predicted, far.dtype)
        count = ops.sum(on[0] + on[1], axis=1)
        return ops.sum(near * on[0] + far * on[1], axis=1) / ops.maximum(count, 1.0)


def _contour(mask):
    """The pixels of masks that have a neighbour outside: (b, ..., c), True or False, to the same"""
    space, inner = range(1, len(mask.shape) - 1), mask
    number = ops.cast(mask, "int8")
    for axis in space:
        n = mask.shape[axis]
        wide = ops.pad(number, [(1, 1) if i == axis else (0, 0) for i in range(len(mask.shape))])
        for start in (0, 2):
            part = wide[tuple(slice(start, start + n) if i == axis else slice(None) for i in range(len(mask.shape)))]
            inner = ops.logical_and(inner, ops.cast(part, "bool"))
    return ops.logical_and(mask, ops.logical_not(inner))


def _percentile(values, chosen, percentile):
    """Of the chosen of the values >= 0, 0 where none is: (b, n, c) twice -> (b, c)"""
    if percentile == 100:
        return ops.max(ops.where(chosen, values, 0.0), axis=1, initial=0.0)
    ordered = ops.sort(ops.where(chosen, values, math.inf), axis=1)
    count = ops.sum(ops.cast(chosen, "int32"), axis=1, keepdims=True)  # (b, 1, c)
    last = ops.maximum(count - 1, 0)
    place = ops.cast(last, values.dtype) * (percentile / 100)
    below = ops.cast(ops.floor(place), "int32")
    low, high = (ops.take_along_axis(ordered, at, axis=1) for at in (below, ops.minimum(below + 1, last)))
    share = place - ops.cast(below, place.dtype)
    found = ops.where(count > 0, low + share * (high - low), 0.0)
    return found[:, 0]
