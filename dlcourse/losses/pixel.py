"""Losses that judge each pixel for itself: what they share."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.segmentation import SegmentationLoss


class PixelLoss(SegmentationLoss):
    """Abstract: a loss with an entry for each pixel. A subclass says what one costs (`per_pixel`).

    Shapes:  as `SegmentationLoss` -> (b, ...), then `reduction`, a mean over the pixels that are not ignored
    """

    @abstractmethod
    def per_pixel(self, targets, y_pred):
        """The cost of each pixel: targets (b, ..., c), c = k or 2 for k = 1, y_pred (b, ..., k) -> (b, ...)"""

    def entries(self, kept):
        return ops.squeeze(kept, -1)

    def call(self, y_true, y_pred):
        targets, y_pred, kept = self.read(y_true, y_pred)
        losses = self.per_pixel(targets, y_pred)
        return losses if kept is None else losses * ops.cast(self.entries(kept), losses.dtype)
