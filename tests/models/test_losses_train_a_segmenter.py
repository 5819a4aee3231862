"""Every loss over images, alone or beside the one its paper adds it to, makes a small net segment a picture."""

import keras
import numpy as np
import pytest
from keras import layers

from dlcourse import losses
from dlcourse.datasets import silhouette

STEPS, BAR = 60, 0.95
FORM = {"from_logits": True}
MASK = silhouette()[::6, ::6, 0][None, :48, :64] > 0
NOISY = (2 * MASK - 1 + 0.3 * np.random.default_rng(0).normal(size=MASK.shape))[..., None].astype("float32")
HALVES = MASK * (1 + (np.arange(64) > 32))  # two objects that touch, for the loss that tells objects apart


def beside(region, weight, contour):
    """A contour's loss with a small weight beside that of an area, as those who proposed it train."""
    return losses.Compound([region, contour], weights=[1.0, weight])


ROWS = {
    "WeightedCrossentropy": losses.WeightedCrossentropy(class_weights=[1.0, 2.0], **FORM),
    "BorderWeightedCrossentropy": losses.BorderWeightedCrossentropy(2, **FORM),
    "Focal": losses.Focal(**FORM),
    "Dice": losses.Dice(**FORM),
    "Dice, squared": losses.Dice(squared=True, **FORM),
    "GeneralizedDice": losses.GeneralizedDice(**FORM),
    "LogCoshDice": losses.LogCoshDice(**FORM),
    "Jaccard": losses.Jaccard(**FORM),
    "Tversky": losses.Tversky(**FORM),
    "FocalTversky": losses.FocalTversky(**FORM),
    "LovaszHinge": losses.LovaszHinge(**FORM),
    "LovaszSoftmax": losses.LovaszSoftmax(**FORM),
    "Boundary": beside(losses.GeneralizedDice(**FORM), 0.01, losses.Boundary(**FORM)),
    "HausdorffDT": beside(losses.Dice(**FORM), 0.01, losses.HausdorffDT(**FORM)),
    "HausdorffErosion": beside(losses.Dice(**FORM), 0.1, losses.HausdorffErosion(**FORM)),
    "Compound": losses.Compound([losses.WeightedCrossentropy(**FORM), losses.Dice(**FORM)]),
}


def test_no_loss_is_left_out():
    found = {name for name in losses.__all__ if issubclass(getattr(losses, name), losses.SegmentationLoss)}
    assert (found | {"Compound"}) - {"SegmentationLoss"} == {name.split(",")[0] for name in ROWS}


@pytest.mark.parametrize("name", ROWS)
def test_sixty_steps_of_adam_are_enough(name):
    """The Dice coefficient of the decisions, from three starts of a net that sees 9 x 9 pixels."""
    target = HALVES if name.startswith("Border") else MASK.astype(int)
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        wide = {"padding": "same", "activation": "gelu"}
        net = [layers.Conv2D(16, 5, **wide), layers.Conv2D(16, 5, **wide), layers.Conv2D(1, 1)]
        net = keras.Sequential([keras.Input(NOISY.shape[1:]), *net])
        net.compile(keras.optimizers.Adam(0.01), ROWS[name], jit_compile=False)
        net.fit(np.repeat(NOISY, STEPS, 0), np.repeat(target, STEPS, 0), batch_size=1, verbose=0)
        called = net.predict(NOISY, verbose=0)[..., 0] > 0
        assert 2 * (called & MASK).sum() / (called.sum() + MASK.sum()) > BAR, seed
