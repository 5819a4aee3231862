"""Region losses in which false alarms and misses cost differently."""

import keras
from keras import ops

from dlcourse.losses.option_checks import at_least
from dlcourse.losses.region import OverlapLoss

EPSILON, ROOTED = 1e-7, 1e-6


class _TverskyLoss(OverlapLoss):
    """Abstract: a loss of the Tversky index."""

    def __init__(self, fp_weight=0.3, fn_weight=0.7, smooth=EPSILON, **options):
        super().__init__(**options)
        at_least(self, 0, fp_weight=fp_weight, fn_weight=fn_weight, smooth=smooth)
        self.fp_weight, self.fn_weight, self.smooth = float(fp_weight), float(fn_weight), float(smooth)

    def missing(self, shared, predicted, true):
        errors = self.fp_weight * (predicted - shared) + self.fn_weight * (true - shared)
        return 1 - (shared + self.smooth) / (shared + errors + self.smooth)

    def get_config(self):
        own = {"fp_weight": self.fp_weight, "fn_weight": self.fn_weight, "smooth": self.smooth}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("dlcourse")
class Tversky(_TverskyLoss):
    """One minus the Tversky index: what is shared, over that plus weighted false positives and false negatives.

    L(t, p) = 1 - (TP + smooth) / (TP + fp_weight FP + fn_weight FN + smooth), a mean over the classes

    with TP the sum of p t, FP of p (1 - t) and FN of (1 - p) t. Weights of 1/2 and 1/2 give `Dice`, 1 and 1 `Jaccard`;
    a large `fn_weight` finds more and raises more false alarms. The names say what they weigh, because alpha and beta
    do not: in `keras.losses.Tversky` of Keras 3.15.1 alpha weighs false negatives, in the paper false positives.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False
    Args:    fp_weight, fn_weight: >= 0; smooth: added above and below; options: those of `RegionLoss`
    Range:   [0, 1]
    Empty:   a class without target costs its mean probability, nothing if it is not predicted either; sums and means
             over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`, and ValueError for a negative weight
    Source:  Salehi, Erdogmus & Gholipour 2017, equation 3

    >>> import numpy as np
    >>> loss = Tversky(fp_weight=0.1, fn_weight=0.9)
    >>> round(float(loss(np.array([[1, 1, 0]]), np.array([[[1.0], [0.0], [0.0]]]))), 4)  # 1 - 1 / 1.9
    0.4737
    """

    def bent(self, missing):
        return missing


@keras.saving.register_keras_serializable("dlcourse")
class FocalTversky(_TverskyLoss):
    """A power of the Tversky loss, class by class, so that classes which are nearly found still pull.

    L(t, p) = (1 - Tversky index)^(1 / gamma), a mean over the classes

    For gamma > 1 its slope grows as the overlap gets better, beyond all bounds: so 1e-6 is added under the power, and
    the power of it taken off, which leaves 0 at a perfect prediction.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False
    Args:    gamma: > 0, in the paper 4/3; fp_weight, fn_weight, smooth: as `Tversky`; options: those of `RegionLoss`
    Range:   [0, 1]
    Empty:   as `Tversky`, that power of what stands there
    Errors:  as `Tversky`, and ValueError for a gamma below 0.1
    Source:  Abraham & Khan 2019, equation 4

    >>> import numpy as np
    >>> loss = FocalTversky(gamma=2.0, fp_weight=1.0, fn_weight=1.0)
    >>> round(float(loss(np.array([[1, 1, 1, 1]]), np.array([[[1.0], [1.0], [1.0], [0.0]]]))), 3)  # root of 1/4
    0.499
    """

    def __init__(self, gamma=4 / 3, **options):
        super().__init__(**options)
        at_least(self, 0.1, gamma=gamma)
        self.gamma = float(gamma)

    def bent(self, missing):
        raised = ops.relu(missing) + ROOTED  # rounding can leave it a hair below 0
        return ops.power(raised, 1 / self.gamma) - ROOTED ** (1 / self.gamma)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}
