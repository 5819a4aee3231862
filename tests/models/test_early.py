"""LeNet-5, AlexNet and ZFNet: the maps and the counts that their papers print."""

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.complexity import profile
from dlcourse.layers import digit_codes
from dlcourse.models.classification.lenet import scaled_tanh


def _sizes(name, **changes):
    maps = models.backbone(name, **changes).output
    return {level: tuple(x.shape[1:]) for level, x in maps.items()}


def test_maps_of_lenet5():
    assert _sizes("lenet5") == _sizes("lenet5modern") == {"C1": (14, 14, 6), "C2": (5, 5, 16)}


def test_maps_of_alexnet_and_zfnet():
    alexnet = {"C2": (55, 55, 96), "C3": (27, 27, 256), "C4": (13, 13, 256), "C5": (6, 6, 256)}
    assert _sizes("alexnet") == _sizes("alexnettwotower") == alexnet
    zfnet = {"C1": (110, 110, 96), "C2": (55, 55, 96), "C3": (26, 26, 256), "C4": (13, 13, 256), "C5": (6, 6, 256)}
    assert _sizes("zfnet") == zfnet


SMALL = {"filters": (8, 8, 8, 8, 8), "units": 8, "classes": 3}


@pytest.mark.parametrize(
    ("name", "least", "changes"),
    [
        ("lenet5", 32, {"classes": 3}),
        ("lenet5modern", 32, {"classes": 3}),
        ("alexnet", 67, SMALL),
        ("alexnet", 19, SMALL | {"strides": 1, "kernels": (5, 3, 3, 3, 3)}),
        ("alexnet", 12, SMALL | {"strides": 1, "kernels": (5, 3, 3, 3, 3), "pool": 2}),
        ("zfnet", 53, SMALL),
        ("zfnet", 15, SMALL | {"strides": (1, 1), "kernels": (5, 3, 3, 3, 3)}),
    ],
)
def test_the_least_size_is_enough_and_one_less_is_refused(name, least, changes):
    assert models.create(name, (least, least, 1), **changes).output_shape == (None, 3)
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.create(name, (least, least - 1, 1), **changes)


def test_parameters_and_connections_of_lenet5_layer_by_layer():
    table = profile(models.LeNet5(classes=10)).table
    expected = {
        "stage1_c1": (156, 122_304),
        "stage1_s2": (12, 5_880),
        "stage2_c3": (1_516, 151_600),
        "stage2_s4": (32, 2_000),
        "head_c5": (48_120, 48_120),
        "head_f6": (10_164, 10_164),
        "head_rbf": (840, 840),
    }
    for name, (parameters, connections) in expected.items():
        row = table.loc[name]
        assert row.parameters == parameters
        units = int(np.prod(row.output_shape))
        if "_s" in name:  # four inputs and a bias for each unit; one product is made of them
            assert (row.macs, 5 * units) == (units, connections)
        elif name == "head_rbf":
            assert row.macs == connections
        else:
            assert row.macs + units == connections


def test_multiply_adds_of_alexnet():
    table = profile(models.AlexNet()).table
    convolutions = [f"stage{stage}_conv{i}" for stage, i in ((1, 1), (2, 2), (3, 3), (3, 4), (3, 5))]
    assert table.loc[convolutions, "parameters"].tolist() == [34_944, 614_656, 885_120, 1_327_488, 884_992]
    macs = table.loc[convolutions, "macs"]
    assert macs.tolist() == [105_415_200, 447_897_600, 149_520_384, 224_280_576, 149_520_384]
    assert table.loc[convolutions, "parameters"].sum() / table.parameters.sum() == pytest.approx(0.06, abs=0.005)
    assert macs.sum() / table.macs.sum() == pytest.approx(0.95, abs=0.005)


def test_two_towers_see_each_other_in_the_third_convolution_only():
    """What the second half of the image channels' maps hold cannot reach the first half before convolution 3."""
    net = models.backbone("alexnettwotower", (32, 32, 3), **{k: v for k, v in SMALL.items() if k != "classes"},
                          strides=1, kernels=(5, 3, 3, 3, 3), normalize=0)  # fmt: skip
    maps = keras.Model(net.input, [net.get_layer(f"stage{s}_conv{i}").output for s, i in ((2, 2), (3, 3))])
    x = np.random.default_rng(0).normal(size=(1, 32, 32, 3)).astype("float32")
    before = [np.array(out) for out in maps(x)]
    first = net.get_layer("stage1_conv1")
    kernel, bias = (np.array(w) for w in (first.kernel, first.bias))
    kernel[..., 4:] *= -1
    first.set_weights([kernel, bias])
    second, third = (np.array(out) for out in maps(x))
    np.testing.assert_array_equal(second[..., :4], before[0][..., :4])
    assert np.abs(third[..., :4] - before[1][..., :4]).max() > 0


def test_scores_of_lenet5_are_negative_distances_to_the_codes():
    net = models.LeNet5(classes=10, classifier_activation=None)
    x = np.random.default_rng(0).normal(size=(3, 32, 32, 1)).astype("float32")
    drawn = np.array(keras.Model(net.input, net.get_layer("head_f6").output)(x))
    distances = ((drawn[:, None] - digit_codes()) ** 2).sum(axis=-1)
    np.testing.assert_allclose(np.array(net(x)), -distances, rtol=1e-4)


def test_scaled_tanh_hits_its_targets():
    x = np.array([-1.0, 0.0, 1.0, 1e4], "float32")
    np.testing.assert_allclose(np.array(scaled_tanh(x)), [-1, 0, 1, 1.7159], atol=1e-4)


def test_more_classes_than_digits_get_codes_of_their_own():
    codes = models.LeNet5(classes=12).get_layer("head_rbf").codes
    assert codes.shape == (12, 84) and len(np.unique(codes, axis=0)) == 12
