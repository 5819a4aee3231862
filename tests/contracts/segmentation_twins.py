"""Segmentation losses again, slowly: NumPy and SciPy in float64, image by image and class by class."""

import numpy as np
from scipy import ndimage, special


def probabilities(y_pred, from_logits):
    """(b, ..., k) -> (b, ..., k), or (b, ..., 2) for k = 1"""
    if y_pred.shape[-1] == 1:
        p = special.expit(y_pred) if from_logits else y_pred
        return np.concatenate([special.expit(-y_pred) if from_logits else 1 - p, p], axis=-1)
    return special.softmax(y_pred, axis=-1) if from_logits else y_pred


def targets(y_true, y_pred, ignore):
    """One-hot targets (b, ..., c) and which pixels count (b, ...)."""
    count = max(2, y_pred.shape[-1])
    if y_true.shape == y_pred.shape and count == y_pred.shape[-1]:
        return y_true, y_true.any(axis=-1) if ignore is not None else np.ones(y_true.shape[:-1], bool)
    labels = y_true.reshape(y_pred.shape[:-1])
    kept = labels != ignore if ignore is not None else np.ones(labels.shape, bool)
    return np.eye(count)[np.where(kept, labels, 0).astype(int)], kept


def of_pixels(cost, from_logits=False, ignore=None, weights=None):
    """A twin with an entry a pixel: cost(t, p) (b, ..., c) -> (b, ..., c), summed with the weights of the classes."""

    def twin(y_true, y_pred):
        t, kept = targets(y_true, y_pred, ignore)
        p = probabilities(np.where(kept[..., None], y_pred, 0.5), from_logits)
        w = np.ones(t.shape[-1]) if weights is None else np.array(weights)
        return (cost(t, p) * w).sum(axis=-1) * kept

    return twin


def of_images(measure, from_logits=False, ignore=None, weights=None, both=False, per_image=True):
    """A twin with an entry an image: measure(t, p, kept) and the weights of the classes -> a number."""

    def twin(y_true, y_pred):
        t, kept = targets(y_true, y_pred, ignore)
        p = probabilities(np.where(kept[..., None], y_pred, 0.5), from_logits)
        w = np.ones(t.shape[-1]) if weights is None else np.array(weights)
        if y_pred.shape[-1] == 1 and weights is None and not both:
            t, p, w = t[..., 1:], p[..., 1:], w[1:]
        images = [slice(n, n + 1) for n in range(len(t))] if per_image else [slice(None)]
        found = [measure(t[i], p[i], kept[i], w) if kept[i].any() else 0.0 for i in images]
        return np.array(found) if per_image else np.array(found[0])

    return twin


def class_by_class(measure):
    """The weighted mean over the classes of measure(t, p), each (n,) of the pixels that count."""

    def mean(t, p, kept, w):
        terms = [measure(t[kept][:, c], p[kept][:, c]) for c in range(t.shape[-1])]
        return np.average(terms, weights=w)

    return mean


def overlap(index, absent=np.mean):
    """One minus an index of (t, p), or the mean probability where the class is absent."""
    return class_by_class(lambda t, p: 1 - index(t, p) if t.sum() > 0 else absent(p))


def tversky(fp_weight, fn_weight):
    def index(t, p):
        hit = (p * t).sum()
        return hit / (hit + fp_weight * (p * (1 - t)).sum() + fn_weight * ((1 - p) * t).sum())

    return index


def generalized_dice(t, p, kept, w):
    t, p = t[kept], p[kept]
    area = t.sum(axis=0)
    rarity = np.array([1 / a**2 if a else 0 for a in area])
    rarity = np.where(area > 0, rarity, rarity.max()) * w
    return 1 - 2 * (rarity * (t * p).sum(axis=0)).sum() / (rarity * (t + p).sum(axis=0)).sum()


def jaccard_loss_of(wrong, truth):
    """One minus the IoU if the pixels of `wrong` are wrong and all others right."""
    predicted = np.where(wrong, ~truth, truth)
    either = (predicted | truth).sum()
    return 1 - (predicted & truth).sum() / either if either else 0.0


def lovasz(errors, truth):
    """The Lovasz extension by its definition: pixels join the wrong ones in the order of their errors."""
    order, wrong, before, total = np.argsort(-errors, kind="stable"), np.zeros(len(errors), bool), 0.0, 0.0
    for i in order:
        wrong[i] = True
        now = jaccard_loss_of(wrong, truth)
        total, before = total + errors[i] * (now - before), now
    return total


def on_maps(cost):
    """The weighted mean over classes of the mean over kept pixels of cost(t, p), arrays of one image and class."""

    def mean(t, p, kept, w):
        terms = [
            (cost(t[0, ..., c] * kept[0], p[0, ..., c] * kept[0]) * kept[0]).sum() / kept.sum()
            for c in range(t.shape[-1])
        ]
        return np.average(terms, weights=w)

    return mean


def signed_distance(t, sampling=None):
    inside = t > 0.5
    steps = np.ones(t.ndim) if sampling is None else np.array(sampling)
    diagonal = np.linalg.norm(np.array(t.shape) * steps)
    if inside.all() or not inside.any():
        return np.full(t.shape, -diagonal if inside.all() else diagonal)
    edt = ndimage.distance_transform_edt
    return edt(~inside, sampling=sampling) - edt(inside, sampling=sampling)


def hausdorff_dt(alpha, without, sampling=None):
    def away(mask):
        inside = mask > 0.5
        if inside.all() or not inside.any():
            return np.full(mask.shape, float(without)) ** alpha
        return np.abs(signed_distance(mask, sampling)) ** alpha

    return lambda t, p: (p - t) ** 2 * (away(t) + away(p))


def hausdorff_erosion(alpha, erosions):
    def cost(t, p):
        cross = ndimage.generate_binary_structure(t.ndim, 1).astype(float)
        errors, total = (p - t) ** 2, 0.0
        for k in range(1, erosions + 1):
            errors = np.maximum(ndimage.convolve(errors, cross / cross.sum(), mode="constant") - 0.5, 0)
            total = total + k**alpha * errors
        return total

    return cost


def border_weights(numbers, w0, sigma):
    """(b, h, w) -> (b, h, w), by SciPy's distances to every object, 0 within them."""
    found = np.zeros(numbers.shape)
    for n, image in enumerate(numbers):
        objects = [i for i in np.unique(image) if i > 0]
        if len(objects) > 1:
            distances = np.sort([ndimage.distance_transform_edt(image != i) for i in objects], axis=0)
            found[n] = (image == 0) * w0 * np.exp(-((distances[0] + distances[1]) ** 2) / (2 * sigma**2))
    return found
