"""Rows of the segmentation losses that are made for two classes only, and of their sums."""

import keras
import numpy as np

from dlcourse import losses
from tests.contracts import segmentation_twins as twins
from tests.contracts.rows import LossRow

SPACE, IGNORED, OBJECTS = (4, 6), 9, 3


def _scores(rng):
    y_true = rng.integers(2, size=(4, *SPACE))
    y_true[:, 0, 0], y_true[:, 0, 1] = 0, 1
    y_true[1:, 3] = IGNORED
    y_true[2] = IGNORED
    return y_true, 1.5 * rng.normal(size=(4, *SPACE, 1)).astype("float32")


def _hinge(y_true, y_pred):
    """The Lovasz extension over the hinges of scores."""
    found = np.zeros(len(y_true))
    for n, (truth, scores) in enumerate(zip(y_true, y_pred[..., 0], strict=True)):
        kept = truth != IGNORED
        if kept.any():
            errors = np.maximum(0, 1 - scores[kept] * (2 * truth[kept] - 1))
            found[n] = twins.lovasz(errors, truth[kept] > 0.5)
    return found


def _objects(rng):
    """Numbered blocks with a gap of one pixel, some pixels ignored, one image with one object only."""
    y_true = np.zeros((4, *SPACE), "int32")
    y_true[:, :2, :2], y_true[:, :2, 3:5], y_true[:, 3, 2:] = 1, 2, 3
    y_true[1] = np.minimum(y_true[1], 1) * (y_true[1] == 1)
    y_true[2, 1:, 5] = IGNORED
    return y_true, 1.5 * rng.normal(size=(4, *SPACE, 1)).astype("float32")


def _bordered(y_true, y_pred):
    kept = y_true != IGNORED
    numbers = np.where(kept, y_true, 0)
    t = np.eye(2)[np.minimum(numbers, 1)]
    weights = np.array([1.0, 2.0]) + twins.border_weights(numbers, 5.0, 2.0)[..., None]
    return -(t * weights * np.log(twins.probabilities(y_pred, True))).sum(axis=-1) * kept


def _border(**options):
    return losses.BorderWeightedCrossentropy(OBJECTS, **options)


def _compound(**options):
    parts = [
        losses.Dice(from_logits=True, ignore_class=IGNORED),
        losses.Boundary(from_logits=True, ignore_class=IGNORED),
    ]
    return losses.Compound(parts, **options)


def _sum_of_parts(y_true, y_pred):
    """Half of Dice and twice the boundary loss, image by image."""
    dice, boundary = (
        twins.of_images(measure, True, IGNORED)(y_true, y_pred)
        for measure in (
            twins.overlap(twins.tversky(0.5, 0.5)),
            twins.on_maps(lambda t, p: twins.signed_distance(t) * p),
        )
    )
    return 0.5 * dice + 2 * boundary


ZEROS, SATURATED = np.zeros((1, *SPACE), "int32"), np.full((4, *SPACE, 1), 1e4, "float32")
SATURATED[:, :2] *= -1
IGNORING = {
    "empty": (np.zeros((0, *SPACE)), np.zeros((0, *SPACE, 1), "float32"), 0.0),
    "all ignored": (np.full((2, *SPACE), IGNORED), np.full((2, *SPACE, 1), np.nan, "float32"), 0.0),
}

ROWS = [
    LossRow(
        losses.LovaszHinge,
        make=lambda: losses.LovaszHinge(from_logits=True, ignore_class=IGNORED),
        sample=_scores,
        twin=_hinge,
        kept=lambda y: (y != IGNORED).any(axis=(1, 2)),
        extremes=((_scores(np.random.default_rng(1))[0], SATURATED),),
        degenerate=IGNORING
        | {
            "no foreground": (ZEROS, np.full((1, *SPACE, 1), 0.5, "float32"), 1.5),
            "no foreground, by a margin": (ZEROS, np.full((1, *SPACE, 1), -2.0, "float32"), 0.0),
            "nothing else": (ZEROS + 1, np.full((1, *SPACE, 1), 2.0, "float32"), 0.0),
        },
        invalid=(
            lambda: losses.LovaszHinge(class_weights=[1.0, 1.0]),
            lambda: losses.LovaszHinge(from_logits=True)(ZEROS, np.zeros((1, *SPACE, 2), "float32")),
            lambda: losses.LovaszHinge(per_image=False)(ZEROS, np.ones((1, *SPACE, 1), "float32"), np.ones(1)),
        ),
    ),
    LossRow(
        losses.BorderWeightedCrossentropy,
        make=lambda: _border(w0=5.0, sigma=2.0, from_logits=True, ignore_class=IGNORED, class_weights=[1.0, 2.0]),
        sample=_objects,
        twin=_bordered,
        kept=lambda y: y != IGNORED,
        extremes=((_objects(np.random.default_rng(1))[0], SATURATED),),
        degenerate=IGNORING
        | {
            "no object": (ZEROS, np.zeros((1, *SPACE, 1), "float32"), 24 * np.log(2)),
            "one object": (ZEROS + 3, np.zeros((1, *SPACE, 1), "float32"), 48 * np.log(2)),
        },
        invalid=(
            lambda: losses.BorderWeightedCrossentropy(0),
            lambda: _border(w0=-1.0),
            lambda: _border(sigma=0.0),
            lambda: _border()(ZEROS + 4, np.full((1, *SPACE, 1), 0.5, "float32")),
            lambda: _border()(ZEROS, np.full((1, *SPACE, 3), 1 / 3, "float32")),
        ),
    ),
    LossRow(
        losses.Compound,
        make=lambda: _compound(weights=[0.5, keras.optimizers.schedules.ExponentialDecay(2.0, 1, 0.9)]),
        sample=_scores,
        twin=_sum_of_parts,
        kept=lambda y: (y != IGNORED).any(axis=(1, 2)),
        extremes=((_scores(np.random.default_rng(1))[0], SATURATED),),
        degenerate=IGNORING,
        invalid=(
            lambda: losses.Compound([]),
            lambda: losses.Compound(["mse"]),
            lambda: losses.Compound([losses.Dice(), losses.Focal()], reduction="none")(ZEROS, SATURATED[:1] * 0),
            lambda: _compound(weights=[1.0]),
            lambda: _compound(weights=[1.0, -1.0]),
        ),
    ),
]
