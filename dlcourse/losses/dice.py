"""Losses of the Dice coefficient and the Jaccard index."""

import keras
from keras import ops

from dlcourse.losses.option_checks import at_least
from dlcourse.losses.region import OverlapLoss

EPSILON = 1e-7


class _DiceLoss(OverlapLoss):
    """Abstract: a loss of the soft Dice coefficient."""

    def __init__(self, squared=False, smooth=EPSILON, **options):
        super().__init__(**options)
        at_least(self, 0, smooth=smooth)
        self.squared, self.smooth, self.power = bool(squared), float(smooth), 2 if squared else 1

    def missing(self, shared, predicted, true):
        return 1 - (2 * shared + self.smooth) / (predicted + true + self.smooth)

    def get_config(self):
        return {**super().get_config(), "squared": self.squared, "smooth": self.smooth}


@keras.saving.register_keras_serializable("dlcourse")
class Dice(_DiceLoss):
    """One minus the soft Dice coefficient: twice what prediction and target share, over what they cover.

    L(t, p) = 1 - (2 sum of p t + smooth) / (sum of p^q + sum of t^q + smooth), a mean over the classes

    with q = 1, or 2 if `squared` (V-Net), which lets a probability of 0.5 cost more. At predictions of 0 and 1 it is
    one minus the F1 score; at shares between it is not, and does not claim to be. `keras.losses.Dice` sums over batch
    and classes alike, where this one takes every class in every image for itself.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False
    Args:    squared: squares in the denominator; smooth: added above and below, 1 is usual where objects are tiny;
             options: those of `RegionLoss`
    Range:   [0, 1]
    Empty:   a class without target costs its mean probability (mean square if `squared`), nothing if it is not
             predicted either; sums and means over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`, and ValueError for smooth < 0
    Source:  Dice 1945; Milletari, Navab & Ahmadi 2016 (V-Net), whose form is the squared one

    >>> import numpy as np
    >>> loss = Dice()
    >>> round(float(loss(np.array([[1, 1, 0, 0]]), np.array([[[1.0], [0.0], [1.0], [0.0]]]))), 4)
    0.5
    """

    def bent(self, missing):
        return missing


@keras.saving.register_keras_serializable("dlcourse")
class LogCoshDice(_DiceLoss):
    """The logarithm of the hyperbolic cosine of the Dice loss: flat where it is small, straight where it is large.

    L(t, p) = log cosh D(t, p), class by class, with the `Dice` loss D

    Shapes, arguments, errors: those of `Dice`
    Range:   [0, log cosh 1 = 0.4338]
    Empty:   as `Dice`, log cosh of what stands there
    Source:  Jadon 2020, equation 17

    >>> import numpy as np
    >>> round(float(LogCoshDice()(np.array([[1, 0]]), np.array([[[0.0], [1.0]]]))), 4)
    0.4338
    """

    def bent(self, missing):
        return ops.log(ops.cosh(missing))


@keras.saving.register_keras_serializable("dlcourse")
class Jaccard(OverlapLoss):
    """One minus the soft Jaccard index, or intersection over union: what is shared, over what either covers.

    L(t, p) = 1 - (sum of p t + smooth) / (sum of p + t - p t, + smooth), a mean over the classes

    At predictions of 0 and 1 it is one minus the IoU. It falls and rises with `Dice` D, as J = 2 D / (1 + D), and is
    never below it.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False
    Args:    smooth: added above and below; options: those of `RegionLoss`
    Range:   [0, 1]
    Empty:   a class without target costs its mean probability, nothing if it is not predicted either; sums and means
             over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`, and ValueError for smooth < 0
    Source:  Jaccard 1912; Rahman & Wang 2016

    >>> import numpy as np
    >>> loss = Jaccard()
    >>> round(float(loss(np.array([[1, 1, 0, 0]]), np.array([[[1.0], [0.0], [1.0], [0.0]]]))), 4)  # one of three
    0.6667
    """

    def __init__(self, smooth=EPSILON, **options):
        super().__init__(**options)
        at_least(self, 0, smooth=smooth)
        self.smooth = float(smooth)

    def missing(self, shared, predicted, true):
        return 1 - (shared + self.smooth) / (predicted + true - shared + self.smooth)

    def bent(self, missing):
        return missing

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}
