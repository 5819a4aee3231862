"""Lovasz losses: the Jaccard index itself, made a function with a slope."""

import math
from abc import abstractmethod

import keras
from keras import ops

from dlcourse.losses.image import BatchwiseLoss
from dlcourse.ops.channel_maps import joined
from dlcourse.ops.log_probabilities import LEAST
from dlcourse.ops.sorting import LAST, in_order, run_ends


class _LovaszLoss(BatchwiseLoss):
    """Abstract: the Lovasz extension of the Jaccard loss, over the errors of pixels (`errors`)."""

    @abstractmethod
    def errors(self, y_true, y_pred):
        """Targets, how wrong each pixel is in each class, which count (None for all), and `read`'s NaN, in maps."""

    def of_images(self, y_true, y_pred, weight):
        if weight is not None:
            raise ValueError(
                f"{type(self).__name__} ranks pixels, which sample_weight cannot weigh with per_image=False. Leave it "
                "out, or take per_image=True, where it weighs images."
            )
        targets, errors, kept, unsound = self.errors(y_true, y_pred)
        targets, errors = joined(targets), joined(errors) * (1 + unsound)
        errors = errors if kept is None else ops.where(kept, errors, 0.0)
        targets, errors = (_in_rows(values, self.per_image) for values in (targets, errors))
        gains = ops.stop_gradient(_gains(errors, targets >= 0.5))
        losses = self.over_classes(ops.sum(errors * ops.cast(gains, errors.dtype), axis=-1))  # (b,) or (1,)
        return losses if self.per_image else losses[0]


@keras.saving.register_keras_serializable("dlcourse")
class LovaszSoftmax(_LovaszLoss):
    """Lovasz-softmax: pixels in the order of their errors, each weighed by what it takes off the Jaccard index.

    L(t, p) = sum over i of m_(i) (J_(i) - J_(i-1)), a mean over the classes

    m_(1) >= m_(2) >= ... are the errors |t - p| of one class, and J_(i) is the Jaccard loss if the first i pixels are
    wrong and the others right. At predictions of 0 and 1 it is one minus the IoU; between, it is convex, and no tighter
    convex function has these values. Costs a sort of all pixels; those that are alike share their weight. A soft target
    counts as one of the class from 1/2 up.

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

    def errors(self, y_true, y_pred):
        targets, p, kept, unsound = self.share_maps(y_true, y_pred)
        return targets, [ops.abs(target - part) for target, part in zip(targets, p, strict=True)], kept > 0, unsound


@keras.saving.register_keras_serializable("dlcourse")
class LovaszHinge(_LovaszLoss):
    """Lovasz hinge: as `LovaszSoftmax` for foreground and background, with the errors of a support vector machine.

    m = max(0, 1 - z s), with the score z and s = 1 in the foreground, -1 in the background

    A pixel that is right by a margin costs nothing and has no gradient. Probabilities are turned into their scores,
    log p / (1 - p), first. A soft target counts as foreground from 1/2 up.

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

    def errors(self, y_true, y_pred):
        if y_pred.shape[-1] != 1:
            raise ValueError(
                f"LovaszHinge takes one channel, that of the foreground, got {y_pred.shape[-1]}. For more classes take "
                "LovaszSoftmax."
            )
        (target,), (scores,), kept, unsound = self.read(y_true, y_pred, both=False)
        scores = scores * (1 + unsound)
        if not self.from_logits:
            p = ops.clip(scores, LEAST, 1 - LEAST)
            scores = ops.log(p) - ops.log1p(-p)
        return [target], [ops.relu(1 - scores * (2 * target - 1))], kept, unsound


def _in_rows(values, per_image):
    """(b, c, ...) -> (b, c, n), or (1, c, b n) with all images in one row."""
    values = values if per_image else ops.moveaxis(values, 1, 0)
    (b, c), space = ops.shape(values)[:2], values.shape[2:]
    n = -1 if None in space or not per_image else math.prod(space)
    return ops.reshape(values, (b, c, n) if per_image else (1, b, n))


def _gains(errors, true):
    """By how much each pixel, wrong after all with a larger error are, raises the Jaccard loss: (..., n) -> (..., n)

    Pixels that are alike in error and class share what they raise it by together.
    """
    # In the order of the errors, as these are not below 0. (`view` wants to know the size of the last axis.)
    bits = ops.view(ops.expand_dims(ops.cast(errors, "float32"), -1), "int32")[..., 0]
    keys = ops.bitwise_or(ops.left_shift(bits, 1), ops.cast(true, "int32"))
    keys = ops.bitwise_xor(keys, LAST)  # the largest first
    rows, places = in_order(keys)
    place, ends = (ops.cast(x, "float32") for x in (ops.arange(ops.shape(rows)[-1]), run_ends(rows)))
    own = ops.cast(ops.bitwise_and(ops.bitwise_not(rows), 1), "float32")  # 1.0 for a pixel of the class
    area = ops.sum(own, axis=-1, keepdims=True)
    missed = ops.cumsum(own, axis=-1) - own  # before this place, and beside them
    either = area + place - missed
    # J = 1 - (area - missed) / either. A run of pixels of the class lowers the one, any other run raises the other.
    of_others = (area - missed) / ops.maximum(either * (either + ends - place), 1.0)
    absent = ops.where(place > 0, 0.0, 1 / ends)  # J is 1 after the first pixel
    gains = ops.where(area > 0, ops.where(own > 0, 1 / ops.maximum(either, 1.0), of_others), absent)
    return ops.take_along_axis(gains, places, axis=-1)
