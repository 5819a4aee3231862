"""Losses that judge each image as a whole: what they share."""

from abc import abstractmethod

from keras import ops

from dlcourse.losses.segmentation import SegmentationLoss
from dlcourse.ops.log_probabilities import probabilities


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
        both = both or self.class_weights is not None
        targets, y_pred, kept = self.read(y_true, y_pred, both)
        p = probabilities(y_pred, self.from_logits)
        if p.shape[-1] == 1 and both:
            p = ops.concatenate([1 - p, p], axis=-1)
        if kept is None:
            return targets, p, ops.ones_like(p[..., :1])
        kept = ops.cast(kept, p.dtype)
        return targets * kept, p * kept, kept

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
