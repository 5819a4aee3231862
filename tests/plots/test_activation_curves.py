"""Small panels of functions show values and slopes as they were given."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlcourse import plots

matplotlib.use("Agg")
X = np.linspace(-1, 1, 5)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_each_function_has_a_panel_with_its_value_and_its_slope():
    figure = plots.activation_curves({"square": (X**2, 2 * X), "line": (X, np.ones(5)), "cube": (X**3, 3 * X**2)}, X, 2)
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_title(loc="left") for ax in shown] == ["square", "line", "cube"] and len(figure.axes) == 4
    value, slope = shown[0].lines[2:]
    assert value.get_ydata().tolist() == (X**2).tolist() and slope.get_ydata().tolist() == (2 * X).tolist()
    assert value.get_linestyle() != slope.get_linestyle() and value.get_color() != slope.get_color()
    assert {ax.get_ylim() for ax in shown} == {(-2.0, 3.0)}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["value", "slope"]


@pytest.mark.parametrize(
    "curves, x, message",
    [
        ({}, X, r"needs a function or more over x \(t,\), got 0 over \(5,\)"),
        ({"a": (X, X)}, X[None], r"got 1 over \(1, 5\)"),
        ({"a": (X, X[:3])}, X, r"'a' must be \(values, slopes\), both of the shape \(5,\) of x; got \(5,\), \(3,\)"),
        ({"a": (X, X, X)}, X, r"'a' must be \(values, slopes\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(curves, x, message):
    with pytest.raises(ValueError, match=message):
        plots.activation_curves(curves, x)
