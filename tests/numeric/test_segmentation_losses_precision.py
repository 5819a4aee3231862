"""Losses over images of labels where a pixel cannot be judged, and in other precisions than float32."""

import keras
import numpy as np
import pytest

from dlcourse import losses
from dlcourse.ops import compiled, value_and_grad
from tests.contracts.backends import numpy

rng = np.random.default_rng(0)
LABELS = rng.integers(3, size=(3, 12, 10))
SCORES = rng.normal(size=(3, 12, 10, 3)).astype("float32")
CLASSES = (
    losses.Dice, losses.Jaccard, losses.Tversky, losses.FocalTversky, losses.LogCoshDice, losses.GeneralizedDice,
    losses.LovaszSoftmax, losses.Boundary, losses.HausdorffDT, losses.HausdorffErosion, losses.WeightedCrossentropy,
    losses.Focal,
)  # fmt: skip


def between(**options):
    return losses.BorderWeightedCrossentropy(max_instances=3, **options)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize(
    "made",
    [*CLASSES, losses.LovaszHinge, between],
)
def test_what_cannot_be_judged_spoils_the_gradient_too(made, from_logits):
    """In a compiled step nothing can raise: NaN has to reach the weights, and be seen."""
    loss, k = made(from_logits=from_logits), 3 if made in CLASSES else 1
    step = compiled(lambda y, x: value_and_grad(lambda w: loss(y, w[0]), [x]), check_nan=False)
    labels, scores = rng.integers(2, size=(2, 6, 5)), rng.uniform(0.1, 0.9, size=(2, 6, 5, k)).astype("float32")
    lost, unknown = scores.copy(), labels.copy()
    lost[1, 2, 3, 0], unknown[1, 2, 3] = np.nan, 7
    cases = [(labels, lost)] if keras.backend.backend() == "torch" else [(labels, lost), (unknown, scores)]
    for y, x in cases:
        value, (gradient,) = step(y, x)
        assert np.isnan(float(value)) and np.isnan(numpy(gradient)[1, 2, 3]).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("loss", CLASSES)
def test_other_precisions_are_kept(loss, dtype):
    found = loss(from_logits=True, dtype=dtype)(LABELS, SCORES)
    assert found.dtype == keras.losses.MeanSquaredError(dtype=dtype)(SCORES, SCORES).dtype
    expected = float(loss(from_logits=True)(LABELS, SCORES))
    assert abs(float(keras.ops.cast(found, "float32")) - expected) < 0.03 * max(1, abs(expected))


def test_the_number_of_an_object_cannot_be_ignored():
    with pytest.raises(ValueError, match=r"ignore_class=2 is the number of an object.*such as 255"):
        losses.BorderWeightedCrossentropy(max_instances=3, ignore_class=2)
