"""Losses that weigh the error of each pixel by where it lies: what they share."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.image import ImageLoss


class ContourLoss(ImageLoss):
    """Abstract: a mean over pixels and classes of what a pixel costs (`of_pixel`), which depends on contours.

    Shapes:  as `SegmentationLoss` -> (b,), then `reduction`
    """

    @abstractmethod
    def of_pixel(self, targets, p):
        """What each pixel costs in each class: targets and probabilities (b, ..., c) -> (b, ..., c)"""

    def call(self, y_true, y_pred):
        targets, p, kept = self.shares(y_true, y_pred)
        axes = tuple(range(1, len(p.shape) - 1))
        costs = ops.sum(self.of_pixel(targets, p) * kept, axis=axes)  # (b, c)
        return self.over_classes(costs / ops.maximum(ops.sum(kept, axis=axes), 1.0))
