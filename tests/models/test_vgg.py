"""VGG: the columns of table 1, and the receptive fields by the recursion r += (k - 1) * j, j *= s."""

import keras
import pytest

from dlcourse import models
from dlcourse.complexity import profile
from dlcourse.models.registry import find

THIN = {"widths": (2, 2, 2, 2, 2), "units": 4, "classes": 3}
COLUMNS = {"VGG11": 11, "VGG11LRN": 11, "VGG13": 13, "VGG16C": 16, "VGG16": 16, "VGG19": 19}


def _kinds(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


@pytest.mark.parametrize(("name", "depth"), COLUMNS.items())
def test_weight_layers_pools_and_kernels(name, depth):
    model = models.create(name, (32, 32, 3), **THIN)
    convolutions = _kinds(model, keras.layers.Conv2D)
    assert (len(convolutions), len(_kinds(model, keras.layers.Dense))) == (depth - 3, 3)
    assert [(pool.pool_size, pool.strides) for pool in _kinds(model, keras.layers.MaxPooling2D)] == [
        ((2, 2), (2, 2))
    ] * 5
    pointwise = {layer.name for layer in convolutions if layer.kernel_size == (1, 1)}
    assert pointwise == ({f"stage{n}_conv3" for n in (3, 4, 5)} if name == "VGG16C" else set())
    assert {layer.kernel_size for layer in convolutions} <= {(1, 1), (3, 3)}
    assert all(layer.padding == "same" and layer.activation is keras.activations.relu for layer in convolutions)


def test_millions_of_parameters_as_in_table_2():
    millions = {"VGG11": 133, "VGG11LRN": 133, "VGG13": 133, "VGG16C": 134, "VGG16": 138, "VGG19": 144}
    assert {name: round(find(name).params / 1e6) for name in millions} == millions


def test_response_normalization_stands_behind_the_first_convolution_only():
    net = models.backbone("vgg11lrn", (32, 32, 3), widths=(2, 2, 2, 2, 2))
    assert [layer.name for layer in net.layers][1:4] == ["stage1_conv1", "stage1_norm", "stage1_pool"]
    norm = net.get_layer("stage1_norm")
    assert (norm.size, norm.k, norm.alpha, norm.beta) == (5, 2.0, 1e-4, 0.75)
    assert not [layer for layer in models.backbone("vgg11", (32, 32, 3)).layers if "norm" in layer.name]


def test_a_stage_with_its_own_kernel():
    net = models.backbone("vgg11", (32, 32, 3), depths=(1, 3), widths=(2, 2), kernels=(5, 3))
    table = profile(net).table
    assert table.loc["stage1_conv1", "parameters"] == 5 * 5 * 3 * 2 + 2
    assert table.loc["stage2_conv3", "receptive_field"] == 5 + 1 + 2 * 2 * 3  # as behind one 7 x 7 in that stage
    seven = profile(models.backbone("vgg11", (32, 32, 3), depths=(1, 1), widths=(2, 2), kernels=(5, 7))).table
    assert seven.loc["stage2_conv1", "receptive_field"] == table.loc["stage2_conv3", "receptive_field"]


def test_receptive_fields_and_strides_of_vgg16():
    table = profile(models.backbone("vgg16", (224, 224, 3), widths=(2, 2, 2, 2, 2))).table
    expected, field, jump = {}, 1, 1
    for number, depth in enumerate((2, 2, 3, 3, 3), start=1):
        field += depth * 2 * jump
        expected[f"stage{number}_conv{depth}"] = (field, jump)
        field, jump = field + jump, 2 * jump
        expected[f"stage{number}_pool"] = (field, jump)
    found = {name: tuple(table.loc[name, ["receptive_field", "effective_stride"]]) for name in expected}
    assert found == expected
    assert expected["stage1_conv2"] == (5, 1) and expected["stage2_conv2"] == (14, 2)
    assert expected["stage5_pool"] == (212, 32)


def test_maps_of_vgg16():
    maps = models.backbone("vgg16", (224, 224, 3), widths=(1, 2, 3, 4, 5)).output
    sizes = {level: tuple(x.shape[1:]) for level, x in maps.items()}
    assert sizes == {f"C{n}": (224 >> n, 224 >> n, min(n + 1, 5)) for n in range(6)}


@pytest.mark.parametrize(("least", "changes"), [(32, {}), (4, {"depths": (1, 1)})])
def test_the_least_size_is_enough_and_one_less_is_refused(least, changes):
    assert models.create("vgg11", (least, least, 1), **(THIN | changes)).output_shape == (None, 3)
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.create("vgg11", (least, least - 1, 1), **(THIN | changes))
