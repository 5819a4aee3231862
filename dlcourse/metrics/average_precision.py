"""How well the scores of pixels rank each class, whatever the threshold."""

import math
from numbers import Integral

import keras
from keras import ops

from dlcourse.metrics.segmentation_metric import SegmentationMetric, mean_over
from dlcourse.ops.log_probabilities import log_probabilities

REACH = 16.0  # log odds at which float32 ends to tell a probability from 1


@keras.saving.register_keras_serializable("dlcourse")
class PixelAveragePrecision(SegmentationMetric):
    """The area under the precision-recall curve of the pixels, each class against all others; the mean over them.

    AP = sum over thresholds n, from the highest, of (R_n - R_{n-1}) P_n

    All scores would have to be kept to sort them. Instead pixels are counted in `thresholds` bins, as wide as each
    other in log odds, log p / (1 - p), from -16 to 16: there a sure net still spreads its scores, where bins of p would
    hold most of them in the first and the last. AP is that of scikit-learn's `average_precision_score` for scores that
    are rounded to bins. How far rounding may have moved it, `error_bound()` says from the counts: it is small where no
    bin holds both much of the class and a large step of precision.

    Shapes:  as `SegmentationMetric` -> (); per_class() and error_bound() (classes,); sample_weight (b,), (b, ...) or
             (b, ..., 1) multiplies pixels
    Args:    thresholds: the number of bins, at least 2; 1024 put p = 0.5 and 0.508 apart, and 0.999 and 0.99903
    Range:   [0, 1]
    Absent:  a class that is in no target has no AP
    Errors:  those of `SegmentationMetric`, and ValueError for thresholds that are no whole number >= 2
    Source:  Zhu 2004; as scikit-learn, without interpolation

    >>> import numpy as np
    >>> metric = PixelAveragePrecision(classes=1)
    >>> p = np.array([[0.9, 0.8, 0.7, 0.1]])[..., None, None]
    >>> round(float(metric(np.array([[1, 0, 1, 0]])[..., None], p)), 4)  # (1 / 1 + 2 / 3) / 2
    0.8333
    """

    def __init__(self, classes, thresholds=1024, from_logits=False, ignore_class=None, name=None, dtype=None):
        super().__init__(classes, from_logits, ignore_class, name, dtype)
        if isinstance(thresholds, bool) or not isinstance(thresholds, Integral) or thresholds < 2:
            raise ValueError(
                f"PixelAveragePrecision: thresholds is a whole number of bins >= 2, 1024 is fine, got {thresholds!r}."
            )
        self._direction = "up"  # where Keras's callbacks look for what "auto" is to mean
        self.thresholds = int(thresholds)
        shape = (2, max(2, self.classes), self.thresholds)  # pixels of other classes, pixels of the class
        self.counts = self.add_variable(shape, initializer="zeros", dtype=self.dtype, name="counts")

    def count(self, labels, y_pred, counts, sample_weight):
        _, c, bins = self.counts.shape
        log_p, log_rest = log_probabilities(y_pred, self.from_logits)  # (b, ..., c)
        place = ops.clip((log_p - log_rest + REACH) * (bins / (2 * REACH)), 0, bins - 1)
        classes = ops.arange(c, dtype="int32")
        own = ops.cast(ops.equal(ops.expand_dims(labels, -1), classes), "int32")
        cells = (own * c + classes) * bins + ops.cast(place, "int32")
        weights = ops.expand_dims(self.pixel_weights(counts, sample_weight), -1) * ops.ones_like(log_p)
        found = ops.segment_sum(ops.reshape(weights, (-1,)), ops.reshape(cells, (-1,)), 2 * c * bins)
        self.counts.assign(self.counts + ops.reshape(found, self.counts.shape))

    def per_class(self):
        values, there = self._scores()
        return ops.where(there, values, math.nan)

    def result(self):
        return mean_over(*self._scores())

    def error_bound(self):
        """How far AP may lie from that of the scores before rounding: (classes,), NaN for a class without AP.

        Within a bin the scores could have any order, so that precision at a pixel of the class is at least that with
        all others of the bin before it, and at most that with all others behind it.
        """
        right, wrong, own, total, there = self._curve()
        most = _ratio(right, right + wrong - self._others())
        least = _ratio(right - own, right - own + wrong)
        return ops.where(there, ops.sum(own * (most - least), axis=-1) / total, math.nan)

    def get_config(self):
        return {**super().get_config(), "thresholds": self.thresholds}

    def _scores(self):
        right, wrong, own, total, there = self._curve()
        return ops.sum(own * _ratio(right, right + wrong), axis=-1) / total, there

    def _curve(self):
        """From the highest bin on: pixels of the class so far, others so far, those of the class in the bin (c, bins);
        all of the class, 1 for none, and whether there are any (c,)."""
        own, others = self._own(), self._others()
        total = ops.sum(own, axis=-1)
        there = ops.not_equal(total, 0)  # NaN is there too, and stays
        return ops.cumsum(own, axis=-1), ops.cumsum(others, axis=-1), own, ops.where(there, total, 1.0), there

    def _own(self):
        return self._from_the_top(1)

    def _others(self):
        return self._from_the_top(0)

    def _from_the_top(self, kind):
        counts = ops.convert_to_tensor(self.counts)[kind]
        return ops.flip(counts[1:] if self.classes == 1 else counts, axis=-1)


def _ratio(part, whole):
    return part / ops.where(ops.equal(whole, 0), 1.0, whole)
