"""Losses that judge each image as a whole: what they share."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.segmentation import SegmentationLoss
from dlcourse.ops.channel_maps import joined
from dlcourse.ops.log_probabilities import probabilities_of


class ImageLoss(SegmentationLoss):
    """Abstract: a loss with an entry for each image, made of one term for each class.

    For k = 1 the class is the foreground; with class_weights there are two, background and foreground.

    Shapes:  as `SegmentationLoss` -> (b,), then `reduction`, a mean over the images with a pixel that is not ignored
    """

    def entries(self, kept):
        return ops.any(kept, axis=tuple(range(1, len(kept.shape))))

    def shares(self, y_true, y_pred, both=False):
        """Targets and probabilities (b, ..., c), 0 where a pixel is ignored, and 1.0 for each that counts (b, ..., 1).

        c = k; for k = 1 two, background and foreground, if `both` or if there are class_weights.
        """
        targets, p, kept, unsound = self.share_maps(y_true, y_pred, both)
        return [ops.moveaxis(part, 1, -1) for part in (joined(targets), joined(p) * (1 + unsound), kept)]

    def share_maps(self, y_true, y_pred, both=False):
        """The same in maps, two lists of (b, m, ...) as `cut` makes them, (b, 1, ...), and what is NaN as in `read`."""
        both = both or self.class_weights is not None
        targets, maps, kept, unsound = self.read(y_true, y_pred, both)
        p = probabilities_of(maps, self.from_logits)
        p = [1 - p[0], p[0]] if both and y_pred.shape[-1] == 1 else p
        if kept is None:
            return targets, p, ops.ones_like(unsound), unsound
        kept = ops.cast(kept, p[0].dtype)
        return [part * kept for part in targets], [part * kept for part in p], kept, unsound

    def over_classes(self, terms):
        """The weighted mean of the classes' terms: (..., c) -> (...)"""
        weights = self.weights_of(terms.shape[-1])
        return ops.sum(terms * weights, axis=-1) / ops.sum(weights)


class BatchwiseLoss(ImageLoss):
    """Abstract: an image loss that may take the whole batch for one image.

    With `per_image=False` pixels are pooled over the batch: less noise where images are few or objects rare, but a
    batch no longer costs what its halves cost on average. Then the loss is one number whatever the `reduction`, and
    `sample_weight` multiplies pixels instead of entries.

    Shapes:  as `SegmentationLoss` -> (b,), then `reduction`; () with per_image=False
    """

    def __init__(self, per_image=True, **options):
        super().__init__(**options)
        self.per_image = bool(per_image)

    @abstractmethod
    def of_images(self, y_true, y_pred, weight):
        """The loss of each image, (b,), or that of the batch, (), for which pixels have a `weight` (b, ...) or None."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        if self.per_image:
            return super().__call__(y_true, y_pred, sample_weight)
        y_true, y_pred = (ops.convert_to_tensor(values, dtype=self.dtype) for values in (y_true, y_pred))
        self.counting(y_true, y_pred)
        if sample_weight is not None:
            weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            sample_weight = ops.reshape(weight, (*ops.shape(weight), *[1] * (len(y_pred.shape) - len(weight.shape))))
        return self.of_images(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        return self.of_images(y_true, y_pred, None)

    def get_config(self):
        return {**super().get_config(), "per_image": self.per_image}
