"""Residual blocks and deep nets by hand: slopes by central differences, peers in Keras, and the limits of a block."""

import numpy as np
import pytest
from keras import layers, losses

from dlcourse import models, ops
from dlcourse.scratch.gradient_check import central_differences, relative_gap
from dlcourse.scratch.residual import convolve, normalise, preactivated, residual
from dlcourse.scratch.residual_nets import DeepNets, folded, kernel_norms

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4, 4, 2))


def weights(rng=RNG, filters=2):
    """The six arrays of a block for each of two nets, all off their start."""
    layer = [(2, 9 * filters, filters), (2, 1, filters), (2, 1, filters)]
    return [rng.normal(size=shape) + (n % 3 == 1) for n, shape in enumerate(layer * 2)]


def slopes_agree(run, arrays):
    y, back = run(*arrays)
    dy = np.random.default_rng(1).normal(size=y.shape)
    dx, given = back(dy)
    numeric = central_differences(lambda *a: (dy * run(*a)[0]).sum(), arrays, 1e-6)
    return max(relative_gap(g, n) for g, n in zip([dx, *given], numeric, strict=True))


def test_convolution_and_norm_agree_with_keras():
    kernel = RNG.normal(size=(2, 18, 5))
    gamma, beta = RNG.normal(size=(2, 2, 1, 2))
    norm = layers.BatchNormalization(epsilon=1.001e-5)
    norm.build(X[0].shape)
    for net in range(2):
        conv = layers.Conv2D(5, 3, padding="same", use_bias=False)
        conv.build(X[net].shape)
        conv.set_weights([kernel[net].reshape(3, 3, 2, 5)])
        np.testing.assert_allclose(convolve(X, kernel)[0][net], np.array(conv(X[net])), rtol=1e-4, atol=1e-5)
        norm.gamma.assign(gamma[net, 0])
        norm.beta.assign(beta[net, 0])
        wanted = np.array(norm(X[net], training=True))
        np.testing.assert_allclose(normalise(X, gamma, beta)[0][net], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shortcut", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("block", [residual, preactivated])
def test_slopes_of_a_block_agree_with_central_differences(block, shortcut):
    assert slopes_agree(lambda x, *w: block(x, w, shortcut), [X, *weights()]) < 1e-6


def test_slopes_of_the_parts_agree_with_central_differences():
    assert slopes_agree(lambda x, k: convolve(x, k), [X, RNG.normal(size=(2, 18, 3))]) < 1e-7
    assert slopes_agree(lambda x, g, b: normalise(x, g, b), [X, *RNG.normal(size=(2, 2, 1, 2))]) < 1e-7


def test_the_slope_goes_straight_through_a_silent_block():
    silent = weights()
    silent[4], silent[5] = np.zeros((2, 1, 2)), np.zeros((2, 1, 2))
    dy = RNG.normal(size=X.shape)
    y, back = preactivated(X, silent, 1.0)
    assert np.array_equal(y, X) and np.array_equal(back(dy)[0], dy)
    y, back = residual(X, silent, 1.0)
    assert np.array_equal(y, np.maximum(X, 0)) and np.array_equal(back(dy)[0], dy * (X > 0))
    y, back = residual(X, silent, 0.0)
    assert not y.any() and not back(dy)[0].any()


@pytest.mark.parametrize("name, shortcut", [("cifarresnet20", 1), ("plainnet20", 0)])
def test_a_deep_net_is_the_model_of_the_package(name, shortcut):
    nets = DeepNets(2, [3, 4], [shortcut] * 2, channels=1, filters=8)
    net = models.create(
        name, (8, 8, 1), classes=10, depths=(2,), widths=(8,), stem_filters=8, classifier_activation=None
    )
    x, y = RNG.normal(size=(2, 6, 8, 8, 1)).astype("float32"), RNG.integers(0, 10, (2, 6))
    loss, wrong, slopes, signals = nets.gradient(x, y)
    arrays = [array for part in nets.weights for array in part]
    flat = [array for part in slopes for array in part]
    for which in range(2):
        for variable, array in zip(net.trainable_variables, arrays, strict=True):
            variable.assign(np.reshape(array[which], variable.shape))
        entropy = losses.SparseCategoricalCrossentropy(from_logits=True)
        fn = ops.loss_of_weights(net, entropy, x[which], y[which], training=True)
        value, gradients = ops.value_and_grad(fn, net.trainable_variables)
        assert float(value) == pytest.approx(loss[which], rel=1e-4)
        for wanted, got in zip(gradients, flat, strict=True):
            np.testing.assert_allclose(got[which].ravel(), np.ravel(wanted), rtol=2e-3, atol=2e-5)
    assert wrong.shape == (2,) and len(signals) == 3


@pytest.mark.parametrize("block, most", [(residual, 0.2), (preactivated, 0.2)])
def test_training_learns_and_nets_do_not_touch_each_other(block, most):
    images = np.random.default_rng(5).normal(size=(40, 4, 4, 4)).astype("float32")
    y = np.arange(40) % 4
    order = np.stack([np.random.default_rng(n).permutation(40)[:20] for n in range(40)])[:, None]
    alone = DeepNets(2, [7], [1], filters=8, block=block)
    both = DeepNets(2, [1, 7], [1, 1], filters=8, block=block)
    losses, errors = alone.train(images, y, order, 0.05)
    others, _ = both.train(images, y, np.concatenate([order, order], 1), 0.05)
    assert errors[-5:].mean() < most and losses.shape == (40, 1)
    np.testing.assert_allclose(others[:5, 1], losses[:5, 0], rtol=1e-3)


def test_layers_are_counted_and_paired_by_seed():
    nets = DeepNets(3, [1, 2, 1], [0, 0, 1], filters=8)
    assert nets.layers == 8
    assert all(np.array_equal(a[0], a[2]) and not np.array_equal(a[0], a[1]) for p in nets.weights[:-1] for a in p[:1])
    x, y = RNG.normal(size=(3, 5, 4, 4, 4)).astype("float32"), RNG.integers(0, 10, (3, 5))
    assert kernel_norms(nets.gradient(x, y)[2]).shape == (7, 3)


def test_folding_keeps_every_pixel():
    images = np.arange(2 * 4 * 6).reshape(2, 4, 6, 1)
    assert np.array_equal(folded(images)[0, 0, 1], [2, 3, 8, 9])
    with pytest.raises(ValueError, match="squares of 2 pixels do not fill 5 x 4"):
        folded(np.zeros((1, 5, 4, 1)))
    with pytest.raises(ValueError, match="a shortcut for each seed"):
        DeepNets(1, [0, 1], [1])
