"""Lovasz losses: the Jaccard index itself, made a function with a slope."""

import math
from abc import abstractmethod

import keras
from keras import ops

from dlcourse.losses.image import BatchwiseLoss
from dlcourse.ops.log_probabilities import LEAST


class _LovaszLoss(BatchwiseLoss):
    """Abstract: the Lovasz extension of the Jaccard loss, over the errors of pixels (`errors`)."""

    @abstractmethod
    def errors(self, targets, p, y_pred):
        """How wrong each pixel is in each class: (b, ..., c), at least 0 where it counts -> (b, ..., c)"""

    def of_images(self, y_true, y_pred, weight):
        if weight is not None:
            raise ValueError(
                f"{type(self).__name__} ranks pixels, which sample_weight cannot weigh with per_image=False. Leave it "
                "out, or take per_image=True, where it weighs images."
            )
        targets, p, kept = self.shares(y_true, y_pred)
        errors = ops.where(kept > 0, self.errors(targets, p, y_pred), 0.0)
        errors, targets = (_in_rows(values, self.per_image) for values in (errors, targets))
        order = ops.argsort(-ops.stop_gradient(errors), axis=-1)
        errors, targets = (ops.take_along_axis(values, order, axis=-1) for values in (errors, targets))
        losses = self.over_classes(ops.sum(errors * _gains(targets), axis=-1))  # (b,) or (1,)
        return losses if self.per_image else losses[0]


@keras.saving.register_keras_serializable("dlcourse")
class LovaszSoftmax(_LovaszLoss):
    """Lovasz-softmax: pixels in the order of their errors, each weighed by what it takes off the Jaccard index.

    L(t, p) = sum over i of m_(i) (J_(i) - J_(i-1)), a mean over the classes

    m_(1) >= m_(2) >= ... are the errors |t - p| of one class, and J_(i) is the Jaccard loss if the first i pixels are
    wrong and the others right. At predictions of 0 and 1 it is one minus the IoU; between, it is convex, and no tighter
    convex function has these values. Costs a sort of all pixels.

    Shapes:  y_true (b, ...), (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b,), then `reduction`; () with
             per_image=False
    Args:    those of `BatchwiseLoss`
    Range:   [0, 1]
    Empty:   a class without target costs its largest probability; the paper's code leaves such classes out; sums and
             means over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`; ValueError for sample_weight with per_image=False
    Source:  Berman, Triki & Blaschko 2018, equations 8 to 11

    >>> import numpy as np
    >>> loss = LovaszSoftmax()
    >>> round(float(loss(np.array([[1, 1, 0, 0]]), np.array([[[1.0], [0.0], [1.0], [0.0]]]))), 4)  # 1 - IoU
    0.6667
    """

    def errors(self, targets, p, y_pred):
        return ops.abs(targets - p)


@keras.saving.register_keras_serializable("dlcourse")
class LovaszHinge(_LovaszLoss):
    """Lovasz hinge: as `LovaszSoftmax` for foreground and background, with the errors of a support vector machine.

    m = max(0, 1 - z s), with the score z and s = 1 in the foreground, -1 in the background

    A pixel that is right by a margin costs nothing and has no gradient. Probabilities are turned into their scores,
    log p / (1 - p), first.

    Shapes:  y_true (b, ...) or (b, ..., 1), y_pred (b, ..., 1) -> (b,), then `reduction`; () with per_image=False
    Args:    those of `BatchwiseLoss`
    Range:   [0, inf), in the units of the scores
    Empty:   an empty target costs max(0, 1 + z) of the largest score; sums and means over nothing, or over ignored
             pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss`; ValueError for more than one channel, for class_weights, and for sample_weight
             with per_image=False
    Source:  Berman, Triki & Blaschko 2018, equation 12; Yu & Blaschko 2015

    >>> import numpy as np
    >>> loss = LovaszHinge(from_logits=True)
    >>> float(loss(np.array([[1, 0]]), np.array([[[2.0], [0.5]]])))  # a miss of 1.5 for a false alarm beside one hit
    0.75
    """

    def __init__(self, **options):
        super().__init__(**options)
        if self.class_weights is not None:
            raise ValueError("LovaszHinge knows the foreground only: leave class_weights out, or take LovaszSoftmax.")

    def errors(self, targets, p, y_pred):
        if y_pred.shape[-1] != 1:
            raise ValueError(
                f"LovaszHinge takes one channel, that of the foreground, got {y_pred.shape[-1]}. For more classes take "
                "LovaszSoftmax."
            )
        if not self.from_logits:
            p = ops.clip(p, LEAST, 1 - LEAST)
            y_pred = ops.log(p) - ops.log1p(-p)
        return ops.relu(1 - y_pred * (2 * targets - 1))


def _in_rows(values, per_image):
    """(b, ..., c) -> (b, c, n), or (1, c, b n) with all images in one row."""
    values = ops.moveaxis(values, -1, 0)  # (c, b, ...)
    (c, b), space = ops.shape(values)[:2], values.shape[2:]
    n = -1 if None in space or not per_image else math.prod(space)
    return ops.moveaxis(ops.reshape(values, (c, b if per_image else 1, n)), 0, 1)


def _gains(targets):
    """By how much each pixel, wrong after all those before it are, raises the Jaccard loss: (..., n) -> (..., n)"""
    true = ops.sum(targets, axis=-1, keepdims=True)
    shared = true - ops.cumsum(targets, axis=-1)
    either = true + ops.cumsum(1 - targets, axis=-1)
    loss = 1 - shared / ops.maximum(either, 1.0)  # after each pixel in turn
    return loss - ops.pad(loss[..., :-1], [(0, 0)] * (len(loss.shape) - 1) + [(1, 0)])
