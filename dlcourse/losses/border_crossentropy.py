"""Cross entropy in which the pixels between objects that touch weigh more."""

import keras
from keras import ops

from dlcourse.losses.option_checks import at_least
from dlcourse.losses.segmentation import SegmentationLoss
from dlcourse.ops.borders import border_weights
from dlcourse.ops.channel_maps import cut, joined
from dlcourse.ops.log_probabilities import log_probabilities
from dlcourse.ops.segmentation_labels import in_channels


@keras.saving.register_keras_serializable("dlcourse")
class BorderWeightedCrossentropy(SegmentationLoss):
    """U-Net's cross entropy of objects against background: a gap between two objects weighs most where it is narrowest.

    L(y, p) = -(w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2))) log p_c

    with c = 0 in the background and 1 in objects, w_c its class weight, and d1 and d2 the distances to the nearest two
    objects; within an object w_c stands alone, see `ops.border_weights`. So y_true holds the numbers of objects, not
    classes. The weights are computed with the batch; to do it once, in the pipeline, give `1 + ops.border_weights(...)`
    as sample weights to `WeightedCrossentropy`: the same.

    Shapes:  y_true (b, h, w) or (b, h, w, 1), 0 for background, 1 .. max_instances for objects; y_pred (b, h, w, 1) or
             (b, h, w, 2) -> (b, h, w), then `reduction`
    Args:    max_instances: the largest number of an object; w0 >= 0, sigma > 0, in pixels: the paper's 10 and 5;
             options: those of `SegmentationLoss`
    Range:   [0, inf), in nats times the weights
    Empty:   sums and means over nothing, or over ignored pixels only, are 0, without a gradient; with fewer than two
             objects it is `WeightedCrossentropy`
    Errors:  those of `SegmentationLoss`, with numbers up to max_instances for labels, and ValueError for more than two
             channels and for an ignore_class that is the number of an object
    Source:  Ronneberger, Fischer & Brox 2015, equations 1 and 2

    >>> import numpy as np
    >>> loss = BorderWeightedCrossentropy(max_instances=2, w0=10.0, sigma=1.0, from_logits=True, reduction="none")
    >>> [f"{value:.2f}" for value in np.array(loss(np.array([[[1, 0, 2]]]), np.zeros((1, 1, 3, 1))))[0, 0]]
    ['0.69', '1.63', '0.69']
    """

    def __init__(self, max_instances, w0=10.0, sigma=5.0, **options):
        super().__init__(**options)
        at_least(self, 1, max_instances=max_instances)
        at_least(self, 0, w0=w0)
        at_least(self, 1e-6, sigma=sigma)
        self.max_instances, self.w0, self.sigma = int(max_instances), float(w0), float(sigma)
        if self.ignore_class is not None and 1 <= self.ignore_class <= max_instances:
            raise ValueError(
                f"BorderWeightedCrossentropy: ignore_class={self.ignore_class!r} is the number of an object, which are "
                f"1 .. {max_instances}. Give pixels to ignore a number of their own, such as 255."
            )

    def labels_in(self, y_true, y_pred):
        if y_pred.shape[-1] > 2:
            raise ValueError(
                f"BorderWeightedCrossentropy tells objects from background; got {y_pred.shape[-1]} channels. "
                "For more classes take WeightedCrossentropy with `1 + ops.border_weights(...)` as sample weights."
            )
        numbers = self._numbers(y_true, y_pred)
        strange = ops.logical_or(numbers < 0, numbers > self.max_instances)
        labels = ops.where(strange, numbers, ops.minimum(numbers, 1.0))  # what is no object stays strange
        if self.ignore_class is None:
            return labels
        ignored = ops.cast(self.ignore_class, numbers.dtype)
        return ops.where(ops.equal(numbers, ignored), ignored, labels)

    def entries(self, kept):
        return ops.squeeze(kept, -1)

    def call(self, y_true, y_pred):
        targets, maps, kept, unsound = self.read(self.labels_in(y_true, y_pred), y_pred)
        (numbers,) = cut(self._numbers(y_true, y_pred))
        if kept is not None:
            numbers = ops.where(kept, numbers, 0.0)
        log_p, _ = log_probabilities(joined(maps) * (1 + unsound), self.from_logits, axis=1)
        between = border_weights(ops.squeeze(numbers, 1), self.max_instances, self.w0, self.sigma)
        between = ops.cast(ops.expand_dims(between, 1), log_p.dtype)
        weights = ops.reshape(self.weights_of(2), (2, *[1] * (len(numbers.shape) - 2)))
        losses = -ops.sum(joined(targets) * (weights + between) * log_p, axis=1, keepdims=True)
        return ops.squeeze(losses if kept is None else losses * ops.cast(kept, losses.dtype), 1)

    def get_config(self):
        return {**super().get_config(), "max_instances": self.max_instances, "w0": self.w0, "sigma": self.sigma}

    def _numbers(self, y_true, y_pred):
        return in_channels(type(self).__name__, y_true, y_pred[..., :1])
