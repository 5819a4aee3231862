"""Tells a loss which epoch it is."""

import keras
from keras import tree


class LossEpoch(keras.callbacks.Callback):
    """Sets `epoch` of the model's loss at the begin of each epoch: `dlcourse.losses.Compound` needs it for schedules.

    On JAX a compiled step keeps the weights it was compiled with, so there it is compiled anew: once for each epoch in
    which a weight has changed. On TensorFlow and PyTorch that costs nothing.

    Leaves:  the loss at the last epoch
    Errors:  ValueError at the begin of the training if no loss of the model has an epoch

    >>> LossEpoch().model is None
    True
    """

    def on_train_begin(self, logs=None):
        if not self._losses():
            raise ValueError(
                f"LossEpoch needs a loss that goes by the epoch, got {self.model.loss!r}. Compile with "
                "dlcourse.losses.Compound and a schedule among its weights, or leave LossEpoch out."
            )

    def on_epoch_begin(self, epoch, logs=None):
        before = [loss.current_weights for loss in self._losses()]
        for loss in self._losses():
            loss.epoch = epoch
        if keras.backend.backend() == "jax" and before != [loss.current_weights for loss in self._losses()]:
            self.model.make_train_function(force=True)
            self.model.test_function = None  # made when it is asked for

    def _losses(self):
        return [loss for loss in tree.flatten(self.model.loss) if getattr(loss, "is_scheduled", False)]
