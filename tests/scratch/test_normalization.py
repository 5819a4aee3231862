"""Five normalisations in NumPy: worked examples, slow twins, limits, and float64 finite differences."""

import numpy as np
import pytest

from dlcourse.scratch.gradient_check import central_differences
from dlcourse.scratch.normalization import BatchNorm, scale_and_shift, standardise
from dlcourse.scratch.normalization_per_example import group_norm, instance_norm, layer_norm, rms_norm

RNG = np.random.default_rng(0)
IMAGES = 3 * RNG.normal(size=(3, 2, 4, 6)) + RNG.normal(size=6)
GAMMA, BETA = RNG.normal(size=6), RNG.normal(size=6)


def batch_norm(x, gamma, beta, training=True):
    norm = BatchNorm(len(gamma))
    norm.gamma, norm.beta = gamma, beta
    norm.moving_mean, norm.moving_variance = np.linspace(-1, 1, len(gamma)), np.linspace(0.5, 2, len(gamma))
    return norm.forward(x, training)


def inference(x, gamma, beta):
    return batch_norm(x, gamma, beta, training=False)


def two_groups(x, gamma, beta):
    return group_norm(x, gamma, beta, groups=2)


ALL = [batch_norm, inference, layer_norm, two_groups, instance_norm]


@pytest.mark.parametrize("norm", ALL)
@pytest.mark.parametrize("x", [IMAGES, IMAGES[:, 0, 0], IMAGES[:, 0]], ids=["images", "features", "sequences"])
def test_gradients_agree_with_central_differences(norm, x):
    c = RNG.normal(size=x.shape)
    slopes = norm(x, GAMMA, BETA)[1](c)
    numeric = central_differences(lambda x, g, b: (c * norm(x, g, b)[0]).sum(), [x, GAMMA, BETA])
    assert len(slopes) == 3
    for slope, want in zip(slopes, numeric, strict=True):
        assert slope.shape == want.shape
        np.testing.assert_allclose(slope, want, atol=1e-7)


@pytest.mark.parametrize("x", [IMAGES, IMAGES[:, 0, 0]], ids=["images", "features"])
def test_the_gradient_of_rms_norm_agrees_with_central_differences(x):
    c = RNG.normal(size=x.shape)
    slopes = rms_norm(x, GAMMA)[1](c)
    numeric = central_differences(lambda x, g: (c * rms_norm(x, g)[0]).sum(), [x, GAMMA])
    for slope, want in zip(slopes, numeric, strict=True):
        np.testing.assert_allclose(slope, want, atol=1e-7)


def shares(kind, b, h, w, k):
    """The index of all numbers of IMAGES that share a mean with the number at (b, h, w, k)."""
    everything = slice(None)
    return {
        "batch": (everything, everything, everything, k),
        "layer": (b, h, w, everything),
        "group": (b, everything, everything, slice(k // 3 * 3, k // 3 * 3 + 3)),
        "instance": (b, everything, everything, k),
    }[kind]


@pytest.mark.parametrize(
    "kind, norm", [("batch", batch_norm), ("layer", layer_norm), ("group", two_groups), ("instance", instance_norm)]
)
def test_each_number_against_a_slow_twin(kind, norm):
    y = norm(IMAGES, GAMMA, BETA)[0]
    for place in np.ndindex(IMAGES.shape):
        kin = [float(number) for number in IMAGES[shares(kind, *place)].ravel()]
        mean = sum(kin) / len(kin)
        variance = sum((number - mean) ** 2 for number in kin) / len(kin)
        want = GAMMA[place[-1]] * (IMAGES[place] - mean) / (variance + 1e-3) ** 0.5 + BETA[place[-1]]
        assert y[place] == pytest.approx(want, abs=1e-12)


def test_rms_norm_against_a_slow_twin():
    y = rms_norm(IMAGES, GAMMA)[0]
    for place in np.ndindex(IMAGES.shape):
        square = sum(float(number) ** 2 for number in IMAGES[place[:3]]) / 6
        assert y[place] == pytest.approx(GAMMA[place[-1]] * IMAGES[place] / (square + 1e-6) ** 0.5, abs=1e-12)


def test_one_step_from_mean_0_leaves_the_rest_of_the_batch_mean():
    norm = BatchNorm(6, momentum=0.9)
    norm.forward(IMAGES, training=True)
    np.testing.assert_allclose(norm.moving_mean, 0.1 * IMAGES.mean((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(norm.moving_variance, 0.9 + 0.1 * IMAGES.var((0, 1, 2)), rtol=1e-12)


def test_inference_moves_nothing_and_takes_examples_one_by_one():
    norm = BatchNorm(6, momentum=0.5)
    for _ in range(60):
        trained = norm.forward(IMAGES, training=True)[0]
    kept = norm.moving_mean.copy(), norm.moving_variance.copy()
    together = norm.forward(IMAGES, training=False)[0]
    alone = np.concatenate([norm.forward(image[None], training=False)[0] for image in IMAGES])
    assert np.array_equal(kept[0], norm.moving_mean) and np.array_equal(kept[1], norm.moving_variance)
    np.testing.assert_allclose(alone, together, rtol=1e-12)
    np.testing.assert_allclose(together, trained, rtol=1e-9)  # the averages have reached the batch's own


def test_limits():
    one, none = np.ones(6), np.zeros(6)
    np.testing.assert_allclose(instance_norm(IMAGES, GAMMA, BETA)[0], group_norm(IMAGES, GAMMA, BETA, 6)[0])
    flat = IMAGES[:, 0, 0]  # without places one group is layer norm
    np.testing.assert_allclose(group_norm(flat, GAMMA, BETA, 1)[0], layer_norm(flat, GAMMA, BETA)[0])
    centred = IMAGES - IMAGES.mean(-1, keepdims=True)  # with mean 0, RMS norm is layer norm
    np.testing.assert_allclose(rms_norm(centred, one, epsilon=1e-3)[0], layer_norm(IMAGES, one, none)[0])
    assert np.array_equal(batch_norm(IMAGES[:1, 0, 0], GAMMA, BETA)[0], BETA[None])  # a batch of one feature row
    assert np.isnan(layer_norm(np.full((1, 6), np.nan), one, none)[0]).all()


def test_scale_and_shift_of_the_input_are_not_seen():
    for norm in (batch_norm, layer_norm, two_groups, instance_norm):
        big = norm(1e4 * IMAGES + 7, GAMMA, BETA)[0]
        np.testing.assert_allclose(norm(1e6 * IMAGES + 7, GAMMA, BETA)[0], big, atol=1e-6)
        dx = norm(IMAGES, GAMMA, BETA)[1](RNG.normal(size=IMAGES.shape))[0]
        assert abs(dx.sum()) < 1e-12  # no slope along a shift


def test_standardise_bounds():
    x_hat, back = standardise(np.array([0.0, 0, 0, 1e9]), 0, 0.0)
    assert np.abs(x_hat).max() < 2 and back(np.ones(4)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: BatchNorm(3).forward(IMAGES, True), r"made for 3 channels.*\(3, 2, 4, 6\)"),
        (lambda: BatchNorm(3, momentum=1.5), "0 to 1, got 1.5"),
        (lambda: group_norm(IMAGES, GAMMA, BETA, 4), "6 channels do not split into 4"),
        (lambda: group_norm(IMAGES, GAMMA, BETA, 0), "into 0 equal groups"),
        (lambda: layer_norm(IMAGES, np.ones(5), np.zeros(5)), r"got \(5,\)"),
        (lambda: scale_and_shift(IMAGES, None, 1.0), r"got \(\)"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
