"""What a transplant converts, and what it refuses."""

import keras
import numpy as np
import pytest
from keras import layers

from dlcourse import models
from tests.models.randomize import call, image, randomize

SMALL = {"depths": (1, 1), "widths": (8, 16), "stem_filters": 8}


def _net(*middle, size=8):
    x = inputs = keras.Input((size, size, 3))
    for layer in middle:
        x = layer(x)
    return keras.Model(inputs, x)


def _kept(model):
    return [keras.ops.convert_to_numpy(weight).copy() for weight in model.weights]


def _assert_equal(source, target, size=8):
    x = image(size)
    np.testing.assert_allclose(call(target, x), call(source, x), rtol=1e-5, atol=1e-5)


def test_bias_gamma_beta_and_epsilon_are_converted():
    source = _net(layers.Conv2D(4, 3), layers.BatchNormalization(scale=False, center=False, epsilon=1e-2))
    target = _net(layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(epsilon=1e-5))
    randomize(source)
    _assert_equal(source, models.transplant(source, randomize(target, 1)))


def test_a_missing_bias_becomes_zero():
    source, target = _net(layers.Conv2D(4, 3, use_bias=False)), randomize(_net(layers.Conv2D(4, 3)))
    _assert_equal(source, models.transplant(source, target))


def test_a_one_by_one_convolution_fills_a_dense_layer():
    source = _net(layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(5, 1), layers.Flatten())
    target = _net(layers.GlobalAveragePooling2D(), layers.Dense(5))
    _assert_equal(randomize(source), models.transplant(source, target))


def test_branches_of_a_sum_may_stand_in_any_order():
    def net(swap):
        x = keras.Input((8, 8, 3))
        branches = [layers.Conv2D(4, 1)(x), layers.Conv2D(4, 3, padding="same")(x)]
        return keras.Model(x, layers.Add()(branches[::-1] if swap else branches))

    source = randomize(net(False))
    _assert_equal(source, models.transplant(source, net(True)))


def test_branches_of_a_concatenation_may_not():
    def net(swap):
        x = keras.Input((8, 8, 3))
        branches = [layers.Conv2D(4, 1)(x), layers.Conv2D(4, 3, padding="same")(x)]
        return keras.Model(x, layers.Concatenate()(branches[::-1] if swap else branches))

    with pytest.raises(ValueError, match="do not fit"):
        models.transplant(net(False), net(True))


def test_a_model_inside_a_model_is_opened():
    inner = _net(layers.Conv2D(4, 3), layers.ReLU())
    source, target = _net(inner, layers.Conv2D(2, 1)), _net(layers.Conv2D(4, 3), layers.ReLU(), layers.Conv2D(2, 1))
    _assert_equal(randomize(source), models.transplant(source, target))


def test_a_classifier_gives_its_weights_to_a_backbone():
    source = randomize(models.create("resnet50", (32, 32, 3), classes=7, **SMALL))
    target = models.transplant(source, models.backbone("resnet50", (32, 32, 3), **SMALL))
    middle = keras.Model(source.input, source.get_layer("stage3_block1_out").output)
    _assert_equal(middle, target, 32)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"stem_filters": 16}, "stem_conv"),
        ({"widths": (16, 16)}, "stage2_block1"),
        ({"widths": (8, 32)}, "stage3_block1"),
        ({"depths": (2, 1)}, "stage"),
    ],
)
def test_a_misfit_names_the_first_pair_and_copies_nothing(changes, first):
    source = models.create("resnet50", (32, 32, 3), classes=7, **SMALL)
    target = models.create("resnet50", (32, 32, 3), classes=7, **(SMALL | changes))
    before = _kept(target)
    with pytest.raises(ValueError, match=f"(?s)do not fit.*{first}.*Nothing was copied"):
        models.transplant(source, target)
    assert all(np.array_equal(a, b) for a, b in zip(before, _kept(target), strict=True))


def test_another_number_of_classes_is_named():
    source = models.create("resnet50", (32, 32, 3), classes=7, **SMALL)
    with pytest.raises(ValueError, match=r"head_scores \(weights of shape \(64, 7\)\)"):
        models.transplant(source, models.create("resnet50", (32, 32, 3), classes=8, **SMALL))


def test_a_bias_that_nothing_can_take_up_is_refused():
    source, target = _net(layers.Conv2D(4, 3)), _net(layers.Conv2D(4, 3, use_bias=False))
    with pytest.raises(ValueError, match="has a bias"):
        models.transplant(source, target)


def test_an_epsilon_that_cannot_be_expressed_is_refused():
    source = _net(layers.BatchNormalization(epsilon=1e-5))
    source.layers[1].moving_variance.assign(np.zeros(3))
    with pytest.raises(ValueError, match="epsilon"):
        models.transplant(source, _net(layers.BatchNormalization(epsilon=1e-2)))


def test_what_cannot_be_followed_is_refused():
    class Opaque(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="functional"):
        models.transplant(Opaque(), _net(layers.Conv2D(4, 3)))


def test_a_layer_called_twice_is_followed():
    def net():
        shared = layers.Conv2D(3, 1)
        return _net(shared, layers.ReLU(), shared)

    source = randomize(net())
    _assert_equal(source, models.transplant(source, net()))
    two = _net(layers.Conv2D(3, 1), layers.ReLU(), layers.Conv2D(3, 1))
    _assert_equal(source, models.transplant(source, two))
    with pytest.raises(ValueError, match=r"calls .* twice"):
        models.transplant(randomize(two), net())
