"""Landscapes and spectra show the numbers they were given, and refuse what a logarithmic scale cannot show."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlcourse import plots

matplotlib.use("Agg")

ALPHAS, BETAS = np.linspace(-1, 1, 9), np.linspace(-2, 2, 7)
BOWL = 0.1 + ALPHAS**2 + 10 * BETAS[:, None] ** 2  # (7, 9)


@pytest.fixture(autouse=True)
def close_figures():
    before = dict(plt.rcParams)
    yield
    plt.close("all")
    assert plt.rcParams["font.size"] == before["font.size"], "a figure changed the style of the session"


def contours(ax):
    """The contour lines: their levels, and the points on each."""
    lines = ax.collections[1]
    return zip(lines.levels, (path.vertices for path in lines.get_paths()), strict=True)


def test_a_contour_runs_where_the_loss_has_its_value():
    fine = np.linspace(-1, 1, 201), np.linspace(-2, 2, 201)
    ax = plots.landscape(0.1 + fine[0] ** 2 + 10 * fine[1][:, None] ** 2, *fine)
    seen = 0
    for level, points in contours(ax):
        assert np.allclose(0.1 + points[:, 0] ** 2 + 10 * points[:, 1] ** 2, level, rtol=0.02)
        seen += len(points)
    assert seen > 1000
    levels = ax.collections[0].levels
    assert np.allclose(np.diff(np.log(levels)), np.log(levels[1] / levels[0])), "one factor from line to line"
    assert levels[0] == pytest.approx(0.1) and levels[-1] == pytest.approx(41.1)
    assert ax.get_xlim() == (-1, 1) and ax.get_ylim() == (-2, 2)
    assert ax.figure.axes[1].get_ylabel() == "loss" and "first direction" in ax.get_xlabel()


def test_points_are_marked_by_name_and_told_apart():
    ax = plots.landscape(BOWL, ALPHAS, BETAS)
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[0, 0]]]
    ax = plots.landscape(BOWL, ALPHAS, BETAS, points={"small": (0.5, 1), "large": (-0.5, 0)})
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[0.5, 1]], [[-0.5, 0]]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["small", "large"]
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()


def test_what_is_not_finite_stays_grey_and_zero_is_drawn_low():
    losses = BOWL - 0.1
    losses[0, 0], losses[-1, -1] = np.nan, np.inf
    ax = plots.landscape(losses, ALPHAS, BETAS)
    levels = ax.collections[0].levels
    assert levels[0] == pytest.approx(1e-6 * levels[-1]) and np.isfinite(levels).all()
    assert ax.get_facecolor()[:3] != (1, 1, 1)
    corner = (ALPHAS[0] + 0.05, BETAS[0] + 0.1)
    assert not any(path.contains_point(corner) for path in ax.collections[0].get_paths())
    assert plots.landscape(np.full((7, 9), 2.0), ALPHAS, BETAS) is not None, "a plain is a map as well"


def test_lines_are_the_losses_with_a_mark_at_the_weights():
    ax = plots.landscape_lines(
        {"flat": [[3.0, 1.0, 3.0], [5.0, 1.0, 3.0]], "sharp": [9.0, 1.0, 8.0]}, [-1, 0, 1], log=True
    )
    assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[4, 1, 3], [9, 1, 8]]
    assert list(ax.lines[2].get_xdata()) == [0, 0] and ax.get_yscale() == "log"
    way = plots.landscape_lines({"way": [1.0, 2.0]}, [0, 1], xlabel="share of the second solution")
    assert len(way.lines) == 1 and way.get_xlabel() == "share of the second solution"


def test_a_spectrum_is_the_density_down_to_its_floor_with_the_eigenvalues_marked():
    grid = np.linspace(-1, 5, 301)
    density = np.exp(-0.5 * (grid / 0.1) ** 2) + 1e-4 * np.exp(-0.5 * ((grid - 4) / 0.1) ** 2)
    ax = plots.spectrum(grid, density, [4.0, 0.1])
    drawn = ax.lines[0].get_ydata()
    shown = density > 1e-6 * density.max()
    assert np.allclose(drawn[shown], density[shown]) and np.isnan(drawn[~shown]).all()
    assert ax.lines[1].get_xdata().tolist() == [4.0, 0.1] and ax.get_yscale() == "log"
    assert ax.get_ylim()[0] == pytest.approx(1e-6 * density.max())
    assert plots.spectrum(grid, density).get_legend() is None


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: plots.landscape(BOWL.T, ALPHAS, BETAS), r"got \(9, 7\) for \(7,\) betas and \(9,\) alphas. Transpose"),
        (lambda: plots.landscape(BOWL[:1], ALPHAS, BETAS[:1]), "at least 2 of each"),
        (lambda: plots.landscape(BOWL - 1, ALPHAS, BETAS), "none below 0 .* from -0.9"),
        (lambda: plots.landscape(BOWL * np.nan, ALPHAS, BETAS), "got 0 finite losses. Add"),
        (lambda: plots.landscape_lines([1.0, 2.0], [0, 1]), "a dict"),
        (lambda: plots.landscape_lines({"a": [1.0, 2.0]}, [0, 1, 2]), "x has the shape"),
        (lambda: plots.spectrum([0.0, 1.0], [1.0]), r"got \(2,\) and \(1,\)"),
        (lambda: plots.spectrum([0.0, 1.0], [1.0, -1.0]), "nowhere negative"),
        (lambda: plots.spectrum([0.0, 1.0], [0.0, 0.0]), "somewhere above 0"),
        (lambda: plots.spectrum([0.0, 1.0], [np.nan, 1.0]), "nowhere negative or NaN"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
