"""What losses share of which some entries do not count."""

from abc import abstractmethod

import keras
from keras import ops


class MaskedLoss(keras.losses.Loss):
    """Abstract: a loss that says which of its entries count.

    The others weigh 0, and a mean is taken over those that count, as Keras takes it. Arrays and lists may be given as
    well as tensors.

    Empty:   sums and means over nothing are 0, and so they are where no entry counts; for targets of shape (0,) eager
             Keras skips the reduction and returns the empty tensor
    """

    @abstractmethod
    def counting(self, y_true, y_pred):
        """Which entries of the unreduced loss count: a tensor of its shape, True or False; None for all of them."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = self._tensor(y_true), self._tensor(y_pred)
        # Keras hands a loss its sample weights only here; "mean_with_sample_weight" needs the idle ones at 0.
        kept = self.counting(ops.convert_to_tensor(y_true, dtype=self.dtype), ops.convert_to_tensor(y_pred))
        if kept is not None:
            sample_weight = self._weights(ops.cast(kept, self.dtype), sample_weight)
        return super().__call__(y_true, y_pred, sample_weight)

    def _tensor(self, values):
        # Keras would take a list for a structure of many outputs. A tensor stays itself: a copy loses its mask.
        return values if hasattr(values, "shape") else ops.convert_to_tensor(values, dtype=self.dtype)

    def _weights(self, kept, sample_weight):
        if self.reduction in ("mean", "sum_over_batch_size"):  # Keras will divide by all: scale up to the kept ones
            kept = kept * ops.divide_no_nan(ops.sum(ops.ones_like(kept)), ops.sum(kept))
        if sample_weight is None:
            return kept
        weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
        if len(weight.shape) == len(kept.shape) + 1 and weight.shape[-1] == 1:
            weight = ops.squeeze(weight, axis=-1)
        return weight * kept
