"""What losses over integer labels share: the shape of the labels, and a class that does not count."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.masked import MaskedLoss
from dlcourse.ops.shapes import agree


class SparseLoss(MaskedLoss):
    """Abstract: a loss whose targets are class numbers, as in `keras.losses.SparseCategoricalCrossentropy`.

    A subclass says which shape labels have (`label_shape`), what one label costs (`per_label`) and how labels of
    another shape are mended (`advice`). Positions whose label is `ignore_class` are never read: they cost 0, have no
    gradient even where the prediction is NaN, and a mean is taken over the others, as Keras does it. Arrays and lists
    may be given as well as tensors.

    Shapes:  y_true (b, ...) or (b, ..., 1) -> (b, ...), then `reduction`
    Empty:   sums and means over nothing are 0, and so they are where every label is ignored; for y_true of shape
             (0,) eager Keras skips the reduction and returns the empty tensor
    Errors:  ValueError if y_true has another shape, such as one-hot rows
    """

    def __init__(self, ignore_class=None, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.ignore_class = ignore_class

    @abstractmethod
    def label_shape(self, y_pred):
        """The shape that labels have beside this `y_pred`: a tuple, None where an axis is not known yet."""

    @abstractmethod
    def per_label(self, labels, y_pred):
        """The cost of each label, unreduced: labels (b, ...) -> (b, ...)"""

    @abstractmethod
    def advice(self, received, scores):
        """A sentence that says how to mend labels of the shape `received` beside y_pred of the shape `scores`."""

    def counting(self, y_true, y_pred):
        return None if self.ignore_class is None else self._kept(self._labels(y_true, y_pred))

    def call(self, y_true, y_pred):
        labels = self._labels(y_true, y_pred)  # (b, ...)
        if self.ignore_class is None:
            return self.per_label(labels, y_pred)
        kept = self._kept(labels)
        cover = ops.reshape(kept, (*ops.shape(kept), *[1] * (len(y_pred.shape) - len(kept.shape))))
        losses = self.per_label(ops.where(kept, labels, 0.0), ops.where(cover, y_pred, 0.0))
        return ops.where(kept, losses, 0.0)

    def get_config(self):
        return {**super().get_config(), "ignore_class": self.ignore_class}

    def _labels(self, y_true, y_pred):
        expected, received, scores = self.label_shape(y_pred), tuple(y_true.shape), tuple(y_pred.shape)
        if agree(received, expected):
            return y_true
        if agree(received, (*expected, 1)):
            return ops.squeeze(y_true, axis=-1)
        raise ValueError(
            f"{type(self).__name__} takes integer labels of shape {expected} or {(*expected, 1)} beside y_pred of "
            f"shape {scores}, got y_true of shape {received}. {self.advice(received, scores)}"
        )

    def _kept(self, labels):
        return ops.not_equal(labels, ops.cast(self.ignore_class, labels.dtype))
