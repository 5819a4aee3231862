"""Losses that judge each pixel for itself: what they share."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.segmentation import SegmentationLoss
from dlcourse.ops.channel_maps import across, along_channels, joined
from dlcourse.ops.log_probabilities import log_probabilities, log_probabilities_of
from dlcourse.ops.segmentation_labels import in_rows


class PixelLoss(SegmentationLoss):
    """Abstract: a loss with an entry for each pixel. A subclass says what a class costs there (`cost`).

    L(y, p) = sum over c of t_c w_c cost(p_c)

    Shapes:  as `SegmentationLoss` -> (b, ...), then `reduction`, a mean over the pixels that are not ignored
    """

    @abstractmethod
    def cost(self, log_p, log_rest):
        """What a class costs where it is the target: log p and log(1 - p) of it, of any shape -> that shape"""

    def entries(self, kept):
        return ops.squeeze(kept, -1)

    def call(self, y_true, y_pred):
        targets, maps, kept, unsound = self.read(y_true, y_pred)
        if not self.from_logits:  # they are about to be clipped
            maps = [part * (1 + unsound) for part in maps]
        k = y_pred.shape[-1]
        if k == 1 or in_rows(y_true, y_pred):  # shares of several classes
            targets, weights = joined(targets), joined(along_channels(self.weights_of(max(k, 2)), y_pred, self.dtype))
            costs = self.cost(*log_probabilities(joined(maps), self.from_logits, axis=1))
            losses = ops.sum(targets * weights * costs, axis=1, keepdims=True)
        else:
            weights = zip(targets, along_channels(self.weights_of(k), y_pred, self.dtype), strict=True)
            weight = across("sum", [target * part for target, part in weights])
            losses = weight * self.cost(*log_probabilities_of(targets, maps, self.from_logits))
        losses = losses * (1 + unsound)
        return ops.squeeze(losses if kept is None else losses * ops.cast(kept, losses.dtype), 1)
