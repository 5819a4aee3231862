"""Figures show the numbers they were given, in sizes a reader can see, and refuse what they cannot draw."""

from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from dlcourse import plots

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    before = dict(plt.rcParams)
    yield
    plt.close("all")
    assert plt.rcParams["font.size"] == before["font.size"], "a figure changed the style of the session"


def luminance(colour):
    """Relative luminance of WCAG 2."""
    channels = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


HISTORY = SimpleNamespace(history={"loss": [1.0, 0.5]})  # what `fit` of Keras returns has the same attribute


def blank(points):
    return np.zeros(len(points), int)


def regions(predict):
    return plots.decision_regions(predict, np.eye(2), [0, 1])


def test_decision_regions_show_what_predict_answers():
    x = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    ax = plots.decision_regions(lambda p: (p[:, 0] > 0.5).astype(int), x, [0, 1, 0], names=["left", "right"])
    mesh = ax.collections[0].get_array().reshape(200, 200)
    assert (mesh[:, :90] == 0).all() and (mesh[:, 110:] == 1).all()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left", "right"]
    drawn = np.concatenate([c.get_offsets() for c in ax.collections[1:]])
    assert sorted(map(tuple, drawn)) == sorted(map(tuple, x))


def test_curves_draw_the_mean_and_a_band_from_lowest_to_highest():
    runs = {"a": [[1.0, 2.0], [3.0, 6.0]], "b": [5.0, 4.0]}
    ax = plots.curves(runs, ylabel="loss")
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2.0, 4.0], [5.0, 4.0]]
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (1.0, 6.0) and len(ax.collections) == 1
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle(), "told apart by dashes too"


def test_confusion_matrix_counts_every_pair():
    y, p = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    ax = plots.confusion_matrix(y, p)
    shown = {(round(t.get_position()[1]), round(t.get_position()[0])): int(t.get_text()) for t in ax.texts}
    assert shown == {(0, 0): 1, (0, 1): 1, (1, 1): 1, (2, 2): 2, (2, 0): 1}
    assert np.diag(ax.images[0].get_array()).sum() == 0, "right answers are not coloured"


def test_truth_values_are_class_numbers_and_a_table_is_a_dict():
    ax = plots.confusion_matrix([True, False, True], np.array([1, 0, 0], "uint8"), names=["no", "yes"])
    assert sorted(t.get_text() for t in ax.texts) == ["1", "1", "1"]
    mesh = regions(lambda p: p[:, 0] > 0.5).collections[0].get_array().reshape(200, 200)
    assert mesh[:, :90].max() == 0 and mesh[:, 110:].min() == 1
    assert len(plots.curves(pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})).lines) == 2


def test_image_grid_and_weight_images_draw_each_image_once():
    images = np.linspace(0, 1, 10 * 16).reshape(10, 4, 4, 1)
    figure = plots.image_grid(images, titles=range(10), columns=4)
    drawn = [ax for ax in figure.axes if ax.images]
    assert len(drawn) == 10 and [ax.get_title() for ax in drawn] == [str(n) for n in range(10)]
    np.testing.assert_array_equal(drawn[3].images[0].get_array(), images[3, :, :, 0])
    figure = plots.weight_images(np.array([[[-2.0, 1.0]], [[0.0, 0.5]]]))
    assert figure.axes[0].images[0].get_clim() == (-2.0, 2.0)


def test_the_palette_is_told_apart_on_white():
    assert len(set(plots.PALETTE)) == len(plots.PALETTE) == len(plots.MARKERS)
    assert all(1.05 / (luminance(colour) + 0.05) > 2.2 for colour in plots.PALETTE)


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: plots.decision_regions(len, np.zeros((3, 4)), [0, 0, 0]), r"x must have the shape \(n, 2\)"),
        (lambda: plots.decision_regions(len, np.zeros((3, 2)), [0, 0]), "y must be 3 class numbers"),
        (lambda: plots.curves({"a": np.zeros((2, 2, 2))}), "one quantity a line"),
        (lambda: plots.curves({"a": [1.0, 2.0]}, x=[1]), "has 2 steps"),
        (lambda: plots.curves([1, 2, 3]), r"got a list; pass a dict \{name: values\}"),
        (lambda: plots.curves(np.ones(3)), r"got a ndarray; pass a dict \{name: values\}"),
        (lambda: plots.curves(HISTORY), r"pass history\.history"),
        (
            lambda: regions(lambda p: np.full((len(p), 3), 1 / 3)),
            r"predict\(points\) must be.*argmax\(axis=1\)",
        ),
        (lambda: regions(lambda p: np.full((len(p), 1), 0.5)), r"predict\(points\) must be.*\[:, 0\] > 0\.5"),
        (lambda: regions(lambda p: np.full(len(p), 0.5)), r"predict\(points\) must be.*got float64.*> 0\.5"),
        (
            lambda: regions(lambda p: np.zeros(3, int)),
            r"predict\(points\) must be 40000 class numbers.*got shape \(3,\)",
        ),
        (lambda: regions(len), r"predict\(points\) must be.*got shape \(\)"),
        (lambda: regions(lambda p: np.full(len(p), -1)), r"predict\(points\) must be.*from 0; got -1"),
        (lambda: plots.decision_regions(blank, np.zeros((2, 2)), ["a", "b"]), "y must .*got <U1"),
        (lambda: plots.decision_regions(blank, np.zeros((2, 2)), [0, 1], names=["a"]), "y has the class 1, .* 1 name"),
        (lambda: plots.confusion_matrix([0, 1, 2], [0, 1, 1], names=["a", "b"]), "y_true has the class 2, .* 2 names"),
        (lambda: plots.confusion_matrix([0, 1, 1], [0, 1, 2], names=["a", "b"]), "y_pred has the class 2, .* 2 names"),
        (lambda: plots.confusion_matrix([0, 1], np.eye(2)), r"y_pred must .*\(2, 2\).*pass argmax\(axis=1\)"),
        (lambda: plots.confusion_matrix(np.eye(2), [0, 1]), r"y_true must .*\(2, 2\).*pass argmax\(axis=1\)"),
        (lambda: plots.confusion_matrix([0, 1], [[0.2], [0.7]]), r"y_pred must .*\(2, 1\).*\[:, 0\]"),
        (lambda: plots.confusion_matrix([0, 1], [0.2, 0.7]), r"y_pred must .*got float64.*astype\(int\)"),
        (lambda: plots.confusion_matrix(["a", "b"], ["a", "a"]), "y_true must .*got <U1.*return_inverse"),
        (lambda: plots.confusion_matrix([0, 1], [0, 1, 1]), "y_pred must .* 2 class numbers.* got shape"),
        (lambda: plots.confusion_matrix([0, -1], [0, 1]), "y_true must .*from 0; got -1"),
        (lambda: plots.confusion_matrix([], []), "y_true must .*at least one"),
        (lambda: plots.image_grid(np.zeros((2, 3))), "images must be"),
        (lambda: plots.image_grid(np.zeros((2, 3, 3)), titles=["one"]), "1 titles"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_use_style_sets_the_session(monkeypatch):
    with plt.rc_context():
        plots.use_style()
        assert plt.rcParams["font.size"] >= 10 and not plt.rcParams["axes.spines.top"]
