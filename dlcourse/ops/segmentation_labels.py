"""How targets lie beside predictions of images: as labels or in rows, which pixels count, and what is refused."""

import warnings

import numpy as np
from keras import ops

from dlcourse.ops.shapes import agree

SHOWN, LEEWAY = 5, 1e-3


def in_rows(y_true, y_pred):
    """Whether targets have a channel for each of several classes.

    >>> in_rows(np.zeros((2, 4, 4, 3)), np.zeros((2, 4, 4, 3))), in_rows(np.zeros((2, 4, 4)), np.zeros((2, 4, 4, 3)))
    (True, False)
    """
    k = y_pred.shape[-1]
    return k != 1 and len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == k


def in_channels(name, y_true, y_pred):
    """Targets with an axis of channels; `name` is who asks, for the message.

    Shapes:  y_pred (b, ..., k), y_true (b, ...), (b, ..., 1) or (b, ..., k) -> (b, ..., 1) or (b, ..., k)
    Errors:  ValueError for pixels that are not those of y_pred, and for another number of channels

    >>> in_channels("IoU", np.zeros((2, 4, 4)), np.zeros((2, 4, 4, 3))).shape[-1]
    1
    """
    received, scores = tuple(y_true.shape), tuple(y_pred.shape)
    pixels, k = scores[:-1], scores[-1] if scores else None
    if len(scores) > 1 and agree(received, pixels):
        return ops.expand_dims(y_true, -1)
    if len(scores) > 1 and (agree(received, (*pixels, 1)) or agree(received, scores)):
        return y_true
    raise ValueError(
        f"{name} compares y_pred (b, ..., {k}) with labels (b, ...) or (b, ..., 1)"
        f"{f' or rows (b, ..., {k})' if k != 1 else ''} of the same pixels, got y_pred of shape {scores} and "
        f"y_true of shape {received}. Resize or crop the mask to the image that the model returns."
    )


def counted(y_true, y_pred, ignore_class):
    """Which pixels do not have the label `ignore_class`, any number such as 255.

    Beside targets in rows it is a channel; where it is not one of the channels it means the rows of zeros that
    `one_hot` makes of it.

    Shapes:  y_true (b, ..., 1) or (b, ..., k), y_pred (b, ..., k) -> (b, ..., 1), True or False

    >>> np.array(counted(np.array([[[1.0], [255.0]]]), np.zeros((1, 2, 3)), 255)).tolist()
    [[[True], [False]]]
    """
    if ignore_class is None:
        return ops.ones_like(y_true[..., :1], dtype="bool")
    if not in_rows(y_true, y_pred):
        return ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))
    if 0 <= ignore_class < y_pred.shape[-1]:
        return ops.less(y_true[..., int(ignore_class) : int(ignore_class) + 1], 0.5)
    return ops.any(ops.not_equal(y_true, 0), axis=-1, keepdims=True)


def check_labels(name, y_true, y_pred, ignore_class=None):
    """ValueError that lists labels which are no class; nothing where values are not known yet, as under jit.

    >>> check_labels("IoU", np.array([[[3.0], [0.0]]]), np.zeros((1, 2, 3)))
    Traceback (most recent call last):
    ...
    ValueError: IoU: labels are 0 .. 2 beside 3 channel(s), got 3 in 1 pixels. If they mean 'no label', name them by \
ignore_class; if the mask is an image of 0 and 255, divide it by 255.
    """
    labels = _values(y_true)
    if labels is None:
        return
    k, rows = y_pred.shape[-1], in_rows(y_true, y_pred)
    low, high = 0, 1 if rows or k == 1 else k - 1
    strange = ~((labels >= low) & (labels <= high))  # NaN is strange too
    if not rows and k > 1:
        strange |= labels != np.floor(labels)
    if ignore_class is not None and not rows:
        strange &= labels != ignore_class
    if not strange.any():
        return
    found = np.unique(labels[strange])
    listed = ", ".join(f"{value:g}" for value in found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
    classes = "targets in rows are shares from 0 to 1" if rows else f"labels are {low} .. {high} beside {k} channel(s)"
    raise ValueError(
        f"{name}: {classes}, got {listed} in {strange.sum()} pixels. If they mean 'no label', name them by "
        "ignore_class; if the mask is an image of 0 and 255, divide it by 255."
    )


def check_probabilities(name, y_pred):
    """A warning where values that are declared probabilities leave [0, 1] or do not sum to 1; nothing under jit.

    >>> check_probabilities("IoU", np.array([[[0.25, 0.75]]]))
    """
    values = _values(y_pred)
    if values is None or not values.size or not np.isfinite(values).all():
        return
    if (values == 1).all():  # what Keras shows on PyTorch, to learn the shape of a result
        return
    low, high, sums = values.min(), values.max(), values.sum(axis=-1)
    if low < -LEEWAY or high > 1 + LEEWAY:
        what = f"they reach from {low:.3g} to {high:.3g}"
    elif values.shape[-1] > 1 and np.abs(sums - 1).max() > 10 * LEEWAY:
        what = f"those of a pixel sum to {sums.flat[np.abs(sums - 1).argmax()]:.3g}"
    else:
        return
    warnings.warn(
        f"{name} takes y_pred for probabilities, but {what}. Scores without a sigmoid or softmax need "
        "from_logits=True.",
        stacklevel=4,
    )


def _values(tensor):
    """The tensor as an array; None while it is being traced, and has no values yet."""
    try:
        return ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(tensor)))
    except (NotImplementedError, TypeError):
        return None
