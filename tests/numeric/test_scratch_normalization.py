"""The normalisations of scratch give what Keras's layers give: outputs, moving averages and gradients."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlcourse.ops import vjp
from dlcourse.scratch.normalization import BatchNorm
from dlcourse.scratch.normalization_nets import Nets, Recipe, pixels
from dlcourse.scratch.normalization_per_example import group_norm, instance_norm, layer_norm, rms_norm
from tests.contracts.backends import numpy

RNG = np.random.default_rng(0)
IMAGES = (3 * RNG.normal(size=(5, 4, 3, 6)) + RNG.normal(size=6)).astype("float32")
GAMMA, BETA = RNG.normal(size=(2, 6)).astype("float32")

PAIRS = {
    "layer": (layers.LayerNormalization, layer_norm),
    "group": (lambda: layers.GroupNormalization(groups=2), lambda *a: group_norm(*a, groups=2)),
    "one group": (lambda: layers.GroupNormalization(groups=1), lambda *a: group_norm(*a, groups=1)),
    "instance": (lambda: layers.GroupNormalization(groups=-1), instance_norm),
    "rms": (layers.RMSNormalization, rms_norm),
}


def slopes_of(layer, x, c, **arguments):
    """Output of a Keras layer and the slopes of sum(c * output) in x and in its weights."""
    fixed = [ops.convert_to_tensor(weight) for weight in layer.non_trainable_variables]

    def fn(inputs):
        return layer.stateless_call(inputs[1:], fixed, inputs[0], **arguments)[0]

    weights = [ops.convert_to_tensor(weight) for weight in layer.trainable_variables]
    y, slopes = vjp(fn, [x, *weights], c)
    return numpy(y), [numpy(slope) for slope in slopes]


def close(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("x", [IMAGES, IMAGES[:, 0, 0]], ids=["images", "features"])
def test_equal_to_keras(kind, x):
    make, ours = PAIRS[kind]
    layer = make()
    layer.build(x.shape)
    start = [GAMMA, BETA][: len(layer.weights)]
    layer.set_weights(start)
    c = RNG.normal(size=x.shape).astype("float32")
    y, slopes = slopes_of(layer, x, c)
    own, backward = ours(x.astype(float), *start)
    np.testing.assert_allclose(y, own, rtol=1e-5, atol=2e-5)
    close(slopes, backward(c))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("x", [IMAGES, IMAGES[:, 0, 0]], ids=["images", "features"])
def test_batch_norm_equals_keras(x, training):
    layer, norm = layers.BatchNormalization(momentum=0.8), BatchNorm(6, momentum=0.8)
    layer.build(x.shape)
    norm.gamma, norm.beta = GAMMA, BETA
    norm.moving_mean, norm.moving_variance = RNG.normal(size=6), RNG.uniform(0.5, 2, size=6)
    layer.set_weights([norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance])
    c = RNG.normal(size=x.shape).astype("float32")
    y, slopes = slopes_of(layer, x, c, training=training)
    own, backward = norm.forward(x, training)
    np.testing.assert_allclose(y, own, rtol=1e-5, atol=2e-5)
    close(slopes, backward(c))


def test_moving_averages_equal_keras_over_ten_batches():
    layer, norm = layers.BatchNormalization(), BatchNorm(6)
    for _ in range(10):
        x = (RNG.normal(size=(4, 3, 3, 6)) * 2 + 1).astype("float32")
        close([numpy(layer(x, training=True))], [norm.forward(x, training=True)[0]])
    close([numpy(layer.moving_mean), numpy(layer.moving_variance)], [norm.moving_mean, norm.moving_variance])
    close([numpy(layer(x, training=False))], [norm.forward(x, training=False)[0]])


def test_a_convolution_s_bias_has_no_slope_before_batch_norm():
    conv, norm = layers.Conv2D(6, 3), layers.BatchNormalization()
    conv.build(IMAGES.shape)
    norm.build((None, 2, 1, 6))
    fixed = [ops.convert_to_tensor(weight) for weight in norm.non_trainable_variables]
    free = [ops.convert_to_tensor(weight) for weight in norm.trainable_variables]
    c = keras.random.normal((5, 2, 1, 6), seed=1)

    def fn(w):
        return norm.stateless_call(free, fixed, conv.stateless_call(w, [], IMAGES)[0], training=True)[0]

    _, (kernel, bias) = vjp(fn, [ops.convert_to_tensor(weight) for weight in conv.trainable_variables], c)
    assert np.abs(numpy(bias)).max() < 1e-5 < 1e-2 < np.abs(numpy(kernel)).max()


def test_the_stacked_nets_are_convolutions_of_keras():
    images = RNG.normal(size=(4, 8, 8, 1)).astype("float32")
    nets = Nets(Recipe("layer"), [0])
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for channels in (16, 16, 32):
        model.add(layers.Conv2D(channels, 2, 2, use_bias=False))
        model.add(layers.LayerNormalization())
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(10))
    weights = [np.squeeze(weight, axis=(0, *range(1, weight.ndim - 2))) for weight in nets.weights]
    model.set_weights([w.reshape(v.shape) for w, v in zip(weights, model.weights, strict=True)])
    np.testing.assert_allclose(nets.logits(pixels(images))[0][0], numpy(model(images)), rtol=1e-4, atol=1e-4)
