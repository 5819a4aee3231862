"""Rows of the segmentation metrics: each for foreground and background, and for classes from logits, some ignored."""

import numpy as np

from dlcourse import metrics
from tests.contracts import metric_twins as twins
from tests.contracts.rows import MetricRow

SPACE, IGNORED, BINS, STEPS = (5, 6), 255, 64, [2.0, 1.5]
MANY = {"from_logits": True, "ignore_class": IGNORED}


def _binary_sample(rng):
    """The second image has no foreground, the third neither has nor shows any."""
    y_true = rng.integers(2, size=(3, *SPACE))
    y_pred = rng.uniform(0.02, 0.98, size=(3, *SPACE, 1)).astype("float32")
    y_true[1:] = 0
    y_pred[2] /= 2
    return y_true, y_pred


def _classes_sample(rng):
    """The first target lacks class 2, and no target or prediction has class 3; the last image is all but ignored."""
    y_true = rng.integers(3, size=(3, *SPACE))
    y_pred = 1.5 * rng.normal(size=(3, *SPACE, 4)).astype("float32")
    y_true[0] %= 2
    y_true[1:][rng.random((2, *SPACE)) < 0.3] = IGNORED
    y_true[2, 1:] = IGNORED
    y_pred[..., 3] -= 20
    return y_true[..., None], y_pred


def _invalid(cls):
    mask, binary = np.zeros((1, *SPACE)), np.zeros((1, *SPACE, 1), "float32")
    scores = np.zeros((1, *SPACE, 4), "float32")
    return (
        *(lambda bad=bad: cls(bad) for bad in (0, 2.5, "3", True)),
        lambda: cls(3, **MANY)(mask, scores),
        lambda: cls(3)(mask, binary),
        lambda: cls(2)(mask[:, :4], binary),
        lambda: cls(2)(mask + 255, binary),
        *(lambda bad=bad: cls(4, **MANY)(mask + bad, scores) for bad in (4, -1, 0.5)),
        lambda: cls(4, **MANY)(mask, scores, np.ones((1, 5), "float32")),
    )


def _binary(cls, twin, classes=2, also=(), **own):
    """A row for probabilities of the foreground; twin: (y_true, y_pred, weights, classes) -> a number"""
    return MetricRow(
        cls,
        make=lambda: cls(classes, **own),
        case="binary",
        sample=_binary_sample,
        twin=lambda *batch: twin(*batch, classes),
        empty=np.nan,
        invalid=(*_invalid(cls), *also),
    )


def _classes(cls, twin, also=(), **own):
    """A row for logits of four classes; twin: (y_true, y_pred, weights, classes, from_logits, ignore) -> a number"""
    return MetricRow(
        cls,
        make=lambda: cls(4, **MANY, **own, name="of_classes"),
        case="classes",
        sample=_classes_sample,
        twin=lambda *batch: twin(*batch, 4, True, IGNORED),
        empty=np.nan,
        invalid=(*_invalid(cls), *also),
    )


def _precision(*batch):
    return twins.mean(twins.precisions(*batch, bins=BINS))


def _surface(measure):
    return lambda *batch: twins.mean(twins.surface_distances(*batch, measure=measure, sampling=STEPS))


def _bad_surface(cls):
    mask, scores = np.zeros((1, *SPACE)), np.zeros((1, *SPACE, 4), "float32")
    return (
        lambda: cls(2, sampling=[1.0, -1.0]),
        lambda: cls(2, sampling=2.0),
        lambda: cls(4, **MANY, sampling=[1.0, 1.0, 1.0])(mask, scores),
        lambda: cls(4, **MANY)(mask, scores, sample_weight=np.ones((1, *SPACE), "float32")),
    )


_BAD_PRECISION = tuple(lambda bad=bad: metrics.PixelAveragePrecision(2, thresholds=bad) for bad in (1, 10.5))
_BAD_HAUSDORFF = tuple(lambda bad=bad: metrics.HausdorffDistance(1, percentile=bad) for bad in (-1, 101, "95"))

ROWS = [  # what all of a base share is tried on one of them in both forms
    _binary(metrics.MeanIoU, twins.mean_iou),
    _classes(metrics.MeanIoU, twins.mean_iou),
    _binary(metrics.PixelAccuracy, twins.accuracy),
    _binary(metrics.MeanDice, twins.mean_dice, classes=1),
    _classes(metrics.FrequencyWeightedIoU, twins.weighted_iou),
    _classes(metrics.PixelAveragePrecision, _precision, _BAD_PRECISION, thresholds=BINS),
    _binary(metrics.HausdorffDistance, _surface(twins.hausdorff(100)), 1, _BAD_HAUSDORFF, sampling=STEPS),
    _classes(metrics.HausdorffDistance, _surface(twins.hausdorff(95)), percentile=95, sampling=STEPS),
    _classes(
        metrics.AverageSurfaceDistance,
        _surface(twins.average),
        _bad_surface(metrics.AverageSurfaceDistance),
        sampling=STEPS,
    ),
]
