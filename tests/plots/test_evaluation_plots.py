"""Figures of evaluation show the numbers they were given."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlcourse import plots
from dlcourse.evaluation import SeedRuns, fairness_table, mean_interval, reliability

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_seed_dots_show_every_seed_and_the_mean_with_its_interval():
    values = {"a": [1.0, 2.0, 6.0], "b": [4.0, 5.0, 5.5]}
    ax = plots.seed_dots(values, "accuracy")
    dots = [line for line in ax.lines if line.get_label() in values]
    assert {line.get_label(): line.get_xdata().tolist() for line in dots} == values
    assert dots[0].get_marker() != dots[1].get_marker()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"] and ax.get_xlabel() == "accuracy"
    for container, column in zip(ax.containers, values.values(), strict=True):
        mean, _, low, high = mean_interval(column)
        ends = container.lines[2][0].get_segments()[0][:, 0]
        assert container.lines[0].get_xdata()[0] == pytest.approx(mean) and ends == pytest.approx([low, high])
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first variant on top


def test_seed_runs_draw_themselves():
    import pandas as pd

    frame = pd.DataFrame({"variant": ["a", "a"], "seed": [0, 1], "loss": [0.5, 0.7]})
    ax = SeedRuns(frame).plot()
    assert ax.get_xlabel() == "loss" and ax.lines[0].get_xdata().tolist() == [0.5, 0.7]
    assert SeedRuns(frame).plot("loss", ax=ax) is ax


def test_a_reliability_diagram_shows_filled_bins_only():
    rng = np.random.default_rng(0)
    p = rng.random(60) * 0.7
    table = reliability((rng.random(60) < p).astype(int), p, 10)
    filled = table[table["n"] > 0]
    assert len(filled) < len(table)
    ax = plots.reliability_diagram(table)
    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [1, 1]]
    drawn = ax.collections[-1]
    assert np.allclose(drawn.get_offsets(), filled[["predicted", "observed"]])
    assert np.argmax(drawn.get_sizes()) == filled["n"].to_numpy().argmax()
    bars = np.array([segment[:, 1] for segment in ax.containers[0].lines[2][0].get_segments()])
    assert np.allclose(bars, filled[["observed_low", "observed_high"]])


def test_several_models_are_told_apart_by_more_than_colour():
    table = reliability([0, 1, 1], [0.2, 0.6, 0.9])
    ax = plots.reliability_diagram({"before": table, "after": table})
    styles = [line.get_linestyle() for line in ax.lines if line.get_label() in ("before", "after")]
    assert len(set(styles)) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["as promised", "before", "after"]


def test_what_cannot_be_drawn_is_refused():
    table = reliability([0, 1], [0.2, 0.6])
    with pytest.raises(ValueError, match=r"two or more values.*\(1,\)"):
        plots.seed_dots({"a": [1.0]})
    with pytest.raises(ValueError, match="two or more"):
        plots.seed_dots({})
    with pytest.raises(ValueError, match="'model' lacks"):
        plots.reliability_diagram(table.drop(columns="observed"))
    with pytest.raises(ValueError, match="empty bins"):
        plots.reliability_diagram({"a": table[table["n"] == 0]})


def test_group_rates_show_every_group_with_its_interval():
    table = fairness_table([1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0], list("aaaabb"))
    ax = plots.group_rates(table, ("selection_rate", "tpr"))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    a, b = ax.containers
    assert a.lines[0].get_xdata().tolist() == [0.25, 0.25]
    assert b.lines[0].get_xdata()[0] == 0 and np.isnan(b.lines[0].get_xdata()[1])  # nobody in b to be found
    ends = np.array([segment[:, 0] for segment in a.lines[2][0].get_segments()])
    assert np.allclose(ends[1], table.loc["a", ["tpr_low", "tpr_high"]].astype(float))
    assert a.lines[0].get_marker() != b.lines[0].get_marker()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["selection rate", "TPR"]
    with pytest.raises(ValueError, match="lacks"):
        plots.group_rates(table, ("mood",))
    with pytest.raises(ValueError, match="holds no group"):
        plots.group_rates(table.loc[["all"]])
