"""Metrics that count pixels: which class they have, and which was predicted."""

import math
from abc import abstractmethod

import keras
from keras import ops

from dlcourse.metrics.segmentation_metric import SegmentationMetric, mean_over


class ConfusionMetric(SegmentationMetric):
    """Abstract: a metric of the confusion matrix of pixels, summed over all batches.

    Shapes:  as `SegmentationMetric`; `confusion` is (c, c), target by prediction, with c = 2 for `classes` 1, else
             `classes`; sample_weight (b,), (b, ...) or (b, ..., 1) multiplies pixels
    Sums:    in the metric's dtype: in float32, whole numbers are exact to 16.7 million pixels a cell, and beyond that
             each batch rounds in the seventh digit
    """

    def __init__(self, classes, from_logits=False, ignore_class=None, name=None, dtype=None):
        super().__init__(classes, from_logits, ignore_class, name, dtype)
        self._direction = "up"  # where Keras's callbacks look for what "auto" is to mean
        c = max(2, self.classes)
        self.confusion = self.add_variable((c, c), initializer="zeros", dtype=self.dtype, name="confusion")

    @abstractmethod
    def of_areas(self, shared, predicted, true):
        """The value of each class: pixels predicted rightly, predicted, and true, (c,) each -> (c,), and where it has
        one, (c,) True or False."""

    @abstractmethod
    def result(self):
        """The value over all classes: ()"""

    def count(self, labels, y_pred, counts, sample_weight):
        c = self.confusion.shape[0]
        cells = ops.reshape(labels * c + self.decided(y_pred), (-1,))
        weights = ops.reshape(self.pixel_weights(counts, sample_weight), (-1,))
        self.confusion.assign(self.confusion + ops.reshape(ops.segment_sum(weights, cells, c * c), (c, c)))

    def areas(self):
        """Pixels predicted rightly, predicted, and true, of each class: (classes,) three times"""
        confusion = ops.convert_to_tensor(self.confusion)
        found = ops.diagonal(confusion), ops.sum(confusion, axis=0), ops.sum(confusion, axis=1)
        return tuple(map(self.of_classes, found))

    def scores(self):
        """The value of each class, whatever where it has none, and where it has one: (classes,) twice"""
        return self.of_areas(*self.areas())

    def per_class(self):
        values, there = self.scores()
        return ops.where(there, values, math.nan)


@keras.saving.register_keras_serializable("dlcourse")
class PixelAccuracy(ConfusionMetric):
    """The share of pixels that are predicted rightly, over all classes; of each class, the share that is found.

    It flatters large classes: all background, where 90 % is background, gets 0.9. With `classes=1` it still counts the
    pixels of the background.

    Shapes:  as `ConfusionMetric` -> (); per_class() (classes,), the recalls
    Range:   [0, 1]
    Absent:  a class that is in no target is NaN in per_class(); the accuracy is NaN where no pixel counts
    Errors:  those of `SegmentationMetric`

    >>> import numpy as np
    >>> metric = PixelAccuracy(classes=2)
    >>> float(metric(np.array([[[0, 0, 0, 1]]]), np.zeros((1, 1, 4, 1))))
    0.75
    >>> np.array(metric.per_class()).tolist()
    [1.0, 0.0]
    """

    def of_areas(self, shared, predicted, true):
        return _ratio(shared, true)

    def result(self):
        confusion = ops.convert_to_tensor(self.confusion)
        value, there = _ratio(ops.sum(ops.diagonal(confusion)), ops.sum(confusion))
        return ops.where(there, value, math.nan)


@keras.saving.register_keras_serializable("dlcourse")
class MeanIoU(ConfusionMetric):
    """Intersection over union of target and prediction, the mean over the classes (Jaccard's index).

    IoU = TP / (TP + FP + FN), of the pixels of all batches together

    Keras has a `MeanIoU` of decided labels, with which it agrees, but for 0 in place of NaN where nothing was counted.
    This one also reads one channel, logits, and an `ignore_class` of any value, and names the classes.

    Shapes:  as `ConfusionMetric` -> (); per_class() (classes,)
    Range:   [0, 1]
    Absent:  a class in neither target nor prediction has no IoU; in the prediction alone it has 0
    Errors:  those of `SegmentationMetric`
    Source:  Everingham et al. 2010 (PASCAL VOC), section 4

    >>> import numpy as np
    >>> metric = MeanIoU(classes=3)
    >>> labels, decided = np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 0, 1]]])
    >>> round(float(metric(labels, np.eye(3)[decided])), 4)
    0.5833
    >>> [f"{iou:.3f}" for iou in np.array(metric.per_class())]
    ['0.667', '0.500', 'nan']
    """

    def of_areas(self, shared, predicted, true):
        return _ratio(shared, predicted + true - shared)

    def result(self):
        return mean_over(*self.scores())


@keras.saving.register_keras_serializable("dlcourse")
class FrequencyWeightedIoU(ConfusionMetric):
    """The IoU of the classes, each weighed by its share of the pixels.

    Shapes:  as `ConfusionMetric` -> (); per_class() (classes,), the IoU of each
    Range:   [0, 1]
    Absent:  a class that is in no target has no weight
    Errors:  those of `SegmentationMetric`
    Source:  Long, Shelhamer & Darrell 2015, section 5

    >>> import numpy as np
    >>> metric = FrequencyWeightedIoU(classes=2)
    >>> float(metric(np.array([[[0, 0, 0, 1]]]), np.zeros((1, 1, 4, 1))))  # 0.75 * 0.75 + 0.25 * 0
    0.5625
    """

    def of_areas(self, shared, predicted, true):
        return _ratio(shared, predicted + true - shared)

    def result(self):
        return mean_over(*self.scores(), weights=self.areas()[2])


@keras.saving.register_keras_serializable("dlcourse")
class MeanDice(ConfusionMetric):
    """Twice the intersection of target and prediction over the sum of both, the mean over the classes (F1).

    Dice = 2 TP / (2 TP + FP + FN) = 2 IoU / (1 + IoU), of the pixels of all batches together

    Shapes:  as `ConfusionMetric` -> (); per_class() (classes,)
    Range:   [0, 1]
    Absent:  a class in neither target nor prediction has no Dice; in the prediction alone it has 0
    Errors:  those of `SegmentationMetric`
    Source:  Dice 1945

    >>> import numpy as np
    >>> metric = MeanDice(classes=1)
    >>> float(metric(np.array([[[0, 1, 1, 1]]]), np.array([[[[0.4], [0.9], [0.4], [0.2]]]])))  # 2 * 1 / (1 + 3)
    0.5
    """

    def of_areas(self, shared, predicted, true):
        return _ratio(2 * shared, predicted + true)

    def result(self):
        return mean_over(*self.scores())


def _ratio(part, whole):
    """part / whole, and where there is a whole."""
    there = ops.not_equal(whole, 0)  # NaN is there too, and stays
    return part / ops.where(there, whole, 1.0), there
