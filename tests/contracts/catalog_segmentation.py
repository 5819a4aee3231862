"""Rows of the segmentation losses: each for foreground and background, and for three classes with all options."""

import numpy as np
from scipy import special

from dlcourse import losses
from dlcourse.losses.pixel import PixelLoss
from tests.contracts import segmentation_twins as twins
from tests.contracts.rows import LossRow

SPACE, IGNORED, WEIGHTS = (3, 4), 255, [1.0, 0.5, 2.0]
PIXELS, DIAGONAL = 12, 5.0
LEAST = 2.0**-23  # what the largest float32 below 1 lacks: a probability of 0 is read as 1e-7
A_THIRD = float(np.log(0.75)) * -PIXELS  # cross entropy of 0.25 where nothing is, over an image


def _labels(rng, k, space=SPACE):
    y_true = rng.integers(k, size=(4, *space))
    y_true[0, 0], y_true[1, :, 0] = 0, k - 1  # no image without a background or an object
    return y_true


def _binary_sample(rng):
    return _labels(rng, 2).astype("float32"), rng.uniform(0.05, 0.95, size=(4, *SPACE, 1)).astype("float32")


def _classes_sample(space):
    def sample(rng):
        y_true = _labels(rng, 3, space)
        y_true[1:][rng.random(y_true[1:].shape) < 0.3] = IGNORED
        y_true[3] = IGNORED
        return y_true[..., None], 1.5 * rng.normal(size=(4, *space, 3)).astype("float32")

    return sample


def _rows_sample(rng):
    """Soft targets."""
    targets = special.softmax(2 * rng.normal(size=(4, *SPACE, 3)), axis=-1)
    return targets.astype("float32"), special.softmax(rng.normal(size=(4, *SPACE, 3)), axis=-1).astype("float32")


def _image(label, p, shape=(1, *SPACE)):
    return np.full(shape, label), np.full((*shape, 1), p, "float32")


def _invalid(cls):
    mask, scores = np.zeros((2, *SPACE), "int32"), np.zeros((2, *SPACE, 3), "float32")
    binary = scores[..., :1] + 0.5
    return (
        lambda: cls(reduction="average"),
        lambda: cls(class_weights=[1.0, -1.0]),
        lambda: cls(class_weights=[0.0, 0.0]),
        lambda: cls(class_weights="heavy"),
        lambda: cls(class_weights=[1.0, 2.0, 3.0])(mask, binary),
        lambda: cls()(np.zeros((2, 4, 4)), binary),
        lambda: cls()(mask + 300, binary),
        *(lambda bad=bad: cls(from_logits=True)(mask + bad, scores) for bad in (3, -1, 0.5)),
    )


def _both(cls, binary, classes, empty, full=0.0, none=0.0):
    """Two rows: probabilities of two classes, and logits of three with weights and labels to ignore.

    binary, classes: (options, twin); the sums of the loss of an image: without foreground, at probabilities of 0.25
    (`empty`) and of 0 (`none`), and full of it at a probability of 1 (`full`).
    """
    own, twin = binary
    many, twin_of_many = classes
    per_pixel = issubclass(cls, PixelLoss)
    saturated = _labels(np.random.default_rng(1), 2), np.round(_binary_sample(np.random.default_rng(2))[1])
    pushed = 1e4 * np.sign(np.random.default_rng(3).normal(size=(4, *SPACE, 3))).astype("float32")
    all_options = {"from_logits": True, "ignore_class": IGNORED, "class_weights": WEIGHTS, **many}
    return [
        LossRow(
            cls,
            make=lambda: cls(**own),
            case="binary",
            sample=_binary_sample,
            twin=twin,
            extremes=(saturated,),
            degenerate={
                "empty": (np.zeros((0, *SPACE)), np.zeros((0, *SPACE, 1), "float32"), 0.0),
                "no foreground, none predicted": (*_image(0, 0.0), none),
                "no foreground": (*_image(0, 0.25), empty),
                "nothing else": (*_image(1, 1.0), full),
            },
            invalid=_invalid(cls),
        ),
        LossRow(
            cls,
            make=lambda: cls(**all_options),
            case="classes",
            sample=_classes_sample(SPACE),
            twin=twin_of_many,
            kept=(lambda y: y[..., 0] != IGNORED) if per_pixel else lambda y: (y != IGNORED).any(axis=(1, 2, 3)),
            extremes=((_labels(np.random.default_rng(4), 3), pushed),),
            degenerate={
                "empty": (np.zeros((0, *SPACE)), np.zeros((0, *SPACE, 3), "float32"), 0.0),
                "all ignored": (np.full((2, *SPACE), IGNORED), np.full((2, *SPACE, 3), np.nan, "float32"), 0.0),
            },
        ),
    ]


def _crossentropy(t, p):
    return -t * np.log(p)


def _focal(gamma):
    return lambda t, p: -t * (1 - p) ** gamma * np.log(p)


def _pixels(cls, cost, empty, none, balance=None, **options):
    return _both(
        cls,
        (
            {"alpha": balance, **options} if balance else options,
            twins.of_pixels(cost, weights=balance and [1 - balance, balance]),
        ),
        (options, twins.of_pixels(cost, True, IGNORED, WEIGHTS)),
        empty,
        none * balance / (1 - balance) if balance else none,
        none,
    )


def _images(cls, measure, empty, full=0.0, **options):
    both = cls is losses.GeneralizedDice
    return _both(
        cls,
        (options, twins.of_images(measure, both=both)),
        (options, twins.of_images(measure, True, IGNORED, WEIGHTS)),
        empty,
        full,
    )


def _jaccard(t, p):
    return (p * t).sum() / (p + t - p * t).sum()


def _log_cosh(t, p):
    missing = p.mean() if not t.any() else 1 - 2 * (p * t).sum() / (p + t).sum()
    return np.log(np.cosh(missing))


def _focal_tversky(t, p):
    missing = p.mean() if not t.any() else 1 - twins.tversky(0.2, 0.8)(t, p)
    return (missing + 1e-6) ** 0.5 - 1e-3


SQUARED = twins.overlap(lambda t, p: 2 * (p * t).sum() / (p**2 + t**2).sum(), lambda p: (p**2).mean())
SMOOTH = twins.overlap(lambda t, p: (2 * (p * t).sum() + 1) / ((p + t).sum() + 1))
LOVASZ = twins.class_by_class(lambda t, p: twins.lovasz(np.abs(t - p), t > 0.5))

ROWS = [
    *_pixels(losses.WeightedCrossentropy, _crossentropy, A_THIRD, PIXELS * LEAST),
    *_pixels(losses.Focal, _focal(1.5), A_THIRD * 0.25**1.5 * 0.6, PIXELS * 0.6 * LEAST**2.5, 0.4, gamma=1.5),
    *_images(losses.Dice, SMOOTH, 0.25, smooth=1.0),
    *_images(losses.Dice, SQUARED, 0.0625, squared=True),
    *_images(losses.LogCoshDice, twins.class_by_class(_log_cosh), np.log(np.cosh(0.25))),
    *_images(losses.GeneralizedDice, twins.generalized_dice, 0.25),
    *_images(losses.Jaccard, twins.overlap(_jaccard), 0.25),
    *_images(losses.Tversky, twins.overlap(twins.tversky(0.3, 0.7)), 0.25),
    *_images(
        losses.FocalTversky, twins.class_by_class(_focal_tversky), 0.5 - 1e-3, gamma=2.0, fp_weight=0.2, fn_weight=0.8
    ),
    *_images(losses.LovaszSoftmax, LOVASZ, 0.25),
    *_images(losses.Boundary, twins.on_maps(lambda t, p: twins.signed_distance(t) * p), DIAGONAL / 4, -DIAGONAL),
    *_images(
        losses.HausdorffDT, twins.on_maps(twins.hausdorff_dt(1.5, 2.0)), 2 * 2**1.5 / 16, alpha=1.5, without_contour=2.0
    ),
    *_images(losses.HausdorffErosion, twins.on_maps(twins.hausdorff_erosion(1.5, 3)), 0.0, alpha=1.5, erosions=3),
]
