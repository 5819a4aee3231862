"""The MobileNets and Xception: the sizes, widths and counts that their papers print."""

import keras
import pytest

from dlcourse import models
from dlcourse.complexity import profile
from dlcourse.models.blocks.light import rounded
from tests.contracts.catalog_light import EXTREME, LARGE, V1, V2

NETS = {
    "mobilenet": (32, V1),
    "mobilenetv2": (32, V2),
    "mobilenetv3large": (32, {"blocks": LARGE, "stem_filters": 8}),
    "xception": (21, EXTREME),
}


def _maps(name, shape, **changes):
    return {level: tuple(x.shape[1:]) for level, x in models.backbone(name, shape, **changes).output.items()}


def test_maps_of_xception_at_299():
    thin = {"stem": (2, 3), "entry": (4, 5, 6), "middle": 1, "exit": (6, 7), "top": (8, 9)}
    sizes = {"C1": (147, 147, 3), "C2": (74, 74, 4), "C3": (37, 37, 5), "C4": (19, 19, 6), "C5": (10, 10, 9)}
    assert _maps("xception", (299, 299, 3), **thin) == sizes


def test_maps_of_the_mobilenets_at_224():
    shape = (224, 224, 3)
    first = {"C1": (112, 112, 16), "C2": (56, 56, 24)}
    v2 = first | {"C3": (28, 28, 32), "C4": (14, 14, 96), "C5": (7, 7, 1280)}
    large = first | {"C3": (28, 28, 40), "C4": (14, 14, 112), "C5": (7, 7, 960)}
    assert _maps("mobilenetv2", shape) == v2
    assert _maps("mobilenetv3large", shape) == large
    assert _maps("mobilenet", shape, alpha=0.25) == {f"C{n}": (224 >> n, 224 >> n, 8 << n) for n in range(1, 6)}


def test_mobilenet_rounds_an_odd_size_down_where_the_others_round_it_up():
    sizes = {name: _maps(name, (97, 97, 3), **changes)["C3"][0] for name, (_, changes) in NETS.items()}
    assert sizes == {"mobilenet": 12, "mobilenetv2": 13, "mobilenetv3large": 13, "xception": 12}


@pytest.mark.parametrize(
    ("name", "alpha", "params"),
    [("MobileNet", 0.5, 1_342_536), ("MobileNetV2", 0.35, 1_691_208), ("MobileNetV3Small", 0.75, 2_051_552)],
)
def test_alpha_counts_as_in_keras_applications(name, alpha, params):
    assert models.create(name, alpha=alpha).count_params() == params


def test_the_last_layers_widen_but_do_not_thin():
    tiny = V2 | {"stages": V2["stages"][:2]}
    widths = {alpha: _maps("mobilenetv2", (32, 32, 3), **(tiny | {"alpha": alpha}))["C2"][-1] for alpha in (0.5, 1, 2)}
    assert widths == {0.5: 16, 1: 16, 2: 32}
    net = {
        alpha: models.create("mobilenetv3large", (32, 32, 3), alpha=alpha, blocks=LARGE, units=16) for alpha in (0.5, 2)
    }
    assert [net[alpha].get_layer("head_dense").units for alpha in (0.5, 2)] == [16, 32]


@pytest.mark.parametrize(("name", "least", "changes"), [(name, *row) for name, row in NETS.items()])
def test_the_least_size_is_enough_and_one_less_is_refused(name, least, changes):
    assert models.create(name, (least, least, 1), classes=3, **changes).output_shape == (None, 3)
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.create(name, (least, least - 1, 1), classes=3, **changes)


def test_a_bottleneck_ends_without_an_activation_and_with_its_shortcut():
    net = models.backbone("mobilenetv2", (32, 32, 3), **V2)
    join = net.get_layer("stage2_block2_add")
    assert {x._keras_history.operation.name for x in join.input} == {
        "stage2_block1_project_bn",
        "stage2_block2_project_bn",
    }
    assert "stage1_block1_expand_conv" not in [layer.name for layer in net.layers]  # the first expands nothing


def test_a_gate_has_a_quarter_of_the_expanded_channels():
    net = models.backbone("mobilenetv3large")
    units = [layer.squeeze.units for layer in net.layers if hasattr(layer, "squeeze")]
    assert units == [24, 32, 32, 120, 168, 168, 240, 240]  # 72, 120, 120, 480, 672, 672, 960, 960 over 4, by eights
    assert net.get_layer("stage5_block3_se").excite.activation is keras.activations.hard_sigmoid


def test_a_separable_convolution_costs_1_over_n_plus_1_over_9():
    """Table 1 of the paper's cost model: depthwise and pointwise against a standard 3 x 3 of the same shape."""
    table = profile(models.backbone("mobilenet", (64, 64, 3))).table
    light = table.loc["stage4_block2_depthwise_conv", "macs"] + table.loc["stage4_block2_pointwise_conv", "macs"]
    standard = 4 * 4 * 9 * 512 * 512
    assert light / standard == pytest.approx(1 / 512 + 1 / 9)


def test_rounding_to_eights_loses_a_tenth_at_most():
    assert [rounded(n) for n in (1, 8, 11, 12, 17, 18, 20, 92)] == [8, 8, 16, 16, 16, 24, 24, 96]
    assert all(rounded(n) >= 0.9 * n and rounded(n) % 8 == 0 for n in range(1, 500))
