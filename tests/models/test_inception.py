"""The Inception nets: the maps, the counts and the least images that follow from their papers."""

import numpy as np
import pytest

from dlcourse import models
from dlcourse.complexity import profile


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("googlenet", {"C1": (112, 64), "C2": (56, 192), "C3": (28, 480), "C4": (14, 832), "C5": (7, 1024)}),
        ("bninception", {"C1": (112, 64), "C2": (56, 192), "C3": (28, 320), "C4": (14, 576), "C5": (7, 1024)}),
        ("inceptionv3", {"C1": (147, 64), "C2": (71, 192), "C3": (35, 288), "C4": (17, 768), "C5": (8, 2048)}),
        ("inceptionv4", {"C1": (147, 64), "C2": (71, 192), "C3": (35, 384), "C4": (17, 1024), "C5": (8, 1536)}),
        ("inceptionresnetv1", {"C1": (147, 64), "C2": (71, 192), "C3": (35, 256), "C4": (17, 896), "C5": (8, 1792)}),
        ("inceptionresnetv2", {"C1": (147, 64), "C2": (71, 192), "C3": (35, 320), "C4": (17, 1088), "C5": (8, 1536)}),
    ],
)
def test_maps_of_the_papers(name, expected):
    """Sizes and channels at each resolution; one module a stage, whose numbers every module of the stage repeats."""
    last = (2, 5, 2) if name == "googlenet" else (2, 1, 1)  # channels grow within the stages of the early nets
    last = (3, 1, 1) if name == "inceptionv3" else last
    maps = models.backbone(name, depths=last).output
    assert {level: tuple(x.shape[2:]) for level, x in maps.items()} == expected


def test_auxiliary_heads_read_the_fourth_stage_and_triple_the_outputs():
    net = models.GoogLeNet(auxiliary=True)
    heads = ["auxiliary1", "auxiliary2"]
    assert sorted(net.output_names) == [*heads, "predictions"]
    assert net.count_params() == 13_378_280
    shapes = {name: net.get_layer(f"head_{name}_pool").input.shape[1:] for name in heads}
    assert shapes == {"auxiliary1": (14, 14, 512), "auxiliary2": (14, 14, 528)}
    assert net.get_layer("head_auxiliary1_pool").output.shape == (None, 4, 4, 512)
    assert net.get_layer("head_auxiliary1_dropout").rate == 0.7


def test_multiplications_of_googlenet_module_by_module():
    """The column "ops" of the paper's table 1, in millions. It has 54 for module 5a, whose own filters make 51."""
    blocks = profile(models.GoogLeNet()).by_block()["macs"]
    modules = [(stage, block) for stage, depth in ((3, 2), (4, 5), (5, 2)) for block in range(1, depth + 1)]
    millions = [blocks[f"stage{stage}_block{block}"] / 1e6 for stage, block in modules]
    np.testing.assert_allclose(millions, [128, 304, 73, 88, 100, 119, 170, 51, 71], atol=0.7)


def test_parameters_of_inception_resnet_v1_by_its_figures():
    """Kernels, two numbers of batch norm a filter, and the biases of the linear 1x1, counted from figures 10 to 15."""

    def conv(inputs, filters, size):  # with beta, and the mean and variance of the batch norm
        return inputs * filters * size + 3 * filters

    def linear(inputs, filters):
        return inputs * filters + filters

    stem = conv(3, 32, 9) + conv(32, 32, 9) + conv(32, 64, 9) + conv(64, 80, 1) + conv(80, 192, 9) + conv(192, 256, 9)
    a = 3 * conv(256, 32, 1) + 3 * conv(32, 32, 9) + linear(96, 256)
    to_b = conv(256, 384, 9) + conv(256, 192, 1) + conv(192, 192, 9) + conv(192, 256, 9)
    b = 2 * conv(896, 128, 1) + 2 * conv(128, 128, 7) + linear(256, 896)
    to_c = 3 * conv(896, 256, 1) + conv(256, 384, 9) + 3 * conv(256, 256, 9)
    c = 2 * conv(1792, 192, 1) + 2 * conv(192, 192, 3) + linear(384, 1792)
    whole = stem + 5 * a + to_b + 10 * b + to_c + 5 * c + linear(1792, 1000)
    assert whole == models.list_models("inception resnet").set_index("name")["params"]["InceptionResNetV1"]


def test_counts_that_others_publish_differ_by_what_the_reference_says():
    rows = models.list_models().set_index("name")["params"]
    slim, gammas, scores = 10_173_112, 9_952, 1025 * 1000
    assert rows["BNInception"] == slim + (3 - 1) * 64 + gammas + scores
    channels = [256, 320, *[576] * 5, *[1024] * 3]
    gates = sum(2 * c * (c // 16) + c // 16 + c for c in channels)
    assert rows["SEInception"] == rows["BNInception"] + gates
    timm, gammas = 42_679_816, 31_584
    assert rows["InceptionV4"] == timm - gammas + 2 * gammas


SMALL = {"width": 0.05, "depths": (1, 1, 1), "classes": 3}


@pytest.mark.parametrize(
    ("name", "least", "changes"),
    [
        ("googlenet", 32, SMALL),
        ("googlenet", 65, SMALL | {"depths": (1, 3, 1), "auxiliary": True, "auxiliary_units": 8}),
        ("googlenet", 8, SMALL | {"stem_strides": (1, 1, 2)}),
        ("bninception", 32, SMALL),
        ("inceptionv3", 75, SMALL),
        ("inceptionv3", 23, SMALL | {"stem_strides": (1, 1, 2)}),
        ("inceptionv4", 75, SMALL),
        ("inceptionresnetv1", 75, SMALL),
        ("inceptionresnetv2", 27, SMALL | {"stem_strides": (1, 2, 1)}),
    ],
)
def test_the_least_size_is_enough_and_one_less_is_refused(name, least, changes):
    net = models.create(name, (least, least, 1), **changes)
    predictions = net(np.ones((1, least, least, 1), "float32"))
    predictions = predictions["predictions"] if isinstance(predictions, dict) else predictions
    assert predictions.shape == (1, 3)
    with pytest.raises(ValueError, match=f"at least {least} x {least}"):
        models.create(name, (least, least - 1, 1), **changes)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("googlenet", {"auxiliary": True, "depths": (1, 2, 1)}, "auxiliary heads"),
        ("googlenet", {"depths": (2, 6, 2)}, r"between \(1, 1, 1\) and the paper's \(2, 5, 2\)"),
        ("bninception", {"depths": (2, 0, 2)}, r"between \(1, 1, 1\) and the paper's \(2, 4, 2\)"),
        ("inceptionresnetv1", {"version": "v3"}, r"versions \['v1', 'v2'\]"),
    ],
)
def test_a_row_that_makes_no_net_is_refused(name, changes, words):
    with pytest.raises(ValueError, match=words):
        models.create(name, **changes)


def test_modules_of_v3_see_as_far_as_what_they_replace():
    """Receptive fields inside a module: two 3x3 like a 5x5, 1x7 after 7x1 like a 7x7 (figures 5 and 6)."""
    net = models.InceptionV3((75, 75, 3), depths=(1, 1, 1), width=0.05, stem_strides=(2, 2, 2))
    fields = profile(net).table["receptive_field"]
    assert fields["stage3_block1_b2_conv"] == fields["stage3_block1_c3_conv"]
    height, width = fields["stage4_block2_b2_conv"]
    assert width > height and fields["stage4_block2_b3_conv"] == width
