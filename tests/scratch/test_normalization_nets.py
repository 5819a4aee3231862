"""Stacked nets with any normalisation: their gradient, their independence, and what each option does."""

from dataclasses import replace

import numpy as np
import pytest

from dlcourse import datasets
from dlcourse.scratch.gradient_check import central_differences
from dlcourse.scratch.many_nets import orders
from dlcourse.scratch.normalization_nets import KINDS, Nets, Recipe, pixels

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1, 8, 16, 1))
Y = RNG.integers(0, 3, size=8)
TINY = {"places": 16, "blocks": ((4, 2), (1, 2), (4, 4)), "classes": 3}


def tiny(recipe, seeds=(0,)):
    """A net whose every weight is off its start, with averages that are not 0 and 1."""
    nets = Nets(recipe, list(seeds), **TINY)
    for weight, seed in zip(nets.weights, range(99), strict=False):
        weight += 0.1 * np.random.default_rng(seed).normal(size=weight.shape[1:])
    nets.averages = [[mean + 0.3, variance + 0.5] for mean, variance in nets.averages]
    return nets


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "recipe",
    [*[Recipe(kind, groups=2) for kind in KINDS], Recipe("batch", share=4), Recipe("batch", after=True)],
    ids=lambda recipe: f"{recipe.kind}-{recipe.share}-{recipe.after}",
)
def test_gradient_agrees_with_central_differences(recipe, training):
    nets = tiny(recipe)

    def loss(*weights):
        other = tiny(recipe)
        other.weights = list(weights)
        return other.gradient(X, Y, training)[0].sum()

    for slope, want in zip(nets.gradient(X, Y, training)[1], central_differences(loss, nets.weights), strict=True):
        np.testing.assert_allclose(slope, want, rtol=1e-5, atol=1e-6)


def test_gradient_under_dropout_and_noise():
    recipe = Recipe("batch", dropout=0.5, noise=0.5)
    nets = tiny(recipe)

    def loss(*weights):
        other = tiny(recipe)  # draws the same numbers
        other.weights = list(weights)
        return other.gradient(X, Y)[0].sum()

    for slope, want in zip(nets.gradient(X, Y)[1], central_differences(loss, nets.weights), strict=True):
        np.testing.assert_allclose(slope, want, rtol=1e-5, atol=1e-6)
    assert np.array_equal(nets.logits(X)[0], nets.logits(X)[0])  # neither acts in inference
    assert not np.array_equal(nets.logits(X, training=True)[0], nets.logits(X, training=True)[0])


def test_a_net_in_a_stack_is_the_net_alone():
    order = orders(8, 4, 3, 2)
    both = Nets(Recipe("batch"), [0, 1], **TINY)
    losses = both.train(X, Y, order, np.array([0.1, 0.3]))
    for n, rate in enumerate((0.1, 0.3)):
        one = Nets(Recipe("batch"), [n], **TINY)
        np.testing.assert_allclose(one.train(X, Y, order[:, n : n + 1], rate)[:, 0], losses[:, n])
        np.testing.assert_allclose(one.logits(X)[0][0], both.logits(X)[0][n])
    np.testing.assert_allclose(both.gradient(X, Y)[0], both.gradient(np.repeat(X, 2, 0), np.stack([Y, Y]))[0])


def test_one_that_diverges_disturbs_no_other():
    order = orders(8, 4, 20, 2)
    both = Nets(Recipe("none"), [0, 0], **TINY)
    both.train(X, Y, np.repeat(order[:, :1], 2, axis=1), np.array([1e8, 0.1]))
    one = Nets(Recipe("none"), [0], **TINY)
    one.train(X, Y, order[:, :1], 0.1)
    assert both.accuracy(X, Y)[0] == 0 and both.accuracy(X, Y)[1] == one.accuracy(X, Y)[0] > 0


def test_averages_reach_back_as_many_examples_as_memory_says():
    nets = Nets(Recipe("batch", memory=80), [0], **TINY)
    first = nets.logits(X, training=True)  # 8 of 80 examples: momentum 0.9
    z = (X.reshape(1, 8, 4, 4) @ nets.weights[0])[0].reshape(-1, 2)
    np.testing.assert_allclose(nets.averages[0][0].ravel(), 0.1 * z.mean(0))
    np.testing.assert_allclose(nets.averages[0][1].ravel(), 0.9 + 0.1 * z.var(0))
    nets.settle(X)
    np.testing.assert_allclose(nets.averages[0][0].ravel(), z.mean(0))
    np.testing.assert_allclose(nets.logits(X)[0], first[0])  # with settled averages inference is training
    assert nets.recipe == Recipe("batch", memory=80)


def test_shares_are_batches_of_their_own():
    whole = Nets(Recipe("batch", share=4), [0], **TINY).logits(X, training=True)[0]
    parts = [Nets(Recipe("batch"), [0], **TINY).logits(X[:, n : n + 4], training=True)[0] for n in (0, 4)]
    np.testing.assert_allclose(whole, np.concatenate(parts, axis=1))


def test_the_shift_that_noise_brings_is_drawn_anew():
    nets = Nets(Recipe("batch", noise=2.0), [0], **TINY)
    means = []
    for _ in range(2):
        nets.logits(X, training=True)
        means.append(nets.outputs[0].mean((1, 2)))
    assert np.abs(means[0] - means[1]).max() > 0.3


def test_a_1x1_map_is_left_alone_by_instance_norm():
    nets = Nets(Recipe("instance"), [0], **TINY)
    nets.logits(X)
    assert nets.outputs[2].shape == (1, 8, 1, 4) and nets.outputs[2].any()


def test_digits_are_learned():
    (images, y), (images_test, y_test) = datasets.digits()
    x, x_test = pixels(images) - 0.3, pixels(images_test) - 0.3
    for kind in ("batch", "layer"):
        nets = Nets(Recipe(kind), [0, 1])
        losses = nets.train(x, y, orders(len(y), 32, 3, 2), 0.3)
        assert losses[-10:].mean() < 0.3 * losses[:5].mean() and nets.accuracy(x_test, y_test).min() > 0.85


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="got 28 x 28"):
        pixels(np.zeros((1, 28, 28, 1)))
    with pytest.raises(ValueError, match=r"one of none, batch.*got 'bach'"):
        Nets(replace(Recipe(), kind="bach"), [0])
