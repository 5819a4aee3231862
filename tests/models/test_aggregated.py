"""DenseNet, ResNeXt and the gated nets: sizes, widths and what ties them to ResNet."""

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.layers import GroupedConv2D, SqueezeExcite
from tests.models.randomize import call, image

ONE = {"depths": (1, 1, 1, 1)}
THIN = {"depths": (1, 1), "widths": (8, 16), "stem_filters": 8}


def test_densenet_rounds_down_between_blocks():
    maps = models.backbone("densenet121", (97, 75, 3), **ONE).output
    assert [tuple(x.shape[1:3]) for x in maps.values()] == [(49, 38), (25, 19), (12, 9), (6, 4), (3, 2)]


@pytest.mark.parametrize(("row", "least"), [(ONE, 29), ({"depths": (1, 1)}, 5), ({**ONE, "stem": "cifar"}, 8)])
def test_densenet_names_the_least_image(row, least):
    net = models.DenseNet121((least, least, 3), classes=2, growth=8, stem_filters=8, **row)
    assert np.isfinite(call(net, image(least))).all()
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.DenseNet121((least - 1, least - 1, 3), classes=2, growth=8, stem_filters=8, **row)


def test_densenet_keeps_every_map_it_has_made():
    net = models.DenseNet121((32, 32, 3), depths=(3,), growth=8, stem_filters=8)
    joins = [layer for layer in net.layers if isinstance(layer, keras.layers.Concatenate)]
    assert [join.output.shape[-1] for join in joins] == [16, 24, 32]
    inside = keras.Model(net.input, [join.output for join in joins])
    first, _, last = (keras.ops.convert_to_numpy(x) for x in inside(image(32)))
    np.testing.assert_array_equal(last[..., :16], first)


def test_a_gate_that_stands_open_makes_the_plain_net():
    gated = models.SEResNet50((32, 32, 3), classes=3, reduction=4, **THIN)
    plain = models.ResNet50((32, 32, 3), classes=3, **THIN)
    for layer in gated.layers:
        if isinstance(layer, SqueezeExcite):
            layer.excite.set_weights([0 * layer.excite.kernel.numpy(), np.full(layer.excite.units, 40.0)])
        elif layer.weights:
            plain.get_layer(layer.name).set_weights(layer.get_weights())
    np.testing.assert_allclose(call(gated, image(32)), call(plain, image(32)), rtol=1e-5, atol=1e-6)


def test_resnext_is_resnet_with_groups_and_its_stride_on_them():
    net = models.ResNeXt50_32x4d((64, 64, 3), classes=3, groups=4, group_width=16, **THIN)
    grouped = [layer for layer in net.layers if isinstance(layer, GroupedConv2D)]
    assert [layer.groups for layer in grouped] == [4, 4] and [layer.strides for layer in grouped] == [(1, 1), (2, 2)]
    assert [layer.filters for layer in grouped] == [8, 16]
    with_gates = models.SEResNeXt50_32x4d((64, 64, 3), classes=3, groups=4, group_width=16, **THIN)
    assert [layer.filters for layer in with_gates.layers if isinstance(layer, GroupedConv2D)] == [8, 16]
