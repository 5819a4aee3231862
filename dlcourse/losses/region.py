"""Losses that compare areas: what the prediction, the target and both together cover."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.image import BatchwiseLoss
from dlcourse.ops.channel_maps import cut


class RegionLoss(BatchwiseLoss):
    """Abstract: a loss made of three areas for each class, each a sum over the pixels that are not ignored.

    `shared` is the sum of p t, `predicted` that of p and `true` that of t. A subclass makes one number of them
    (`measure`).

    Shapes:  as `SegmentationLoss` -> (b,), then `reduction`; () with per_image=False
    """

    power, both = 1, False  # of shares in the areas predicted and true; whether k = 1 means two classes

    @abstractmethod
    def measure(self, shared, predicted, true, pixels):
        """The loss of each image: areas (b, c) and pixels (b, 1), those that count -> (b,); () if over the batch"""

    def of_images(self, y_true, y_pred, weight):
        targets, maps, kept, unsound = self.share_maps(y_true, y_pred, self.both)
        enough = 1 if self.from_logits else len(maps)  # areas that are NaN: a softmax hands it on to all classes
        maps = [part + unsound if n < enough else part for n, part in enumerate(maps)]
        space = tuple(range(2, len(kept.shape)))
        axes = space if self.per_image else (0, *space)
        weight = None if weight is None else cut(weight)[0]

        def area(shares):
            return ops.sum(shares if weight is None else shares * weight, axis=axes)

        def areas(target, p):
            sizes = (p, target) if self.power == 1 else (p * p, target * target)
            return [area(p * target), *map(area, sizes)]

        of_maps = zip(*[areas(target, p) for target, p in zip(targets, maps, strict=True)], strict=True)
        return self.measure(*[ops.concatenate(found, axis=-1) for found in of_maps], area(kept))


class OverlapLoss(RegionLoss):
    """Abstract: a region loss that is a mean over the classes, of what is missing from a perfect index (`missing`).

    A class that is in no target has nothing to overlap with: there any index is 0/0 or 0 without a slope. Its mean
    probability counts as missing instead, so that a false alarm costs what it covers and every pixel of it pulls back.
    What is missing may be bent by a last function (`bent`).
    """

    @abstractmethod
    def missing(self, shared, predicted, true):
        """One minus the index of each class that is in the target: (..., c) -> (..., c)"""

    @abstractmethod
    def bent(self, missing):
        """What that costs: (..., c), from 0 to 1 -> (..., c)"""

    def measure(self, shared, predicted, true, pixels):
        absent = predicted / ops.maximum(pixels, 1.0)
        return self.over_classes(self.bent(ops.where(true > 0, self.missing(shared, predicted, true), absent)))
