"""Segmentation losses against Keras, scikit-learn and MONAI's published values, and what they promise beside."""

import keras
import numpy as np
import pytest
from scipy import ndimage, special
from sklearn.metrics import f1_score, jaccard_score

from dlcourse import losses
from dlcourse.callbacks import LossEpoch
from dlcourse.ops import border_weights
from dlcourse.ops.channel_maps import FEW
from tests.contracts.backends import numpy, value_and_gradient

rng = np.random.default_rng(0)
MASK = (ndimage.gaussian_filter(rng.normal(size=(3, 12, 10)), (0, 2, 2)) > 0).astype("float32")
SHARES = rng.uniform(0.02, 0.98, size=(3, 12, 10, 1)).astype("float32")
LABELS = rng.integers(3, size=(3, 12, 10))
SCORES = rng.normal(size=(3, 12, 10, 3)).astype("float32")
SOFT = special.softmax(SCORES, axis=-1)
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
REGIONS = (losses.Dice, losses.Jaccard, losses.Tversky, losses.FocalTversky, losses.LogCoshDice)
ALL = (
    *REGIONS, losses.GeneralizedDice, losses.LovaszSoftmax, losses.Boundary, losses.HausdorffDT,
    losses.HausdorffErosion, losses.WeightedCrossentropy, losses.Focal,
)  # fmt: skip


def close(found, expected, rtol=1e-5):
    np.testing.assert_allclose(numpy(found), expected, rtol=rtol, atol=1e-7)


def test_dice_is_keras_dice():
    close(losses.Dice(per_image=False)(MASK, SHARES), numpy(keras.losses.Dice()(MASK[..., None], SHARES)))
    by_class = keras.losses.Dice(axis=(0, 1, 2), reduction=None)(ONE_HOT, SOFT)
    close(losses.Dice(per_image=False)(LABELS, SOFT), numpy(by_class).mean())


def test_tversky_is_keras_tversky_with_its_names_put_right():
    theirs = keras.losses.Tversky(alpha=0.9, beta=0.1)(MASK[..., None], SHARES)
    close(losses.Tversky(fp_weight=0.1, fn_weight=0.9, per_image=False)(MASK, SHARES), numpy(theirs))


def test_cross_entropy_and_focal_are_keras():
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(LABELS, SCORES)
    close(losses.WeightedCrossentropy(from_logits=True)(LABELS, SCORES), numpy(theirs))
    balanced = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2.0)
    close(losses.Focal(gamma=2.0, alpha=0.25)(MASK, SHARES), numpy(balanced(MASK[..., None], SHARES)))
    many = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=1.5)(ONE_HOT, SOFT)
    close(losses.Focal(gamma=1.5)(LABELS, SOFT), numpy(many))


def test_special_cases_are_one_another():
    close(losses.Tversky(fp_weight=0.5, fn_weight=0.5)(MASK, SHARES), numpy(losses.Dice()(MASK, SHARES)))
    close(losses.Tversky(fp_weight=1.0, fn_weight=1.0)(MASK, SHARES), numpy(losses.Jaccard()(MASK, SHARES)))
    close(losses.Focal(gamma=0.0)(LABELS, SOFT), numpy(losses.WeightedCrossentropy()(LABELS, SOFT)))


@pytest.mark.parametrize("loss", [losses.Dice, losses.GeneralizedDice, losses.Boundary, losses.Focal])
def test_labels_a_column_of_them_and_rows_are_the_same(loss):
    expected = numpy(loss()(LABELS, SOFT))
    close(loss()(LABELS[..., None], SOFT), expected)
    close(loss()(ONE_HOT, SOFT), expected)


def test_hard_predictions_give_the_scores_of_scikit_learn():
    guess = rng.integers(3, size=LABELS.shape)
    hard = np.eye(3, dtype="float32")[guess]
    for loss, score in (
        (losses.Dice, f1_score),
        (losses.Jaccard, jaccard_score),
        (losses.LovaszSoftmax, jaccard_score),
    ):
        expected = [1 - score(t.ravel(), p.ravel(), average="macro") for t, p in zip(LABELS, guess, strict=True)]
        close(loss(reduction="none")(LABELS, hard), expected)
        close(loss(per_image=False)(LABELS, hard), 1 - score(LABELS.ravel(), guess.ravel(), average="macro"))


def test_a_column_of_scores_is_lovasz_over_the_batch_too():
    close(
        losses.LovaszSoftmax(per_image=False)(MASK, SHARES),
        numpy(losses.LovaszSoftmax()(MASK.reshape(1, 36, 10), SHARES.reshape(1, 36, 10, 1))),
    )


@pytest.mark.parametrize("expected", [0.509329, 0.375718, 1.607137])
def test_monai_has_published_these_values_of_its_hausdorff_loss(expected):
    """Its settings: alpha 2, 0 where a mask has no outline; the last with tanh in place of a probability."""
    x = np.array([[1.0, -1.0], [-1.0, 1.0]])
    loss = losses.HausdorffDT(alpha=2.0, without_contour=0.0)
    if expected == 0.509329:
        found = loss(np.array([[[1, 0], [1, 1]]]), special.expit(x)[None, ..., None])
    elif expected == 0.375718:
        volume = special.expit(np.array([[[1.0, -1.0], [1.0, -1.0]], [[-1.0, 1.0], [-1.0, 1.0]]]))
        found = loss(np.array([[[[1, 0], [1, 0]], [[0, 0], [1, 1]]]]), volume[None, ..., None])
    else:
        both = np.tanh(np.stack([np.array([[1.0, 0.0], [-1.0, 1.0]]), x]))[..., None]
        with pytest.warns(UserWarning, match="from_logits"):
            found = loss(np.array([[[1, 1], [1, 1]], [[1, 0], [1, 0]]]), both)
    close(found, expected)


def test_half_a_target_missed_weighs_more_with_a_large_fn_weight():
    target, half = np.ones((1, 4, 4)), np.zeros((1, 4, 4, 1), "float32")
    half[:, :2] = 1
    wary, greedy = (losses.Tversky(fp_weight=1 - w, fn_weight=w)(target, half) for w in (0.1, 0.9))
    close([float(wary), float(greedy)], [1 - 8 / 8.8, 1 - 8 / 15.2])


@pytest.mark.parametrize("gamma", [0.5, 2.0])
@pytest.mark.parametrize("score", [-1e4, -20.0, 20.0, 40.0, 1e4])
def test_focal_is_exact_far_out(gamma, score):
    """Where Keras clips: a badly wrong pixel costs its score, and pulls with a slope of -1."""
    loss = losses.Focal(gamma=gamma, from_logits=True)
    value, gradient = value_and_gradient(lambda z: loss(np.ones((1, 1)), z), np.full((1, 1, 1), score, "float32"))
    wide = np.longdouble(score)
    p, q = (1 / (1 + np.exp(-wide)), 1 / (1 + np.exp(wide)))
    log_p = -np.log1p(np.exp(-wide)) if score > 0 else wide - np.log1p(np.exp(wide))
    np.testing.assert_allclose(value, float(-(q**gamma) * log_p), rtol=1e-4, atol=1e-37)
    slope = q**gamma * (gamma * p * log_p - q)
    np.testing.assert_allclose(gradient.ravel()[0], float(slope), rtol=1e-3, atol=1e-37)
    many = (
        np.stack([np.zeros_like(gradient) + score, np.zeros_like(gradient)], axis=-1).reshape(1, 1, 2).astype("float32")
    )
    also, _ = value_and_gradient(lambda z: loss(np.zeros((1, 1)), z), many)
    np.testing.assert_allclose(also, value, rtol=1e-4, atol=1e-37)


@pytest.mark.parametrize("loss", [*REGIONS, losses.GeneralizedDice, losses.WeightedCrossentropy, losses.HausdorffDT])
def test_a_false_alarm_where_the_class_is_absent_is_pulled_back_pixel_by_pixel(loss):
    alarm = np.full((1, 8, 8, 1), 0.4, "float32")
    _, gradient = value_and_gradient(lambda p: loss()(np.zeros((1, 8, 8)), p), alarm)
    assert (gradient > 0.1 / 64).all()


@pytest.mark.parametrize("loss", ALL)
def test_ignored_pixels_are_as_if_cut_away(loss):
    """A strip of ignored pixels at the end: neither value nor gradient knows what stands there."""
    labels, rows = LABELS.copy(), ONE_HOT.copy()
    labels[:, 9:], rows[:, 9:] = 255, 0
    spoilt = SOFT.copy()
    spoilt[:, 9:] = np.nan
    made = loss(ignore_class=255)
    value, gradient = value_and_gradient(lambda p: made(labels, p), spoilt)
    assert np.isfinite(value) and np.isfinite(gradient).all() and (gradient[:, 9:] == 0).all()
    close(made(rows, spoilt), value)
    if loss not in (losses.Boundary, losses.HausdorffDT, losses.HausdorffErosion):  # whose distances know of borders
        close(loss()(LABELS[:, :9], SOFT[:, :9]), value)


def test_a_class_that_is_ignored_may_be_a_channel_of_rows():
    labels = np.where(LABELS == 2, 255, LABELS)
    close(losses.Dice(ignore_class=2)(ONE_HOT, SOFT), numpy(losses.Dice(ignore_class=255)(labels, SOFT)))


@pytest.mark.parametrize("loss", ALL)
def test_volumes_are_taken_too(loss):
    shape = (2, 3, 4, 5)
    labels = rng.integers(3, size=shape)
    value = float(loss(from_logits=True)(labels, rng.normal(size=(*shape, 3)).astype("float32")))
    assert np.isfinite(value)


def test_sums_over_the_batch_weigh_images_by_their_pixels():
    weights = np.array([1.0, 0.0, 1.0], "float32")
    found = losses.Dice(per_image=False)(MASK, SHARES, sample_weight=weights)
    close(found, numpy(losses.Dice(per_image=False)(MASK[[0, 2]], SHARES[[0, 2]])))


@pytest.mark.parametrize("classes", [2, FEW, FEW + 1])
def test_few_classes_and_many_are_summed_alike(classes):
    """Up to FEW classes have a map each, more are taken together."""
    labels = rng.integers(max(classes - 1, 2), size=(2, 6, 5))  # of several classes the last is absent
    scores = rng.normal(size=(2, 6, 5, classes)).astype("float32")
    kept = np.arange(5) > 0  # the first column is ignored
    p = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    t = np.eye(classes)[labels]
    shared, predicted, true = (x[:, :, kept].sum(axis=(1, 2)) for x in (p * t, p, t))
    costs = np.where(true > 0, 1 - 2 * shared / (predicted + true), predicted / 24).mean(axis=-1)
    loss = losses.Dice(from_logits=True, reduction="none", ignore_class=255)
    close(loss(np.where(kept, labels, 255), scores), costs)
    close(loss(np.where(kept[:, None], t, 0).astype("float32"), scores), costs)


@pytest.mark.parametrize("classes", [2, FEW, FEW + 1])
@pytest.mark.parametrize("from_logits", [True, False])
def test_few_classes_and_many_are_judged_alike_pixel_by_pixel(classes, from_logits):
    labels = rng.integers(classes, size=(2, 6, 5))
    scores = 3 * rng.normal(size=(2, 6, 5, classes)).astype("float32")
    weights = np.linspace(0.5, 2.0, classes)
    p = special.softmax(scores.astype("float64"), axis=-1)
    own = np.take_along_axis(p, labels[..., None], axis=-1)[..., 0]
    loss = losses.Focal(gamma=1.5, class_weights=weights, from_logits=from_logits, reduction="none")
    given = scores if from_logits else p.astype("float32")
    expected = -weights[labels] * (1 - own) ** 1.5 * np.log(own)
    np.testing.assert_allclose(numpy(loss(labels, given)), expected, rtol=2e-4, atol=1e-6)
    rows = np.eye(classes, dtype="float32")[labels]
    np.testing.assert_allclose(numpy(loss(rows, given)), expected, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("loss", [losses.WeightedCrossentropy, losses.Focal])
@pytest.mark.parametrize("scores", [[1e4, 0.0, -3.0], [-1e4, 0.0, 2.0], [30.0, 0.0, 30.0], [0.0, 0.0, 0.0]])
def test_labels_are_read_as_exactly_as_rows(loss, scores):
    """One class is looked at in place of all of them: the same value, and the same slope in every score."""
    made, given = loss(from_logits=True), np.array([[scores]], "float32")
    value, gradient = value_and_gradient(lambda z: made(np.zeros((1, 1)), z), given)
    expected, slope = value_and_gradient(lambda z: made(np.array([[[1.0, 0, 0]]]), z), given)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-37)
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-37)


def test_pixels_alike_share_what_the_lovasz_loss_takes():
    """Where a net is undecided everywhere all of them are alike, and no order among them is better than another."""
    target, p = MASK[:1], np.full((1, 12, 10, 1), 0.5, "float32")
    value, gradient = value_and_gradient(lambda p: losses.LovaszSoftmax()(target, p), p)
    inside, area = target[0] > 0, target.sum()
    assert np.unique(gradient[0, ..., 0][inside]).size == np.unique(gradient[0, ..., 0][~inside]).size == 1
    close(value, 0.5)
    close(np.abs(gradient).sum(), 1.0)
    close(gradient[0, ..., 0][inside].sum(), -1.0)  # first the pixels of the class: without them nothing is right
    hinge = losses.LovaszHinge(from_logits=True)
    _, gradient = value_and_gradient(lambda z: hinge(target, z), np.zeros_like(p))
    close(gradient[0, ..., 0][inside], np.full(int(area), -1 / area))


def test_labels_out_of_range_are_listed():
    with pytest.raises(ValueError, match=r"0 \.\. 2.*got -1, 7 in 2 pixels"):
        losses.Dice(from_logits=True)(np.array([[[0, -1, 7, 2]]]), np.zeros((1, 1, 4, 3)))
    with pytest.raises(ValueError, match="255"):
        losses.WeightedCrossentropy()(255 * MASK, SHARES)


def test_scores_taken_for_probabilities_are_warned_of():
    with pytest.warns(UserWarning, match="reach from"):
        losses.Dice()(LABELS, SCORES)
    with pytest.warns(UserWarning, match="sum to"):
        losses.Dice()(LABELS, np.full((*LABELS.shape, 3), 0.5, "float32"))


def test_masks_of_another_size_are_refused():
    with pytest.raises(ValueError, match="Resize or crop"):
        losses.Dice()(MASK[:, :6], SHARES)


def test_border_weights_are_sample_weights_made_in_the_pipeline():
    numbers = np.zeros((2, 9, 9), "int32")
    numbers[:, 1:4, 1:4], numbers[:, 5:8, 1:4], numbers[1, 2:7, 6:] = 1, 2, 3
    scores = rng.normal(size=(2, 9, 9, 1)).astype("float32")
    weights = 1 + numpy(border_weights(numbers.astype("uint8"), 3, sigma=2.0))  # as masks are stored
    plain = losses.WeightedCrossentropy(from_logits=True)(np.minimum(numbers, 1), scores, sample_weight=weights)
    close(losses.BorderWeightedCrossentropy(3, sigma=2.0, from_logits=True)(numbers, scores), numpy(plain))
    assert weights[0, 4, 2] == weights[0].max() > 5 > weights[0, 4, 8]
    assert (weights[numbers > 0] == 1).all()  # the gap, not the rims, is what has to be learned


def test_a_compound_follows_its_schedule_by_the_epoch():
    """The weight of the second part is 0 in the first epoch, then 1, on every backend, compiled or not."""
    steps = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 1.0])
    loss = losses.Compound([losses.WeightedCrossentropy(), losses.Dice()], weights=[1.0, steps])
    given = keras.Input((12, 10, 1))
    model = keras.Model(given, keras.layers.Conv2D(1, 1, activation="sigmoid")(given))
    model.compile(keras.optimizers.SGD(0.0), loss)
    found = model.fit(SHARES, MASK[..., None], batch_size=3, epochs=3, callbacks=[LossEpoch()], verbose=0).history[
        "loss"
    ]
    p = model.predict(SHARES, verbose=0)
    entropy, dice = (float(part(MASK, p)) for part in (losses.WeightedCrossentropy(), losses.Dice()))
    np.testing.assert_allclose(found, [entropy, entropy + dice, entropy + dice], rtol=1e-5)
    assert loss.current_weights == [1.0, 1.0] and loss.epoch == 2


def test_a_callback_without_a_schedule_to_serve_says_so():
    given = keras.Input((1,))
    model = keras.Model(given, keras.layers.Dense(1)(given))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Compound"):
        model.fit(np.ones((1, 1)), np.ones((1, 1)), callbacks=[LossEpoch()], verbose=0)
