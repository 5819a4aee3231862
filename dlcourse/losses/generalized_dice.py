"""The Dice loss over all classes at once, each weighed by how rare it is."""

import keras
from keras import ops

from dlcourse.losses.option_checks import at_least
from dlcourse.losses.region import RegionLoss


@keras.saving.register_keras_serializable("dlcourse")
class GeneralizedDice(RegionLoss):
    """Generalised Dice: one coefficient for all classes, in which an area weighs by the inverse square of its target.

    L(t, p) = 1 - (2 sum over c of w_c TP_c + smooth) / (sum over c of w_c (P_c + T_c) + smooth),  w_c = 1 / T_c^2

    with P_c the sum of p and T_c that of t. A small organ then weighs as much as a large one. A class without target
    would weigh infinitely much; it takes the largest weight of the others, so that a false alarm costs.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False. For k = 1 background and foreground are two classes
    Args:    smooth: added above and below; options: those of `RegionLoss`, class_weights on top of w_c
    Range:   [0, 1]
    Empty:   where one class covers all, it is alone with those that are absent, and its target is a perfect score;
             sums and means over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`, and ValueError for smooth < 0
    Source:  Sudre et al. 2017, equation for GDL; MONAI for the weight of absent classes

    >>> import numpy as np
    >>> loss = GeneralizedDice()  # of 1 + 9 pixels, the one is missed: 1 - 2 (9 / 81) / (1 + (10 + 9) / 81)
    >>> round(float(loss(np.eye(10)[:1], np.zeros((1, 10, 1)))), 4)
    0.82
    """

    both = True

    def __init__(self, smooth=1e-7, **options):
        super().__init__(**options)
        at_least(self, 0, smooth=smooth)
        self.smooth = float(smooth)

    def measure(self, shared, predicted, true, pixels):
        present = true > 0
        rarity = ops.where(present, 1 / ops.square(ops.where(present, true, 1.0)), 0.0)  # (b, c)
        rarity = ops.where(present, rarity, ops.max(rarity, axis=-1, keepdims=True, initial=0.0))
        weights = rarity * self.weights_of(true.shape[-1])
        above = 2 * ops.sum(weights * shared, axis=-1)
        below = ops.sum(weights * (predicted + true), axis=-1)
        return 1 - (above + self.smooth) / (below + self.smooth)

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}
