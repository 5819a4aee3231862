"""What metrics over images of labels share: how targets and predictions are read, and which pixels count."""

import math
from abc import abstractmethod
from numbers import Integral

import keras
from keras import ops

from dlcourse.ops.segmentation_labels import check_labels, check_probabilities, counted, in_channels, in_rows


class SegmentationMetric(keras.metrics.Metric):
    """Abstract: a metric over the pixels of images or the voxels of volumes, a value for each class and their mean.

    Predictions are decided as they are in use: by the largest channel; with one channel, which says how likely a pixel
    is foreground, by p > 1/2.

    Shapes:  y_pred (b, ..., k) with two or three axes of space; y_true labels (b, ...) or (b, ..., 1), or one-hot rows
             (b, ..., k), of which the largest channel counts; k is `classes`, or 1
    Args:    classes: 1 for the foreground alone, beside one channel; 2 for background and foreground, beside one or two
             channels; else as many as there are channels;
             from_logits: y_pred holds scores before a sigmoid (k = 1) or softmax;
             ignore_class: pixels of this label, any number such as 255, are never read; beside targets in rows it is
             a channel, or where it is not one of the channels it means the rows of zeros that `one_hot` makes of it
    Absent:  a class without a value (each metric says when that is) is NaN in `per_class()`, and the mean leaves it
             out; the mean is NaN where no class has a value, and before the first update
    Errors:  ValueError for shapes that do not match. Looked at while nothing is traced: ValueError for a label out of
             range, and a warning for probabilities that are none. Under jit, where nothing can raise, such a label
             gives NaN, and so does NaN or infinity in y_pred, unless the pixel is ignored
    """

    def __init__(self, classes, from_logits=False, ignore_class=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        if isinstance(classes, bool) or not isinstance(classes, Integral) or classes < 1:
            raise ValueError(
                f"{type(self).__name__}: classes is a whole number >= 1 (1 for the foreground alone), got {classes!r}."
            )
        self.classes, self.from_logits, self.ignore_class = int(classes), bool(from_logits), ignore_class

    @abstractmethod
    def count(self, labels, y_pred, counts, sample_weight):
        """Adds a batch: labels (b, ...) from 0 on, y_pred (b, ..., k), counts (b, ...), and the weights as given.

        counts is 1 for a pixel, 0 for one that is ignored and NaN for one that cannot be read.
        """

    @abstractmethod
    def per_class(self):
        """The value of each class: (classes,), NaN for a class without one."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        name, rows = type(self).__name__, in_rows(y_true, y_pred)
        y_true, k = in_channels(name, y_true, y_pred), y_pred.shape[-1]
        if k != self.classes and (k != 1 or self.classes > 2):
            raise ValueError(
                f"{name}(classes={self.classes}) takes y_pred with {self.classes} channel(s)"
                f"{' or one' if self.classes == 2 else ''}, got shape {tuple(y_pred.shape)}. Make them agree."
            )
        check_labels(name, y_true, y_pred, self.ignore_class)
        if not self.from_logits:
            check_probabilities(name, y_pred)
        kept = counted(y_true, y_pred, self.ignore_class)  # (b, ..., 1)
        inside = ops.all(ops.logical_and(y_true >= 0, y_true <= (1 if rows or k == 1 else k - 1)), axis=-1)
        if rows:
            labels, known = ops.argmax(y_true, axis=-1), ops.logical_and(inside, ops.any(y_true > 0, axis=-1))
        else:
            labels = y_true[..., 0]
            known = inside if k == 1 else ops.logical_and(inside, ops.equal(labels, ops.floor(labels)))
            labels = ops.where(ops.logical_and(known, kept[..., 0]), labels, 0.0)
            labels = labels > 0.5 if k == 1 else labels
        known = ops.logical_and(known, ops.all(ops.isfinite(y_pred), axis=-1))
        counts = ops.where(kept[..., 0], ops.where(known, 1.0, math.nan), 0.0)
        harmless = ops.where(ops.expand_dims(ops.equal(counts, 1), -1), y_pred, 0.0)
        self.count(ops.cast(labels, "int32"), harmless, ops.cast(counts, self.dtype), sample_weight)

    def decided(self, y_pred):
        """The class of each pixel, the first where several are as likely: (b, ..., k) -> (b, ...), int32"""
        if y_pred.shape[-1] > 1:
            return ops.cast(ops.argmax(y_pred, axis=-1), "int32")
        return ops.cast(y_pred[..., 0] > (0.0 if self.from_logits else 0.5), "int32")

    def of_classes(self, values):
        """Of two classes the foreground alone if `classes` is 1, else all: (..., c) -> (..., classes)"""
        return values[..., 1:] if self.classes == 1 else values

    def pixel_weights(self, counts, sample_weight):
        """What each pixel counts: (b, ...) and weights (b,), (b, ...), (b, ..., 1) or None -> (b, ...)"""
        if sample_weight is None:
            return counts
        weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
        rank = len(counts.shape)
        if len(weight.shape) == 1:
            weight = ops.reshape(weight, (-1, *[1] * (rank - 1)))
        elif len(weight.shape) == rank + 1 and weight.shape[-1] == 1:
            weight = weight[..., 0]
        if len(weight.shape) not in (0, rank):
            raise ValueError(
                f"{type(self).__name__}: sample_weight has a number for each image (b,) or each pixel (b, ...), here "
                f"{tuple(counts.shape)}, got shape {tuple(weight.shape)}."
            )
        return ops.where(ops.equal(counts, 0), 0.0, counts * weight)

    def get_config(self):
        own = {"classes": self.classes, "from_logits": self.from_logits, "ignore_class": self.ignore_class}
        return {**super().get_config(), **own}


def mean_over(values, there, weights=1.0):
    """The weighted mean of the values that are there, NaN if none is: (c,) and (c,) True or False -> ()

    >>> import numpy as np
    >>> float(mean_over(np.array([1.0, np.nan, 0.5]), np.array([True, False, True])))
    0.75
    """
    zero = ops.zeros_like(values)
    weights = ops.where(there, zero + weights, zero)
    total = ops.sum(weights)
    mean = ops.sum(ops.where(there, values, zero) * weights) / ops.where(ops.equal(total, 0), 1.0, total)
    return ops.where(ops.equal(total, 0), math.nan, mean)
