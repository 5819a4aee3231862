"""What losses over images of labels share: how targets and predictions are read, and which pixels count."""

import math
from abc import abstractmethod

from keras import ops

from dlcourse.losses.masked import MaskedLoss
from dlcourse.ops.channel_maps import across, along_channels, cut
from dlcourse.ops.segmentation_labels import check_labels, check_probabilities, counted, in_channels, in_rows


class SegmentationLoss(MaskedLoss):
    """Abstract: a loss over the pixels of images or the voxels of volumes, for two classes or for more.

    With one channel (k = 1) y_pred says how likely a pixel is foreground; with k > 1 it has a channel for each class,
    whose probabilities sum to 1. Labels are class numbers 0 .. k-1 (0 and 1 for k = 1), or rows of one-hot or soft
    targets.

    Shapes:  y_pred (b, ..., k), with two or three axes of space; y_true (b, ...), (b, ..., 1) or (b, ..., k)
    Args:    from_logits: y_pred holds scores before a sigmoid (k = 1) or softmax, which keep what saturates;
             ignore_class: pixels of this label, any number such as 255, are never read; beside targets in rows it is
             a channel, or where it is not one of the channels it means the rows of zeros that `one_hot` makes of it;
             class_weights: one number >= 0 for each class, for k = 1 two of them, background first
    Errors:  ValueError for shapes that do not match and weights that are none. Looked at while nothing is traced:
             ValueError for a label out of range, and a warning for probabilities that are none. Under jit, where
             nothing can raise, such a label gives NaN, and so does NaN or infinity in y_pred anywhere
    """

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        class_weights=None,
        reduction="sum_over_batch_size",
        name=None,
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits, self.ignore_class = bool(from_logits), ignore_class
        self.class_weights = None if class_weights is None else self._checked_weights(class_weights)

    def counting(self, y_true, y_pred):
        y_true, name = self.labels_in(y_true, y_pred), type(self).__name__
        check_labels(name, y_true, y_pred, self.ignore_class)
        if not self.from_logits:
            check_probabilities(name, y_pred)
        return None if self.ignore_class is None else self.entries(counted(y_true, y_pred, self.ignore_class))

    @abstractmethod
    def entries(self, kept):
        """Which entries of the unreduced loss count if these pixels do: (b, ..., 1), True or False -> entries"""

    def labels_in(self, y_true, y_pred):
        """The class labels that y_true holds: itself, with an axis of channels, unless a subclass reads more."""
        return in_channels(type(self).__name__, y_true, y_pred)

    def read(self, y_true, y_pred, both=True):
        """Targets, predictions, which pixels count (None for all), and where nothing can be judged, all in maps.

        Lists of maps as `cut` makes them, with c and k channels, harmless where a pixel is ignored; then two of
        (b, 1, ...). c = k, but for k = 1 two targets, background and foreground, if `both`. The last is NaN where a
        label is out of range or a prediction is no number, else 0: it has yet to be brought in, by a product ahead of
        all that may choose another value, so that the gradient is NaN as well.
        """
        rows, kept, k = in_rows(y_true, y_pred), None, y_pred.shape[-1]
        y_true = in_channels(type(self).__name__, y_true, y_pred)
        if self.ignore_class is not None:
            kept = counted(y_true, y_pred, self.ignore_class)
            y_true, y_pred = ops.where(kept, y_true, 0.0), ops.where(kept, y_pred, 0.0)
            (kept,) = cut(kept)
        maps, targets = cut(y_pred), cut(y_true)
        if rows or k == 1:
            known = across("all", [ops.logical_and(part >= 0, part <= 1) for part in targets])
            targets = [1 - targets[0], *targets] if k == 1 and both else targets
        else:
            (labels,) = targets
            targets = [ops.equal(labels, classes) for classes in along_channels(ops.arange(k), y_pred, labels.dtype)]
            known = across("any", targets)
        sound = ops.logical_and(known, across("all", [ops.isfinite(part) for part in maps]))
        dtype = maps[0].dtype
        return [ops.cast(part, dtype) for part in targets], maps, kept, ops.cast(ops.where(sound, 0.0, math.nan), dtype)

    def weights_of(self, count):
        """The class weights, ones without: (count,); ValueError if they are not as many."""
        if self.class_weights is None:
            return ops.ones((count,), dtype=self.dtype)
        if len(self.class_weights) != count:
            raise ValueError(
                f"{type(self).__name__} got {len(self.class_weights)} class_weights for {count} classes"
                f"{', background and foreground' if count == 2 else ''}. Give one for each."
            )
        return ops.convert_to_tensor(self.class_weights, dtype=self.dtype)

    def get_config(self):
        own = {"from_logits": self.from_logits, "ignore_class": self.ignore_class, "class_weights": self.class_weights}
        return {**super().get_config(), **own}

    def _checked_weights(self, weights):
        try:
            found = [float(weight) for weight in weights]
        except (TypeError, ValueError):
            found = []
        if not found or not all(0 <= weight < math.inf for weight in found) or not any(found):
            raise ValueError(
                f"{type(self).__name__}: class_weights are numbers >= 0, one for each class and not all 0, "
                f"got {weights!r}."
            )
        return found
