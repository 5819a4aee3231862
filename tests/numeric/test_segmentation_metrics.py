"""Segmentation metrics against scikit-learn, SciPy, Keras and numbers made by hand, and what they promise beside."""

import keras
import numpy as np
import pytest
from scipy import ndimage, special
from sklearn.metrics import average_precision_score

from dlcourse import losses, metrics
from tests.contracts import metric_twins as twins
from tests.contracts.backends import compiled, numpy

rng = np.random.default_rng(0)
SHAPE, ONES = (3, 12, 10), np.ones(3)  # nearly everywhere: JAX compiles each operation for each shape
SCORES = 6 * ndimage.gaussian_filter(rng.normal(size=(*SHAPE, 3)), (0, 1, 1, 0)).astype("float32")
SOFT = special.softmax(SCORES, axis=-1)
LABELS = (SCORES + 2 * rng.normal(size=(*SHAPE, 3))).argmax(axis=-1)
IGNORING = np.where(rng.random(SHAPE) < 0.3, 255, LABELS)
PIXELS = (metrics.PixelAccuracy, metrics.MeanIoU, metrics.FrequencyWeightedIoU, metrics.MeanDice)
SURFACES = [(metrics.HausdorffDistance, twins.hausdorff(100)), (metrics.AverageSurfaceDistance, twins.average)]
ALL = (*PIXELS, metrics.PixelAveragePrecision, metrics.HausdorffDistance, metrics.AverageSurfaceDistance)


def close(found, expected, rtol=1e-5):
    np.testing.assert_allclose(numpy(found), expected, rtol=rtol, atol=1e-7)


def fed(metric, *batch, **weights):
    metric.update_state(*batch, **weights)
    return metric


def shown(mask):
    """A prediction that is sure of a mask: (b, ...) -> (b, ..., 1)"""
    return np.asarray(mask, "float32")[..., None]


@pytest.mark.parametrize("ignore", [None, 255])
def test_pixels_are_counted_as_scikit_learn_counts_them(ignore):
    labels = LABELS if ignore is None else IGNORING
    batch = (labels, SOFT, ONES, 3, False, ignore)
    for cls, scores in ((metrics.MeanIoU, twins.jaccard), (metrics.MeanDice, twins.f1)):
        metric = fed(cls(3, ignore_class=ignore), labels, SOFT)
        close(metric.per_class(), scores(*batch))
        close(metric.result(), scores(*batch).mean())
    close(fed(metrics.PixelAccuracy(3, ignore_class=ignore), labels, SOFT).result(), twins.accuracy(*batch))
    close(fed(metrics.FrequencyWeightedIoU(3, ignore_class=ignore), labels, SOFT).result(), twins.weighted_iou(*batch))


@pytest.mark.parametrize("weights", [None, ONES * [1, 0.5, 2], rng.random(SHAPE).astype("float32")])
def test_mean_iou_is_keras_mean_iou(weights):
    ours = metrics.MeanIoU(3, ignore_class=255)
    theirs = keras.metrics.MeanIoU(3, ignore_class=255, sparse_y_pred=False, dtype="float32")
    each = weights if weights is None or weights.ndim > 1 else np.broadcast_to(weights[:, None, None], SHAPE)
    for labels in (IGNORING, LABELS % 2, IGNORING):
        ours.update_state(labels, SOFT, sample_weight=weights)
        theirs.update_state(labels, SOFT, sample_weight=each)
        close(ours.result(), numpy(theirs.result()))


def test_all_background_where_nine_tenths_are():
    mask, nothing = np.zeros(SHAPE), np.zeros((*SHAPE, 1), "float32")
    mask[..., 0] = 1
    close(metrics.PixelAccuracy(2)(mask, nothing), 0.9)
    close(metrics.MeanIoU(2)(mask, nothing), 0.45)
    close(metrics.FrequencyWeightedIoU(2)(mask, nothing), 0.81)
    close(metrics.MeanDice(2)(mask, nothing), 0.9 / 1.9)
    close(metrics.MeanIoU(1)(mask, nothing), 0.0)
    close(metrics.PixelAveragePrecision(1)(mask, nothing), 0.1)
    close(metrics.HausdorffDistance(1)(mask, nothing), np.hypot(12, 10))


def test_a_class_that_is_nowhere_has_no_value_and_one_that_is_only_predicted_has_none_right():
    sure, half = np.eye(3, dtype="float32")[LABELS % 2], LABELS * 0
    metric = fed(metrics.MeanIoU(3), half, sure)
    zeros = (LABELS % 2 == 0).mean()
    close(metric.per_class(), [zeros, 0, np.nan])
    close(metric.result(), zeros / 2)
    close(fed(metrics.PixelAccuracy(3), half, sure).per_class(), [zeros, np.nan, np.nan])
    close(fed(metrics.FrequencyWeightedIoU(3), half, sure).result(), zeros)
    assert np.isnan(numpy(metrics.MeanIoU(3).result()))


def test_average_precision_is_that_of_scikit_learn_where_no_bin_holds_two_scores():
    p = np.repeat(np.linspace(0.02, 0.98, 20), 18).reshape(SHAPE).astype("float32")
    truth = rng.random(p.shape) < p
    expected = average_precision_score(truth.ravel(), p.ravel())
    metric = fed(metrics.PixelAveragePrecision(1), truth, p[..., None])
    close(metric.result(), expected)


@pytest.mark.parametrize(("bins", "from_logits"), [(32, False), (512, True)])
def test_rounding_moves_average_precision_by_no_more_than_its_bound(bins, from_logits):
    metric = fed(metrics.PixelAveragePrecision(3, bins, from_logits), LABELS, SCORES if from_logits else SOFT)
    exact = twins.precisions(LABELS, SOFT, ONES, 3)
    close(metric.per_class(), twins.precisions(LABELS, SOFT, ONES, 3, bins=bins), rtol=1e-4)
    bound = numpy(metric.error_bound())
    assert (np.abs(numpy(metric.per_class()) - exact) <= bound).all() and (bound < (1.0, 0.1)[bins > 32]).all()


def test_average_precision_tells_sure_pixels_apart():
    """Where probabilities in float32 and bins of them would not."""
    scores, right = np.zeros((*SHAPE, 1), "float32"), np.full(SHAPE, 255)
    scores[0, 0, :4, 0], right[0, 0, :4] = [9, 11, 13, 15], [0, 1, 0, 1]
    options = {"classes": 1, "ignore_class": 255}
    close(metrics.PixelAveragePrecision(from_logits=True, **options)(right, scores), (1 + 2 / 3) / 2)
    close(metrics.PixelAveragePrecision(**options)(right, special.expit(scores)), (1 + 2 / 3) / 2)


@pytest.mark.parametrize(("cls", "measure"), SURFACES)
@pytest.mark.parametrize("sampling", [None, [3.0, 0.5]])
def test_contours_are_as_far_apart_as_all_pairs_of_points_say(cls, measure, sampling):
    metric = fed(cls(3, sampling=sampling, ignore_class=255), IGNORING, SOFT)
    expected = twins.surface_distances(IGNORING, SOFT, ONES, 3, False, 255, measure=measure, sampling=sampling)
    close(metric.per_class(), expected)
    close(metric.result(), expected.mean())


@pytest.mark.parametrize("percentile", [0, 50, 95, 99.5])
def test_percentiles_are_those_of_numpy_of_either_contour(percentile):
    metric = fed(metrics.HausdorffDistance(3, percentile), LABELS, SOFT)
    expected = twins.surface_distances(LABELS, SOFT, ONES, 3, measure=twins.hausdorff(percentile))
    close(metric.per_class(), expected)


def test_volumes_are_taken_too():
    truth, found = (ndimage.gaussian_filter(rng.normal(size=(2, 6, 7, 5)), (0, 1, 1, 1)) > 0 for _ in range(2))
    batch = truth.astype("uint8"), shown(found)
    steps = [3.0, 1.0, 1.5]
    expected = twins.surface_distances(*batch, ONES[:2], 2, measure=twins.average, sampling=steps)
    close(fed(metrics.AverageSurfaceDistance(2, sampling=steps), *batch).per_class(), expected)
    close(fed(metrics.MeanIoU(2), *batch).result(), twins.mean_iou(*batch, ONES[:2], 2))


def test_distances_made_by_hand():
    square, moved = np.zeros(SHAPE), np.zeros(SHAPE)
    square[:, 2:6, 2:6], moved[:, 2:6, 5:9] = 1, 1
    close(metrics.HausdorffDistance(1)(square, shown(moved)), 3)
    close(metrics.HausdorffDistance(1, sampling=[3.0, 0.5])(square, shown(moved)), 1.5)
    stray = square.copy()
    stray[:, 11, 5] = 1  # 6 below the last row of a square of 12 contour pixels
    close(metrics.HausdorffDistance(1)(square, shown(stray)), 6)
    close(metrics.HausdorffDistance(1, percentile=90)(square, shown(stray)), 0)
    close(metrics.HausdorffDistance(1, percentile=95)(square, shown(stray)), 6 * (0.95 * 12 - 11))
    close(metrics.AverageSurfaceDistance(1)(square, shown(stray)), 6 / 25)
    close(metrics.AverageSurfaceDistance(1)(square, shown(square)), 0)


@pytest.mark.parametrize("cls", [cls for cls, _ in SURFACES])
def test_empty_and_full_masks_have_the_documented_distance(cls):
    empty, full = np.zeros(SHAPE), np.ones(SHAPE)
    diagonal = np.hypot(12, 10)
    assert np.isnan(numpy(cls(1)(empty, shown(empty))))
    close(cls(1)(full, shown(full)), 0)
    for target, found in ((empty, full), (full, empty)):
        metric = cls(1)
        close(metric(target, shown(found)), diagonal)
        close(metric(empty, shown(empty)), diagonal)  # which is left out of the mean
        close(metric(full, shown(full)), diagonal / 2)


@pytest.mark.parametrize("cls", [cls for cls, _ in SURFACES])
def test_an_image_that_cannot_be_read_is_not_taken_for_an_empty_one(cls):
    metric = fed(cls(1), LABELS == 1, shown(LABELS == 1))
    nothing = np.zeros((*SHAPE, 1), "float32")
    nothing[0, 0, 0] = np.nan
    assert np.isnan(numpy(fed(metric, np.zeros(SHAPE), nothing).result()))


@pytest.mark.parametrize("cls", ALL)
def test_labels_a_column_of_them_and_rows_are_the_same(cls):
    rows = np.eye(256, dtype="float32")[IGNORING][..., :3]
    expected = numpy(cls(3, ignore_class=255)(IGNORING, SOFT))
    for y_true in (IGNORING[..., None].astype("uint8"), rows):
        close(cls(3, ignore_class=255)(y_true, SOFT), expected)


@pytest.mark.parametrize("cls", ALL)
def test_one_channel_is_two(cls):
    two = special.softmax(SCORES[..., :2], axis=-1)
    mask = LABELS == 1
    expected = numpy(fed(cls(2), mask, two).per_class())
    close(fed(cls(2), mask, two[..., 1:]).per_class(), expected, rtol=1e-4)
    close(fed(cls(1), mask, two[..., 1:]).per_class(), expected[1:], rtol=1e-4)
    close(fed(cls(2, from_logits=True), mask, SCORES[..., 1:2] - SCORES[..., :1]).per_class(), expected, rtol=1e-4)


@pytest.mark.parametrize("cls", ALL)
def test_what_is_ignored_may_be_anything(cls):
    spoilt = np.where((IGNORING == 255)[..., None], np.nan, SOFT)
    close(cls(3, ignore_class=255)(IGNORING, spoilt), numpy(cls(3, ignore_class=255)(IGNORING, SOFT)))


@pytest.mark.parametrize("cls", [*PIXELS, metrics.PixelAveragePrecision])
def test_a_pixel_without_weight_is_ignored_and_one_of_two_is_there_twice(cls):
    expected = numpy(cls(3, ignore_class=255)(IGNORING, SOFT))
    weights = (IGNORING != 255).astype("float32")
    close(cls(3)(LABELS, SOFT, sample_weight=weights), expected)
    close(cls(3)(LABELS, SOFT, sample_weight=2 * weights[..., None]), expected)
    twice = np.array([1.0, 0.0, 2.0], "float32")
    close(cls(3)(LABELS, SOFT, sample_weight=twice), numpy(cls(3)(LABELS[[0, 2, 2]], SOFT[[0, 2, 2]])))


@pytest.mark.parametrize("cls", [metrics.MeanIoU, metrics.PixelAveragePrecision, metrics.HausdorffDistance])
def test_an_empty_batch_changes_nothing(cls):
    metric = fed(cls(3), LABELS, SOFT)
    before = numpy(metric.result())
    close(fed(metric, LABELS[:0], SOFT[:0]).result(), before)


@pytest.mark.parametrize("cls", [metrics.MeanIoU, metrics.PixelAveragePrecision, metrics.HausdorffDistance])
def test_labels_out_of_range_are_listed_and_under_jit_nan(cls):
    strange = LABELS.copy()
    strange[0, 0, :2] = [7, -1]
    with pytest.raises(ValueError, match=r"0 \.\. 2.*got -1, 7 in 2 pixels"):
        cls(3).update_state(strange, SOFT)
    metric = cls(3)
    start = [numpy(variable) for variable in metric.variables]

    def result(y_true, y_pred):
        return metric.stateless_result(metric.stateless_update_state(start, y_true, y_pred))

    if keras.backend.backend() != "torch":  # which has nothing but eager mode
        assert np.isnan(numpy(compiled(result)(*map(keras.ops.convert_to_tensor, (strange, SOFT)))))


def test_scores_taken_for_probabilities_are_warned_of():
    with pytest.warns(UserWarning, match="from_logits"):
        metrics.MeanIoU(3).update_state(LABELS, SCORES)


def test_all_serve_in_fit_and_the_callbacks_know_which_way_is_better():
    given = keras.Input((12, 10, 3))
    model = keras.Model(given, keras.layers.Dense(3, activation="softmax")(given))
    model.compile(
        "adam",
        losses.Dice(),
        metrics=[cls(3, name=cls.__name__) for cls in ALL],
        weighted_metrics=[metrics.MeanIoU(3, name="weighted")],
    )
    weights = np.array([1.0, 0.5, 2.0], "float32")
    stops = [keras.callbacks.EarlyStopping(f"val_{cls.__name__}", patience=9) for cls in ALL]
    held_out = SCORES, LABELS, weights
    last = model.fit(SCORES, LABELS, batch_size=3, epochs=1, validation_data=held_out, verbose=0, callbacks=stops)
    up = [stop.monitor_op is keras.ops.greater for stop in stops]
    assert up == [True] * 5 + [False] * 2
    p = model.predict(SCORES, verbose=0)
    for cls in ALL:
        close(last.history[f"val_{cls.__name__}"][-1], numpy(cls(3)(LABELS, p)), rtol=1e-4)
    close(last.history["val_weighted"][-1], numpy(metrics.MeanIoU(3)(LABELS, p, sample_weight=weights)))


def test_the_report_is_what_the_metrics_say():
    report = metrics.SegmentationReport(["sky", "sea", "land"], sampling=[3.0, 0.5], ignore_class=255)
    given = keras.Input((12, 10, 3))
    frame = report.evaluate(keras.Model(given, keras.layers.Softmax()(given)), SCORES, IGNORING, batch_size=3)
    assert list(frame.index) == ["sky", "sea", "land", "mean"]
    batch = (IGNORING, SOFT, ONES, 3, False, 255)
    close(frame["IoU"], [*twins.jaccard(*batch), twins.mean_iou(*batch)])
    close(frame["Dice"], [*twins.f1(*batch), twins.mean_dice(*batch)])
    for column, measure in (("Hausdorff95", twins.hausdorff(95)), ("surface_distance", twins.average)):
        close(frame[column][:3], twins.surface_distances(*batch, measure=measure, sampling=[3.0, 0.5]))
    bound = numpy(report.ranks.error_bound())
    assert (np.abs(frame["AP"][:3] - twins.precisions(*batch)) <= bound).all()
    kept, guess = IGNORING != 255, SOFT.argmax(axis=-1)
    for number, name in enumerate(report.names):
        hit = ((IGNORING == number) & (guess == number)).sum()
        close(frame.loc[name, "precision"], hit / (kept & (guess == number)).sum())
        close(frame.loc[name, "recall"], hit / (IGNORING == number).sum())
        close(frame.loc[name, "share"], (IGNORING == number).sum() / kept.sum())
    report.reset()
    assert report.frame().isna().all(axis=None)


def test_the_report_explains_what_it_cannot_take():
    for classes in (0, [], "cells", ["a", "a"], ["a", "mean"]):
        with pytest.raises(ValueError, match="names"):
            metrics.SegmentationReport(classes)
    report = metrics.SegmentationReport(3)
    with pytest.raises(ValueError, match="got 9 in 360 pixels"):
        report.update(LABELS * 0 + 9, SOFT)
    with pytest.raises(ValueError, match="3 images and 2 masks"):
        report.evaluate(None, SCORES, LABELS[:2])
