"""How a profile sums, groups, prints and draws."""

import keras
import pandas as pd
import pytest
from keras import layers

from dlcourse import models
from dlcourse.complexity import profile
from dlcourse.complexity.result import short_number


@pytest.fixture(scope="module")
def staged():
    x = keras.Input((32, 32, 3))
    y = layers.Conv2D(8, 3, 2, "same", name="stem_conv")(x)
    for stage in (1, 2):
        for block in range(1, 13):
            y = layers.Conv2D(8, 3, padding="same", name=f"stage{stage}_block{block}_conv")(y)
            y = layers.ReLU(name=f"stage{stage}_block{block}_relu")(y)
        y = layers.MaxPooling2D(2, name=f"stage{stage}_pool")(y)
    y = layers.Dense(10, name="head_scores")(layers.GlobalAveragePooling2D(name="head_pool")(y))
    return profile(keras.Model(x, layers.Softmax(name="predictions")(y), name="net"))


@pytest.fixture(scope="module")
def small():
    return profile(
        keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="a"), layers.Flatten()], name="few")
    )


def test_stages_add_up_to_the_whole(staged):
    table = staged.by_stage()
    assert list(table.index) == ["stem", "stage1", "stage2", "head"]
    for column in ("parameters", "macs", "other_ops", "activation_bytes"):
        assert table[column].sum() == getattr(staged, column) == staged.table[column].sum()
    assert table["layers"].sum() == len(staged.table)
    assert table["macs_share"].sum() == pytest.approx(1)
    assert table.loc["stage1", "output_shape"] == (8, 8, 8)
    assert table.loc["head", "output_shape"] == (10,)  # the layer "predictions" follows the head


def test_the_way_back_up_is_not_booked_on_the_way_down():
    table = profile(models.UNet((188, 188, 1), widths=(2, 4, 8, 16, 32))).by_stage()
    assert list(table.index) == [*(f"stage{n}" for n in range(5)), "up3", "up2", "up1", "up0", "head"]
    assert table.loc["stage4", "parameters"] == 16 * 9 * 32 + 32 + 32 * 9 * 32 + 32


def test_blocks_are_finer_than_stages(staged):
    table = staged.by_block()
    assert list(table.index)[:3] == ["stem", "stage1_block1", "stage1_block2"]
    assert "stage1" in table.index  # its pool belongs to no block
    assert table.loc["stage1_block3", "macs"] == 256 * 9 * 64


def test_kinds_are_sorted_by_work(staged):
    table = staged.by_kind()
    assert table.index[0] == "Conv2D" and table.loc["Conv2D", "layers"] == 25
    assert table["macs"].is_monotonic_decreasing


def test_without_names_of_stages_it_goes_by_stride():
    net = [keras.Input((16, 16, 1)), layers.Conv2D(2, 3, padding="same"), layers.MaxPooling2D(2), layers.Conv2D(2, 3)]
    assert list(profile(keras.Sequential(net)).by_stage().index) == ["stride 1", "stride 2"]


def test_a_short_net_prints_its_layers_and_a_long_one_its_stages(small, staged):
    assert "few: 20 parameters, 648 MACs" in str(small) and "flatten" in str(small)
    assert "stage1_block3_conv" not in str(staged) and "stage2" in str(staged)
    assert f"all {len(staged.table)} layers are in .table" in str(staged)
    assert "<table" in small._repr_html_() and "stage2" in staged._repr_html_()
    assert max(map(len, str(staged).splitlines())) < 150


def test_the_table_holds_whole_numbers(staged):
    assert all(staged.table[column].dtype == pd.Int64Dtype() for column in ("parameters", "macs", "other_ops"))
    assert staged.trainable == staged.parameters


def test_bars_show_the_shares(staged, small):
    ax = staged.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["stem", "stage1", "stage2", "head"]
    widths = [bar.get_width() for bar in ax.containers[2 if len(ax.containers) > 2 else 1]]
    assert widths == pytest.approx(100 * staged.by_stage()["macs_share"])
    assert [label.get_text() for label in small.plot().get_yticklabels()] == ["a"]


@pytest.mark.parametrize("value, text", [(0, "0"), (999, "999"), (4_089_284_608, "4.09 G"), (1.2e13, "12 T")])
def test_short_numbers(value, text):
    assert short_number(value) == text
