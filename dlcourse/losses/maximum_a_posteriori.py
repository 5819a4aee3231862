"""LeNet-5's criterion: draw the right class near, and push the others away only as long as they are a threat."""

from numbers import Real

import keras
from keras import ops

from dlcourse.losses.sparse import SparseLoss


@keras.saving.register_keras_serializable("dlcourse")
class MaximumAPosteriori(SparseLoss):
    """The negative log-probability of the right class, where one more class stands for "none of these".

    L(y, d) = d_y + log(e^-rubbish + sum over i of e^-d_i)

    d_i is a penalty of class i, such as a distance to its code (`dlcourse.layers.RBFOutput`); e^-d_i is its density
    up to a factor. Alone, d_y would do: it is a squared error. But a net may then pay a little for each class, and
    if codes were trainable, all of them could collapse into one. The second term makes the classes compete, until
    their penalties are far above `rubbish`: its slope in d_i is -e^-d_i / (e^-rubbish + ...). The larger `rubbish`,
    the nearer the loss is to the softmax cross entropy of scores -d; the smaller, the nearer to d_y alone.

    With `from_logits=True` y_pred holds scores, the negative penalties, as `models.LeNet5(classifier_activation=None)`
    gives them.

    Shapes:  y_true integer labels (b, ...) or (b, ..., 1), y_pred penalties (b, ..., k) -> (b, ...), then `reduction`
    Range:   (0, inf) in nats
    Empty:   sums and means over nothing, or over ignored labels only, are 0
    Errors:  a label outside 0 .. k-1 (and not `ignore_class`) gives NaN, since under jit nothing can raise; so does a
             row with a NaN or infinite penalty. ValueError for one-hot targets, another shape, or `rubbish` that is no
             positive number
    Source:  LeCun et al. 1998, equation 9, whose j is `rubbish`; the paper gives no value for it

    >>> import numpy as np
    >>> loss = MaximumAPosteriori(rubbish=2.0)
    >>> round(float(loss(np.array([0]), np.array([[2.0, 2.0]]))), 4)  # one of three that are equal: log 3
    1.0986
    """

    def __init__(
        self,
        rubbish=10.0,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        name="maximum_a_posteriori",
        dtype=None,
    ):
        super().__init__(ignore_class=ignore_class, reduction=reduction, name=name, dtype=dtype)
        if isinstance(rubbish, bool) or not isinstance(rubbish, Real) or not 0 < rubbish < float("inf"):
            raise ValueError(
                f"MaximumAPosteriori: rubbish is the penalty of 'none of these', a finite number > 0, got {rubbish!r}. "
                "10.0 is the default."
            )
        self.rubbish, self.from_logits = float(rubbish), bool(from_logits)

    def label_shape(self, y_pred):
        return tuple(y_pred.shape)[:-1]

    def per_label(self, labels, y_pred):
        y_pred = -y_pred if self.from_logits else y_pred
        classes = ops.arange(y_pred.shape[-1], dtype=labels.dtype)  # (k,)
        right = ops.equal(ops.expand_dims(labels, -1), classes)  # (b, ..., k), one True a row
        own = ops.sum(ops.where(right, y_pred, 0.0), axis=-1)
        scores = ops.concatenate([-y_pred, ops.full_like(y_pred[..., :1], -self.rubbish)], axis=-1)
        known = ops.logical_and(ops.any(right, axis=-1), ops.all(ops.isfinite(y_pred), axis=-1))
        # A product, not a choice: the gradient of a spoilt row is NaN as well.
        valid = ops.cast(ops.where(known, 1.0, float("nan")), y_pred.dtype)
        return (own + ops.logsumexp(scores, axis=-1)) * valid

    def advice(self, received, scores):
        if received == scores and len(scores) > 1:
            return "Turn one-hot rows into labels with argmax."
        return "Give one label for each row of penalties; the last axis of y_pred is that of the classes."

    def get_config(self):
        return {**super().get_config(), "rubbish": self.rubbish, "from_logits": self.from_logits}
