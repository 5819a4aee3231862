"""The multi-class support vector machine's loss, plain and squared."""

from abc import abstractmethod
from numbers import Real

import keras
from keras import ops

from dlcourse.losses.sparse import SparseLoss
from dlcourse.ops.margins import margin_violations


class _SumOverWrongClasses(SparseLoss):
    """Abstract: a sum over the margin violations of the wrong classes."""

    def __init__(self, margin=1.0, ignore_class=None, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(ignore_class=ignore_class, reduction=reduction, name=name, dtype=dtype)
        if not isinstance(margin, Real) or not 0 <= margin < float("inf"):
            raise ValueError(f"{type(self).__name__} needs a finite margin >= 0, got margin={margin!r}. 1.0 is usual.")
        self.margin = float(margin)

    @abstractmethod
    def penalty(self, violations):
        """What violations of the margin cost, element by element."""

    def label_shape(self, y_pred):
        return tuple(y_pred.shape)[:-1]

    def per_label(self, labels, y_pred):
        return ops.sum(self.penalty(margin_violations(labels, y_pred, self.margin)), axis=-1)

    def advice(self, received, scores):
        if received == scores and len(scores) > 1:
            return "Turn one-hot rows into labels with argmax."
        return "Give one label for each row of scores; the last axis of y_pred is that of the classes."

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable("dlcourse")
class WestonWatkins(_SumOverWrongClasses):
    """Multi-class hinge: every wrong class should score at least `margin` below the right one.

    L(y, s) = sum over j != y of max(0, margin + s_j - s_y)

    Keras has `CategoricalHinge`, which takes one-hot targets, counts the best-scoring wrong class only, and reads its
    score as 0 where it is negative. For two classes and positive scores the two agree.

    Shapes:  y_true integer labels (b, ...) or (b, ..., 1), y_pred scores (b, ..., k) -> (b, ...), then `reduction`
    Range:   [0, inf), in the units of the scores; 0 for k = 1
    Empty:   sums and means over nothing, or over ignored labels only, are 0
    Errors:  a label outside 0 .. k-1 (and not `ignore_class`) gives NaN, since under jit nothing can raise; so does a
             row with a NaN or infinite score. ValueError for one-hot targets, another shape, or a bad margin
    Source:  Weston & Watkins 1999

    >>> import numpy as np
    >>> loss = WestonWatkins()
    >>> float(loss(np.array([0]), np.array([[2.0, 1.5, 2.0]])))
    1.5
    """

    def penalty(self, violations):
        return violations


@keras.saving.register_keras_serializable("dlcourse")
class SquaredWestonWatkins(_SumOverWrongClasses):
    """Multi-class squared hinge: as `WestonWatkins`, with a gradient that fades as a violation does.

    L(y, s) = sum over j != y of max(0, margin + s_j - s_y)^2

    Shapes:  y_true integer labels (b, ...) or (b, ..., 1), y_pred scores (b, ..., k) -> (b, ...), then `reduction`
    Range:   [0, inf), in squared units of the scores; 0 for k = 1
    Empty:   sums and means over nothing, or over ignored labels only, are 0
    Errors:  as `WestonWatkins`: NaN for a label out of range and for a NaN or infinite score, else ValueError
    Source:  Weston & Watkins 1999, with each slack squared

    >>> import numpy as np
    >>> loss = SquaredWestonWatkins()
    >>> float(loss(np.array([0]), np.array([[2.0, 1.5, 2.0]])))
    1.25
    """

    def penalty(self, violations):
        return ops.square(violations)
