"""Segmentation metrics again, slowly: scikit-learn for pixels, SciPy for contours, image by image."""

import numpy as np
from scipy import ndimage, spatial, special
from sklearn import metrics

NAN = float("nan")


def labels_of(y_true, y_pred, ignore=None):
    """Labels (b, ...), 0 where ignored, and which pixels count (b, ...)."""
    if y_true.shape == y_pred.shape and y_pred.shape[-1] > 1:
        kept = y_true.any(axis=-1) if ignore is not None else np.ones(y_true.shape[:-1], bool)
        return y_true.argmax(axis=-1), kept
    labels = y_true.reshape(y_pred.shape[:-1])
    kept = np.ones(labels.shape, bool) if ignore is None else labels != ignore
    return np.where(kept, labels, 0).astype(int), kept


def probabilities(y_pred, from_logits):
    """(b, ..., k) -> (b, ..., max(2, k))"""
    if y_pred.shape[-1] == 1:
        p = special.expit(y_pred) if from_logits else y_pred
        return np.concatenate([1 - p, p], axis=-1)
    return special.softmax(y_pred, axis=-1) if from_logits else y_pred


def mean(values):
    values = np.asarray(values, np.float64)
    return NAN if np.isnan(values).all() else np.nanmean(values)


def of_pixels(measure):
    """A twin: measure(labels, predicted, weights, numbers of the classes), flat arrays of what counts -> a number."""

    def twin(y_true, y_pred, weights, classes, from_logits=False, ignore=None):
        labels, kept = labels_of(y_true, y_pred, ignore)
        predicted = probabilities(y_pred, from_logits).argmax(axis=-1)
        weights = np.broadcast_to(weights.reshape(-1, *[1] * (labels.ndim - 1)), labels.shape)
        return measure(labels[kept], predicted[kept], weights[kept], _numbers(classes))

    return twin


def by_class(score):
    """One score of scikit-learn for each class, NaN for those that are nowhere."""

    def scores(labels, predicted, weights, numbers):
        found = score(labels, predicted, labels=numbers, average=None, sample_weight=weights, zero_division=0)
        return np.where(np.isin(numbers, np.union1d(labels, predicted)), found, NAN)

    return scores


_jaccard, _f1 = by_class(metrics.jaccard_score), by_class(metrics.f1_score)


def _weighted(labels, predicted, weights, numbers):
    shares = np.array([weights[labels == number].sum() for number in numbers])
    return np.nansum(_jaccard(labels, predicted, weights, numbers) * shares) / shares.sum()


accuracy = of_pixels(
    lambda labels, predicted, weights, _: metrics.accuracy_score(labels, predicted, sample_weight=weights)
)
jaccard, f1, weighted_iou = of_pixels(_jaccard), of_pixels(_f1), of_pixels(_weighted)


def mean_iou(*batch):
    return mean(jaccard(*batch))


def mean_dice(*batch):
    return mean(f1(*batch))


def precisions(y_true, y_pred, weights, classes, from_logits=False, ignore=None, bins=None):
    """The average precision of each class, (classes,); of scores rounded to bins of log odds from -16 to 16, if any."""
    labels, kept = labels_of(y_true, y_pred, ignore)
    p = probabilities(y_pred, from_logits)
    weights = np.broadcast_to(weights.reshape(-1, *[1] * (labels.ndim - 1)), labels.shape)[kept]
    found = []
    for number in _numbers(classes):
        truth, score = labels[kept] == number, special.logit(p[kept][:, number])
        if bins is not None:
            score = np.clip(np.floor((score + 16) * bins / 32), 0, bins - 1)
        found.append(metrics.average_precision_score(truth, score, sample_weight=weights) if truth.any() else NAN)
    return np.array(found)


def contour(mask):
    return mask & ~ndimage.binary_erosion(mask, ndimage.generate_binary_structure(mask.ndim, 1))


def hausdorff(percentile):
    """Of the distances of either contour to the other."""
    return lambda there, back: max(np.percentile(there, percentile), np.percentile(back, percentile))


def average(there, back):
    return np.concatenate([there, back]).mean()


def surface_distance(truth, guess, measure, steps):
    """Of two masks, from all pairs of points of their contours; None if both are empty."""
    if not truth.any() and not guess.any():
        return None
    if not truth.any() or not guess.any():
        return np.linalg.norm(np.array(truth.shape) * steps)
    between = spatial.distance.cdist(*(np.argwhere(contour(mask)) * steps for mask in (truth, guess)))
    return measure(between.min(axis=1), between.min(axis=0))


def surface_distances(y_true, y_pred, weights, classes, from_logits=False, ignore=None, *, measure, sampling=None):
    """The mean over images of each class, (classes,)."""
    labels, kept = labels_of(y_true, y_pred, ignore)
    predicted = probabilities(y_pred, from_logits).argmax(axis=-1)
    steps = np.ones(labels.ndim - 1) if sampling is None else np.array(sampling)
    means = []
    for number in _numbers(classes):
        masks = [(t == number) & k for t, k in zip(labels, kept, strict=True)]
        guesses = [(p == number) & k for p, k in zip(predicted, kept, strict=True)]
        found = [surface_distance(*pair, measure, steps) for pair in zip(masks, guesses, strict=True)]
        seen = [image for image, distance in enumerate(found) if distance is not None]
        means.append(np.average([found[image] for image in seen], weights=weights[seen]) if seen else NAN)
    return np.array(means)


def _numbers(classes):
    return np.array([1]) if classes == 1 else np.arange(classes)
