"""Cross entropy that turns away from pixels which are right already."""

import keras
from keras import ops

from dlcourse.losses.option_checks import at_least
from dlcourse.losses.pixel import PixelLoss


@keras.saving.register_keras_serializable("dlcourse")
class Focal(PixelLoss):
    """Focal loss: cross entropy times the part that is still missing.

    L(y, p) = -w_y (1 - p_y)^gamma log p_y

    With gamma = 0 it is `WeightedCrossentropy`. `alpha` is the paper's balance of two classes, weights of 1 - alpha and
    alpha; for more classes `class_weights` do the same. Keras has `BinaryFocalCrossentropy` and
    `CategoricalFocalCrossentropy`, which take one gamma and alpha alike but clip probabilities, so that they lose the
    gradient of a pixel that is badly wrong; here all is done on logarithms, and a score of -10,000 still pulls.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b, ...), then `reduction`
    Args:    gamma: how strongly, >= 0; alpha: the weight of the foreground, from 0 to 1, in place of class_weights;
             options: those of `SegmentationLoss`
    Range:   [0, inf), in nats times the weights
    Empty:   sums and means over nothing, or over ignored pixels only, are 0, without a gradient; empty, full and absent
             classes are like any others
    Errors:  those of `SegmentationLoss`; ValueError for another gamma or alpha, and alpha with more than two classes
    Source:  Lin et al. 2017, equations 4 and 5

    >>> import numpy as np
    >>> loss = Focal(gamma=2.0)
    >>> round(float(loss(np.array([[1]]), np.array([[[0.75]]]))), 4)  # 1/16 of -log 0.75
    0.018
    """

    def __init__(self, gamma=2.0, alpha=None, **options):
        super().__init__(**options)
        at_least(self, 0, gamma=gamma)
        if alpha is not None:
            at_least(self, 0, alpha=alpha)
            if alpha > 1 or self.class_weights is not None:
                raise ValueError(
                    f"Focal: alpha is a share from 0 to 1 that stands for class_weights=[1 - alpha, alpha], got "
                    f"alpha={alpha!r} and class_weights={self.class_weights!r}. Give one of them."
                )
        self.gamma, self.alpha = float(gamma), None if alpha is None else float(alpha)

    def cost(self, log_p, log_rest):
        return -ops.exp(self.gamma * log_rest) * log_p if self.gamma else -log_p

    def weights_of(self, count):
        if self.alpha is None:
            return super().weights_of(count)
        if count != 2:
            raise ValueError(f"Focal: alpha={self.alpha} balances two classes, y_pred has {count}. Give class_weights.")
        return ops.convert_to_tensor([1 - self.alpha, self.alpha], dtype=self.dtype)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma, "alpha": self.alpha}
