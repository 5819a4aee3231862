"""Cross entropy in which classes, or pixels near a border, weigh more."""

import keras

from dlcourse.losses.pixel import PixelLoss


@keras.saving.register_keras_serializable("dlcourse")
class WeightedCrossentropy(PixelLoss):
    """Cross entropy of each pixel, times the weight of its class.

    L(y, p) = -w_y log p_y

    Without weights it is `keras.losses.SparseCategoricalCrossentropy`, for k = 1 `BinaryCrossentropy` pixel by pixel.
    A mean divides by the number of pixels, as `class_weight` of `fit` does, and not by the sum of their weights.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b, ...), then `reduction`
    Range:   [0, inf), in nats times the weights; a given probability counts as at least 1e-7
    Empty:   sums and means over nothing, or over ignored pixels only, are 0, without a gradient; empty, full and absent
             classes are like any others
    Errors:  those of `SegmentationLoss`
    Source:  Ronneberger, Fischer & Brox 2015, equation 1

    >>> import numpy as np
    >>> loss = WeightedCrossentropy(from_logits=True, class_weights=[1, 10])
    >>> round(float(loss(np.array([[0, 1]]), np.zeros((1, 2, 1)))), 4)  # (1 + 10) / 2 * log 2
    3.8123
    """

    def cost(self, log_p, log_rest):
        return -log_p
