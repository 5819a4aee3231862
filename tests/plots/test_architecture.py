"""The diagram of a net holds its stages, blocks and shortcuts, in legible places, and the right words."""

from itertools import combinations

import keras
import matplotlib
import matplotlib.pyplot as plt
import pytest
from keras import layers
from matplotlib.patches import Arc, FancyBboxPatch, PathPatch, Rectangle

from dlcourse import plots
from dlcourse.models import create
from dlcourse.plots.architecture_units import stages_of

matplotlib.use("Agg")

NETS = {
    "lenet": lambda: create("lenet5", classes=10),
    "residual": lambda: create("resnet50", (32, 32, 1), 10, depths=(1, 9), widths=(8, 16), stem_filters=8),
    "branches": lambda: create("googlenet", (65, 65, 3), 10, depths=(1, 3, 1), width=0.25, auxiliary=True),
    "inverted": lambda: create("mobilenetv3small", (64, 64, 3), 10),
    "dense": lambda: unnamed(),
    "u": lambda: create("unet", (188, 188, 1), widths=(4, 8, 16, 32, 64)),
    "padded u": lambda: create("encoderunet", (64, 64, 3)),
    "skips": lambda: create("fcn8s", (64, 64, 3)),
    "pyramid": lambda: create("fastfcn", (64, 64, 3)),
    "decoder": lambda: create("deeplabv3plus", (65, 65, 3)),
}


def unnamed():
    """Dense connections, a strided chain, a gate by hand; no names of stages."""
    x = keras.Input((24, 24, 3))
    y = layers.Conv2D(8, 3, padding="same", name="begin")(x)
    for n in range(3):
        z = layers.Conv2D(4, 3, padding="same", activation="relu", name=f"grow{n}_conv")(y)
        y = layers.Concatenate(name=f"grow{n}_join")([y, z])
    y = layers.Conv2D(8, 3, 2, padding="same", name="down")(y)
    gate = layers.Dense(8, "sigmoid", name="gate_dense")(
        layers.GlobalAveragePooling2D(keepdims=True, name="gate_pool")(y)
    )
    y = layers.Multiply(name="gate_times")([y, gate])
    return keras.Model(x, layers.Dense(5, name="top")(layers.Flatten()(y)), name="plain")


@pytest.fixture(scope="module")
def drawn():
    axes = {name: plots.architecture(net()) for name, net in NETS.items()}
    yield axes
    plt.close("all")


def tiles(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_gid()]


def arcs(ax):
    return [patch for patch in ax.patches if isinstance(patch, Arc)]


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_residual_nets_show_blocks_and_shortcuts(drawn):
    ax = drawn["residual"]
    names = [tile.get_gid() for tile in tiles(ax)]
    blocks = [name for name in names if "block" in name]
    assert blocks == ["stage2_block1", *(f"stage3_block{n}" for n in (1, 2, 3, 9))]  # the middle of nine is left out
    assert "…5…" in words(ax) and "9 × (1×1 16, 3×3 16, 1×1 64)" in words(ax)
    assert len(arcs(ax)) == len(blocks)
    assert [arc.get_linestyle() != "-" for arc in arcs(ax)] == [True, True, False, False, False]  # projected
    assert {"stem", "stage2", "stage3", "head", "8 × 8 × 32", "4 × 4 × 64"} <= set(words(ax))
    assert words(ax)[0] == "resnet50: input 32 × 32 × 1"


def test_lenet_shows_every_layer(drawn):
    ax = drawn["lenet"]
    assert [text for text in words(ax) if text[:1].isdigit() or "2×2" in text][:6] == [
        *("14 × 14 × 6", "5×5 6", "subsampling 2×2", "5 × 5 × 16", "5×5 16", "subsampling 2×2"),
    ]
    assert len(tiles(ax)) == 7 and not arcs(ax)
    heights = [tile.get_height() for tile in tiles(ax)[:4]]
    assert heights == sorted(heights, reverse=True)  # as the logarithm of the resolution


def test_branches_are_lanes_and_auxiliary_heads_stand_aside(drawn):
    ax = drawn["branches"]
    modules = [tile for tile in tiles(ax) if "block" in tile.get_gid()]
    assert len(modules) == 5
    assert len(ax.lines) == 5 * 3  # four branches, three lines between them
    assert any(text.startswith("3 × (4 branches: 1×1, 3×3, 5×5") for text in words(ax))
    assert words(ax).count("beside the way") == 2 and {"auxiliary1", "auxiliary2"} <= set(words(ax))


def test_dense_connections_are_fans_and_resolutions_name_the_stages(drawn):
    ax = drawn["dense"]
    assert len(arcs(ax)) == 3  # three tiles, each to all behind it
    assert {"24 × 24", "12 × 12", "head"} <= set(words(ax))
    assert "3 × (3×3 4)" in words(ax) and "3×3 /2 8, gate" in words(ax)
    assert [tile.get_gid() for tile in tiles(ax)][:4] == ["begin", "grow0", "grow1", "grow2"]


def test_gates_and_depthwise_convolutions_are_marked(drawn):
    ax = drawn["inverted"]
    assert any("dw 3×3" in text and "gate" in text for text in words(ax))
    assert "dw: depthwise" in [text.get_text() for text in ax.get_legend().get_texts()]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == 9  # all but the second and the third of eleven blocks


SKIPS = {
    "u": {"up3": ["stage3"], "up2": ["stage2"], "up1": ["stage1"], "up0": ["stage0"]},
    "padded u": {"up4": ["stage4"], "up3": ["stage3"], "up2": ["stage2"], "up1": ["stem"]},
    "skips": {"up4": ["stage4"], "up3": ["stage3"]},
    "pyramid": {"joint": ["stage3", "stage4"]},
    "decoder": {"decoder": ["stage2"]},
}


@pytest.mark.parametrize("name", SKIPS)
def test_maps_that_skip_stages_are_lines_at_the_right(drawn, name):
    stages = stages_of(NETS[name]())
    assert {stage.name: stage.joined for stage in stages if stage.joined} == SKIPS[name]
    ends = [text.xy[0] for text in drawn[name].texts if getattr(text, "xy", (0,))[0] > 400]  # heads of arrows
    assert len(ends) == sum(map(len, SKIPS[name].values()))


def test_the_way_down_of_a_u_comes_before_the_way_up(drawn):
    names = [text for text in words(drawn["u"]) if text.startswith(("stage", "up", "head")) and "×" not in text]
    assert names == ["stage0", "stage1", "stage2", "stage3", "stage4", "up3", "up2", "up1", "up0", "head"]
    assert words(drawn["u"]).count("up 2×2 /2 32") == 1 and not arcs(drawn["u"])


@pytest.mark.parametrize("name", NETS)
def test_everything_is_legible_at_600_pixels(drawn, name):
    figure = drawn[name].figure
    figure.draw_without_rendering()
    assert figure.get_figwidth() * figure.dpi == 600
    boxes = [text.get_window_extent() for text in drawn[name].texts if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= 600 and box.y0 >= 0 for box in boxes)
    clashes = [pair for pair in combinations(boxes, 2) if pair[0].padded(-1.5).overlaps(pair[1].padded(-1.5))]
    assert not clashes
    assert min(text.get_fontsize() for text in drawn[name].texts) >= 8


def boxes_of(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def test_a_residual_block_opens():
    net = create("resnet50", (32, 32, 1), 10, depths=(1, 1), widths=(8, 16), stem_filters=8)
    ax = plots.block(net, "stage3_block1")
    assert len(boxes_of(ax)) == 6  # input, three on the way, the projection, the sum
    assert {"1×1 /2, 16", "3×3, 16", "1×1, 64", "1×1 /2, 64", "+", "8 × 8 × 32", "4 × 4 × 64"} <= set(words(ax))
    assert words(ax).count("BN, ReLU") == 2 and "resnet50: stage3_block1" in words(ax)
    assert sum(isinstance(patch, PathPatch) for patch in ax.patches) == 6  # the input feeds two, the sum reads two


def test_a_module_of_branches_opens():
    net = create("googlenet", (65, 65, 3), 10, depths=(1, 1, 1), width=0.25)
    ax = plots.block(net, "stage3_block1")
    names = [box.get_gid() for box in boxes_of(ax)]
    assert len(names) == 9 and sum("conv" in name for name in names) == 6
    assert "join" in words(ax) and any(text.startswith("max 3×3") for text in words(ax))
    figure_boxes = [box.get_extents() for box in boxes_of(ax)]
    assert not any(a.overlaps(b) for a, b in combinations(figure_boxes, 2))


def test_a_gated_block_of_a_net_without_names_opens():
    ax = plots.block(unnamed(), "grow1")
    assert [box.get_gid() for box in boxes_of(ax)] == ["input", "grow1_conv", "grow1_join"]
    assert {"3×3, 4", "ReLU", "join"} <= set(words(ax))


def test_a_wrong_block_or_model_is_refused():
    with pytest.raises(ValueError, match=r"'plain' has no block 'stage9'; it has grow0, grow1, grow2"):
        plots.block(unnamed(), "stage9")
    with pytest.raises(ValueError, match=r"functional or Sequential model that is built"):
        plots.architecture(keras.Sequential([layers.Dense(2)]))
    with pytest.raises(ValueError, match=r"got Dense"):
        plots.architecture(layers.Dense(2))


def test_the_style_of_the_session_stays():
    before = dict(plt.rcParams)
    plots.architecture(unnamed())
    plots.block(unnamed(), "grow1")
    assert dict(plt.rcParams) == before
    plt.close("all")
