"""The training loss of a hierarchical softmax."""

import keras

from dlcourse.losses.sparse import SparseLoss


@keras.saving.register_keras_serializable("dlcourse")
class HierarchicalCrossentropy(SparseLoss):
    """Cross-entropy of what `dlcourse.layers.HierarchicalSoftmax` returns when it is given the labels: -log p(label).

    The layer has already picked the label's own log-probability, so `y_true`, the same labels once more, is read for
    its shape and for `ignore_class` only. A model that returns all V log-probabilities is evaluated with
    `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`: log-probabilities are their own logits.

    Shapes:  y_true integer labels (b, ...) or (b, ..., 1), y_pred log-probabilities (b, ...) -> (b, ...),
             then `reduction`
    Range:   [0, inf), in nats; divide by log 2 for bits
    Empty:   sums and means over nothing, or over ignored labels only, are 0
    Errors:  NaN in y_pred (the layer's answer to a label out of range) stays NaN, -inf becomes inf; ValueError if the
             shapes do not match, as when y_pred holds all classes
    Source:  Morin & Bengio 2005

    >>> import numpy as np
    >>> loss = HierarchicalCrossentropy(ignore_class=-1)
    >>> float(loss(np.array([4, -1]), np.array([-0.5, -9.0])))
    0.5
    """

    def __init__(self, ignore_class=None, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(ignore_class=ignore_class, reduction=reduction, name=name, dtype=dtype)

    def label_shape(self, y_pred):
        return tuple(y_pred.shape)

    def per_label(self, labels, y_pred):
        return -y_pred

    def advice(self, received, scores):
        axes = len(received) - (received[-1:] == (1,))  # those of the labels, without a column
        if len(scores) != axes + 1:
            return "Give the labels the shape of y_pred: one for each log-probability that the layer has picked."
        return (
            "It looks as if y_pred holds all classes. To train, call the layer with `labels=`, so that it picks the "
            "label's own log-probability; to evaluate a model that returns all of them, use "
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)."
        )
