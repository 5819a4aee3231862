"""GroupedConv2D against Keras's Conv2D(groups=g): outputs, gradients, weights that fit both."""

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.layers import GroupedConv2D
from dlcourse.ops.autodiff import compiled, value_and_grad
from dlcourse.ops.grouped_convolution import bundled, grouped_convolution
from tests.contracts import conv_twins
from tests.contracts.backends import numpy
from tests.contracts.checks_shared import assert_close

CASES = {  # channels, filters, groups, and what differs from a 3x3 window with stride 1
    "one group": (4, 6, 1, {}),
    "one bundle": (4, 8, 2, {"padding": "same"}),
    "many bundles": (96, 6, 6, {"kernel_size": 1}),
    "a group a channel": (4, 4, 4, {"padding": "same", "strides": 2}),
    "two filters a channel": (4, 8, 4, {"padding": "valid"}),
    "a group a channel, dilated": (4, 4, 4, {"dilation_rate": 2, "padding": "same"}),
    "strides": (6, 6, 3, {"strides": 2, "padding": "same", "kernel_size": (3, 2)}),
    "dilation": (6, 6, 3, {"dilation_rate": (1, 2)}),
}


def layer_and_data(name):
    channels, filters, groups, options = CASES[name]
    layer = GroupedConv2D(filters, groups=groups, **{"kernel_size": 3, **options})
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 6, channels)).astype("float32")
    layer.build(x.shape)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    return layer, x


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_definition(name):
    layer, x = layer_and_data(name)
    kernel, bias = (numpy(w).astype(np.float64) for w in layer.weights)
    options = layer.groups, layer.strides, layer.padding, layer.dilation_rate
    assert_close(numpy(layer(x)), conv_twins.grouped_convolution(x.astype(np.float64), kernel, *options) + bias)


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_keras_at_the_same_weights(name):
    layer, x = layer_and_data(name)
    config = layer.get_config()
    peer = keras.layers.Conv2D.from_config(config)
    peer.build(x.shape)
    peer.set_weights(layer.get_weights())
    mix = np.random.default_rng(1).normal(size=layer.compute_output_shape(x.shape)).astype("float32")
    mix = ops.convert_to_tensor(mix)
    grads = []
    for conv in (layer, peer):

        def mixed(arrays, conv=conv):
            return ops.sum(conv.convolution_op(*arrays) * mix)

        found = compiled(lambda *arrays, mixed=mixed: value_and_grad(mixed, list(arrays))[1])(x, numpy(layer.kernel))
        grads.append([numpy(gradient) for gradient in found])
    for ours, theirs in zip(*grads, strict=True):
        assert_close(ours, theirs, rtol=1e-4)
        assert np.abs(ours).max() > 0


def test_channels_first_is_left_to_keras():
    x = np.random.default_rng(0).normal(size=(1, 4, 5, 5)).astype("float32")
    first, last = (GroupedConv2D(4, 3, groups=2, data_format=f"channels_{end}") for end in ("first", "last"))
    y = last(np.moveaxis(x, 1, -1))
    first.build(x.shape)
    first.set_weights(last.get_weights())
    if keras.backend.backend() != "tensorflow":  # which has it on accelerators alone
        assert_close(np.moveaxis(numpy(first(x)), 1, -1), numpy(y))
    assert first.compute_output_shape(x.shape) == (1, 4, 3, 3)


def test_infinity_in_the_kernel_stays_in_its_group():
    x, kernel = np.ones((1, 3, 3, 4), "float32"), np.ones((1, 1, 2, 4), "float32")
    kernel[..., 0] = np.inf
    y = numpy(grouped_convolution(x, kernel, groups=2))
    assert np.isinf(y[..., 0]).all() and (y[..., 1:] == 2).all()


def test_bundles_divide_the_groups():
    for groups in range(1, 70):
        for channels in (1, 3, 4, 30, 40):
            n = bundled(groups, channels)
            assert groups % n == 0 and (n == 1 or n * channels <= 32)


def test_refusals():
    x = np.ones((1, 4, 4, 6), "float32")
    for kernel, groups in (((1, 1, 3, 4), 4), ((1, 1, 2, 4), 3), ((1, 1, 6, 4), 2)):
        with pytest.raises(ValueError, match=rf"{groups} groups.*Change"):
            grouped_convolution(x, np.ones(kernel, "float32"), groups)
