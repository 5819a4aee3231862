"""The plot of signals shows the numbers of its tables, on a logarithmic axis."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from dlcourse import plots

matplotlib.use("Agg")
TABLES = [pd.DataFrame({"a_var": [1.0, 4.0, 0.0]}), pd.DataFrame({"a_var": [1.0, 16.0, 2.0]})]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_points_are_geometric_means_with_bars_to_the_extremes():
    ax = plots.signal_propagation({"tanh": TABLES}, theory={"tanh": [1.0, 9.0, 3.0]})
    points, line = ax.lines[0], ax.lines[-1]
    assert points.get_xdata().tolist() == [0, 1] and np.allclose(points.get_ydata(), [1, 8]), "a 0 is left out"
    bars = ax.collections[0].get_segments()
    assert np.allclose([bar[:, 1] for bar in bars], [[1, 1], [4, 16]])
    assert line.get_ydata().tolist() == [1, 9, 3] and line.get_color() == points.get_color()
    assert ax.get_yscale() == "log" and ax.get_xlabel() == "layer" and "variance" in ax.get_ylabel()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["tanh"]


def test_arrays_single_tables_and_other_columns_are_drawn_and_told_apart():
    runs = {"one": TABLES[1], "two": np.array([[1.0, 2.0], [1.0, 8.0]]), "three": [3.0, 2.0]}
    ax = plots.signal_propagation(runs)
    drawn = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    drawn |= {bar.get_label(): bar[0] for bar in ax.containers}
    assert np.allclose(drawn["one"].get_ydata(), [1, 16, 2]) and np.allclose(drawn["two"].get_ydata(), [1, 4])
    assert (
        len({line.get_marker() for line in drawn.values()}) == len({line.get_color() for line in drawn.values()}) == 3
    )
    other = plots.signal_propagation({"x": TABLES[0].rename(columns={"a_var": "da_var"})}, column="da_var", ax=ax)
    assert other is ax and len(ax.lines) > 3


@pytest.mark.parametrize(
    "runs, more, message",
    [(TABLES, {}, "runs is a dict"), ({"a": TABLES}, {"column": "b"}, "no column 'b'. Choose one of a_var"),
     ({"a": [1.0, -2.0]}, {}, "must be numbers >= 0"), ({"a": np.ones((2, 2, 2))}, {}, r"got \(2, 2, 2\)"),
     ({"a": []}, {}, "must be numbers"), ({"a": [1.0]}, {"theory": {"b": [1.0]}}, r"theory has \['b'\]")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(runs, more, message):
    with pytest.raises(ValueError, match=message):
        plots.signal_propagation(runs, **more)
