"""Several losses as one."""

import copy
import math
from numbers import Real

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class Compound(keras.losses.Loss):
    """A weighted sum of losses: region losses with cross entropy, or with a loss of contours whose weight grows.

    L(y, p) = sum over i of w_i L_i(y, p)

    A weight is a number, or a schedule (`keras.optimizers.schedules`, `dlcourse.schedules`) of the epoch: Kervadec et
    al. let the boundary's weight grow a little every epoch. A loss cannot see the epoch; with a schedule, give
    `dlcourse.callbacks.LossEpoch()` to `fit`, or set `epoch` yourself.

    Every part is given the sample weights, and applies `reduction` in place of its own: a mean over pixels and a mean
    over images can be added, but unreduced they have to be entries of the same shape.

    Shapes:  those of the parts -> ()
    Args:    losses: at least one Keras loss; weights: one number >= 0 or schedule for each, 1 without
    Range:   that of the parts
    Empty:   as the parts
    Errors:  ValueError for parts that are no losses, for weights that are none, and for entries of different shapes
    Source:  Kervadec et al. 2019, section 2.3 (a weight that grows); Taghanaki et al. 2019 (with cross entropy)

    >>> import numpy as np
    >>> half = Compound([keras.losses.MeanSquaredError(), keras.losses.MeanAbsoluteError()], weights=[0.5, 2.0])
    >>> float(half(np.zeros((1, 1)), np.full((1, 1), 3.0)))  # 0.5 * 9 + 2 * 3
    10.5
    """

    def __init__(self, losses, weights=None, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not isinstance(losses, (list, tuple)) or not losses:
            raise ValueError(f"Compound takes a list of losses, got {losses!r}.")
        for loss in losses:
            if not isinstance(loss, keras.losses.Loss):
                raise ValueError(f"Compound takes objects of keras.losses.Loss, got {loss!r}.")
        self.losses = [copy.copy(loss) for loss in losses]
        for loss in self.losses:
            loss.reduction = self.reduction
        self.weights = [1.0] * len(losses) if weights is None else list(weights)
        self._check_weights()
        self._epoch = keras.Variable(0.0, trainable=False, name="epoch")

    @property
    def epoch(self):
        """The epoch that schedules are asked for, 0 at first; `LossEpoch` sets it."""
        return float(ops.convert_to_numpy(self._epoch))

    @epoch.setter
    def epoch(self, number):
        self._epoch.assign(number)

    @property
    def current_weights(self):
        """The weights of this epoch, as numbers."""
        return [float(ops.convert_to_numpy(weight)) for weight in self._weights()]

    @property
    def is_scheduled(self):
        """Whether a weight depends on the epoch."""
        return any(callable(weight) for weight in self.weights)

    def __call__(self, y_true, y_pred, sample_weight=None):
        parts = [loss(y_true, y_pred, sample_weight) for loss in self.losses]
        if len({tuple(part.shape) for part in parts}) > 1:
            shapes = {loss.name: tuple(part.shape) for loss, part in zip(self.losses, parts, strict=True)}
            raise ValueError(
                f"Compound adds what parts return, but with reduction={self.reduction!r} they have shapes {shapes}. "
                "Take a mean or a sum."
            )
        return sum(ops.cast(weight, part.dtype) * part for weight, part in zip(self._weights(), parts, strict=True))

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def get_config(self):
        pack = keras.saving.serialize_keras_object
        return {**super().get_config(), "losses": [pack(part) for part in self.losses], "weights": pack(self.weights)}

    @classmethod
    def from_config(cls, config):
        unpack = keras.saving.deserialize_keras_object
        losses = [unpack(part) for part in config["losses"]]
        return cls(**{**config, "losses": losses, "weights": unpack(config["weights"])})

    def _weights(self):
        return [weight(self._epoch) if callable(weight) else weight for weight in self.weights]

    def _check_weights(self):
        if len(self.weights) != len(self.losses):
            raise ValueError(f"Compound got {len(self.weights)} weights for {len(self.losses)} losses.")
        for weight in self.weights:
            if callable(weight) or (
                isinstance(weight, Real) and not isinstance(weight, bool) and 0 <= weight < math.inf
            ):
                continue
            raise ValueError(f"Compound: a weight is a number >= 0 or a schedule of the epoch, got {weight!r}.")
