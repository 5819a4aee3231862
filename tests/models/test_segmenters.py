"""FCN, DeepLab and FastFCN: strides, dilation, what the enlargements do, and what the nets cost."""

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.complexity import profile

THIN = {"depths": (1, 2, 2, 2), "widths": (2, 4, 8, 16), "stem_filters": 4}
VGG = {"widths": (4, 4, 4, 8, 8)}


def _array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def _random(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def _strides(maps, size):
    return {name: size // x.shape[1] for name, x in maps.items()}


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize(("name", "changes"), [("resnet18", THIN), ("resnet50", THIN), ("vgg16", VGG)])
def test_output_stride(name, changes, stride):
    maps = models.backbone(name, (96, 96, 3), output_stride=stride, **changes).output
    first = 0 if name == "vgg16" else 1
    assert _strides(maps, 96) == {f"C{n}": min(2**n, stride) for n in range(first, 6)}


@pytest.mark.parametrize(
    ("name", "changes"),
    [("resnet18", THIN), ("resnet50", THIN), ("resnext50_32x4d", THIN | {"widths": (16, 32, 64, 128)})],
)
def test_a_dilated_net_gives_the_undilated_maps_in_between(name, changes):
    """Every second pixel of the dilated map is the undilated map, with the same weights: the hole algorithm."""
    keras.utils.set_random_seed(0)
    coarse = models.backbone(name, (64, 64, 3), **changes)
    fine = models.transplant(coarse, models.backbone(name, (64, 64, 3), output_stride=8, **changes))
    x = _random((1, 64, 64, 3))
    expected, found = _array(coarse(x)["C5"]), _array(fine(x)["C5"])
    assert found.shape[1:3] == (8, 8) and expected.shape[1:3] == (2, 2)
    np.testing.assert_allclose(found[:, ::4, ::4], expected, rtol=1e-4, atol=1e-5)


def test_rates_double_beyond_the_output_stride():
    net = models.backbone("resnet50", (64, 64, 3), output_stride=8, multi_grid=(1, 2), **THIN)
    rates = {layer.name: layer.dilation_rate[0] for layer in net.layers if getattr(layer, "kernel_size", 0) == (3, 3)}
    assert {
        rates[f"stage{n}_block{i}_2_conv"] for n in (2, 3) for i in (1, 2) if f"stage{n}_block{i}_2_conv" in rates
    } == {1}
    assert [rates[f"stage4_block{i}_2_conv"] for i in (1, 2)] == [2, 2]
    assert [rates[f"stage5_block{i}_2_conv"] for i in (1, 2)] == [4, 8]


@pytest.mark.parametrize(("stride", "rates"), [(16, [6, 12, 18]), (8, [12, 24, 36])])
def test_pyramid_rates_follow_the_output_stride(stride, rates):
    net = models.DeepLabV3((64, 64, 3), encoder_changes=THIN, output_stride=stride, filters=4)
    found = [
        layer.dilation_rate[0]
        for layer in net.layers
        if layer.name.startswith("head_aspp_rate") and isinstance(layer, keras.layers.Conv2D)
    ]
    assert found == rates


def test_fcn_begins_as_bilinear_interpolation_of_the_coarse_scores():
    """Skips begin at zero, enlargements at interpolation: FCN-8s is the smooth picture of FCN-32s's scores."""
    keras.utils.set_random_seed(0)
    net = models.FCN8s((160, 160, 3), classes=3, encoder_changes=VGG, units=4, classifier_activation=None)
    x = _random((1, 160, 160, 3))
    coarse = _array(keras.Model(net.input, net.get_layer("head_scores").output)(x))
    assert coarse.shape == (1, 5, 5, 3) and np.ptp(coarse) > 1e-4
    fine = _array(net(x))
    smooth = _array(keras.ops.image.resize(coarse, (160, 160), interpolation="bilinear"))
    inner = slice(48, -48)  # the enlargement sees zeros beyond the border, and three of them in a row smooth a little
    np.testing.assert_allclose(fine[:, inner, inner].mean((1, 2)), smooth[:, inner, inner].mean((1, 2)), rtol=0.1)


@pytest.mark.parametrize("size", [(33, 47), (1, 64), (64, 64)])
def test_fcn_takes_any_size(size):
    net = models.FCN16s((None, None, 3), classes=3, encoder_changes=VGG, units=4)
    assert tuple(net(_random((1, *size, 3))).shape) == (1, *size, 3)


def test_fast_fcn_has_the_map_of_a_dilated_net_for_fewer_products():
    """At full size: joint upsampling ends at stride 8 as the dilated backbone does (Wu 2019, table 1)."""
    joint = models.FastFCN((512, 512, 3), encoder="resnet101")
    dilated = models.DeepLabV3((512, 512, 3), encoder="resnet101")
    assert joint.get_layer("joint_out").output.shape[1:3] == (64, 64)
    assert dilated.get_layer("head_aspp_join").output.shape[1:3] == (64, 64)
    assert joint.output_shape == dilated.output_shape
    assert profile(joint).macs < 0.75 * profile(dilated).macs


def test_imagenet_weights_go_into_the_encoder_alone(monkeypatch):
    """The trained net is taken for the encoder, whatever its dilation; here one with random weights stands in."""
    from dlcourse.models import weights

    keras.utils.set_random_seed(0)
    source = keras.applications.ResNet50(weights=None, include_top=False)
    monkeypatch.setattr(weights, "_download", lambda twin, top: source if (twin, top) == ("ResNet50", False) else None)
    net = models.DeepLabV3((64, 64, 3), classes=2, weights="imagenet")
    kernel = source.get_layer("conv5_block3_2_conv").kernel
    np.testing.assert_array_equal(_array(net.get_layer("stage5_block3_2_conv").kernel), _array(kernel))


def test_what_has_no_imagenet_weights():
    with pytest.raises(ValueError, match="no ImageNet weights"):
        models.UNet(weights="imagenet")
    with pytest.raises(ValueError, match="no ImageNet weights"):
        models.DeepLabV3((64, 64, 3), weights="imagenet", encoder_changes=THIN)
    with pytest.raises(ValueError, match="3 channels"):
        models.DeepLabV3((64, 64, 1), weights="imagenet")


def test_one_class_is_a_sigmoid():
    with pytest.raises(ValueError, match='classifier_activation="sigmoid"'):
        models.UNet((188, 188, 1), classes=1)
    net = models.UNet((28, 28, 1), classes=1, widths=(2, 2), classifier_activation="sigmoid")
    assert net.output_shape == (None, 12, 12, 1)
    assert 0 <= _array(net(_random((1, 28, 28, 1)))).min() <= 1


def test_the_list_tells_the_tasks_apart():
    segmenters = set(models.list_models("segmentation")["name"])
    assert {"UNet", "FCN32s", "FCN16s", "FCN8s", "DeepLabV1", "DeepLabV2", "DeepLabV3", "DeepLabV3Plus"} < segmenters
    assert not segmenters & set(models.list_models("classification")["name"])
    with pytest.raises(ValueError, match="feature maps come from a classifier"):
        models.backbone("unet", (188, 188, 1))
