"""Surfaces show the heights and paths they were given; animations show the same paths, grown step by step."""

import io

import matplotlib
import matplotlib.pyplot as plt
import nbformat.v4
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from dlcourse import plots
from dlcourse.course.page import render_page
from dlcourse.plots.surfaces import PATH

matplotlib.use("Agg")

BOUNDS = ((-2.0, 2.0), (-1.0, 3.0))
SPIRAL = np.exp(-0.05 * np.arange(60))[:, None] * np.stack([np.cos(np.arange(60)), np.sin(np.arange(60))], axis=1)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def bowl(points):
    return points[:, 0] ** 2 + 9 * points[:, 1] ** 2


def paths_of(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines if line.get_gid() == PATH}


def two_panels():
    figure, axes = plt.subplots(1, 2, figsize=(5, 2.5), layout="constrained")
    plots.surface(bowl, BOUNDS, {"spiral": SPIRAL, "half": SPIRAL[:30] / 2}, minimum=(0, 0), ax=axes[0])
    plots.surface(bowl, BOUNDS, {"spiral": -SPIRAL}, ax=axes[1])
    return figure


def frames_of(animation):
    image = Image.open(io.BytesIO(animation.gif))
    found = []
    for n in range(image.n_frames):
        image.seek(n)
        found.append(np.asarray(image.convert("RGB")).astype(int))
    return found, image


def test_a_surface_shows_its_paths_start_and_minimum():
    ax = plots.surface(bowl, BOUNDS, {"a": [[1, 1], [0.5, 0], [0, 0]], "b": [[1, 1], [0, 1]]}, minimum=[[0, 0], [1, 2]])
    drawn = paths_of(ax)
    assert drawn["a"].tolist() == [[1, 1], [0.5, 0], [0, 0]] and drawn["b"].tolist() == [[1, 1], [0, 1]]
    others = [line for line in ax.lines if line.get_gid() != PATH]
    assert [line.get_xydata().tolist() for line in others] == [[[0, 0], [1, 2]], [[1, 1]]]
    a, b = (line for line in ax.lines if line.get_gid() == PATH)
    assert a.get_linestyle() != b.get_linestyle() and a.get_marker() != b.get_marker()
    assert (ax.get_xlim(), ax.get_ylim()) == BOUNDS and ax.get_xlabel() and ax.get_ylabel()


@pytest.mark.parametrize("fn", [bowl, lambda p: np.exp(2 * bowl(p)), lambda p: p[:, 0] ** 2 - p[:, 1] ** 2])
def test_contours_split_the_area_whatever_the_heights_are(fn):
    ax = plots.surface(fn, BOUNDS, levels=10)
    filled = next(c for c in ax.collections if getattr(c, "filled", False))
    points = np.random.default_rng(0).uniform([-2, -1], [2, 3], size=(20_000, 2))
    shares = np.histogram(fn(points), bins=filled.levels)[0] / len(points)
    assert len(filled.levels) == 11 and 0.02 < shares.min() and shares.max() < 0.18


def test_what_is_not_finite_is_left_out_and_a_plain_is_drawn_without_contours():
    path = np.array([[1.0, 1.0], [np.inf, 1.0], [np.nan, 0.0], [0.5, 0.5]])
    ax = plots.surface(lambda p: np.where(p[:, 0] > 0, np.nan, p[:, 1]), BOUNDS, {"wild": path})
    drawn = paths_of(ax)["wild"]
    assert np.isnan(drawn[1:3]).all() and drawn[[0, 3]].tolist() == [[1, 1], [0.5, 0.5]]
    ax.figure.canvas.draw()
    flat = plots.surface(lambda p: np.ones(len(p)), BOUNDS, {"still": [[0, 0]]})
    assert len(flat.collections) == 0 and "still" in paths_of(flat)


def test_frames_show_the_paths_growing_up_to_the_figure_itself():
    figure = two_panels()
    animation = plots.animate(figure, "spirals", frames=12)
    frames, image = frames_of(animation)
    steps = len({round(59 * (k / 11) ** 2) for k in range(12)})
    assert len(frames) == steps and image.info["loop"] == 0 and image.info["duration"] == 3000
    blue = [((f[..., 2] - f[..., 0]) > 100).sum() for f in frames]  # how much of the first line's colour there is
    assert blue[0] < 0.3 * blue[-1] and all(np.diff(blue) >= -0.02 * blue[-1])
    figure.suptitle("step 59")
    figure.canvas.draw()
    whole = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    assert whole.shape == frames[-1].shape and (np.abs(whole - frames[-1]).max(axis=2) < 40).mean() > 0.995
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(animation.png)).convert("RGB")), frames[-1])


def test_the_figure_is_left_as_it_was_and_gives_the_same_bytes_again():
    figure = two_panels()
    figure.suptitle("Two")
    canvas, before = figure.canvas, [paths_of(ax) for ax in figure.axes]
    first, second = (plots.animate(figure, "spirals", frames=5) for _ in range(2))
    assert first.gif == second.gif and first.png == second.png
    assert figure.canvas is canvas and figure.get_suptitle() == "Two"
    for ax, paths in zip(figure.axes, before, strict=True):
        assert all(np.array_equal(path, paths[name]) for name, path in paths_of(ax).items())
        assert not any(line.get_animated() for line in ax.lines)


def test_an_animation_is_small_and_shown_without_script_or_network(tmp_path):
    animation = plots.animate(two_panels(), 'a "spiral" & its half')
    assert len(animation.gif) < 150_000
    animation.save(tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == animation.gif
    bundle = animation._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    output = nbformat.v4.new_output("display_data", data=bundle)
    cell = nbformat.v4.new_code_cell("a", execution_count=1, outputs=[output])
    page = BeautifulSoup(render_page(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb"), "html.parser")
    (shown,) = page.select("main img")
    assert shown["src"].startswith("data:image/gif;base64,") and shown["alt"] == 'a "spiral" & its half'
    policy = page.select_one("meta[http-equiv]")["content"]
    assert "img-src data:" in policy and not page.select("script")


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: plots.surface(bowl, ((0, 1), (2, 2))), "low below high"),
        (lambda: plots.surface(bowl, (0, 1)), "bounds must be"),
        (lambda: plots.surface(lambda p: p, BOUNDS), r"one height for each point, shape \(25600,\), got \(25600, 2\)"),
        (lambda: plots.surface(lambda p: np.full(len(p), np.nan), BOUNDS), "no finite height"),
        (lambda: plots.surface(bowl, BOUNDS, {"a": [1, 2, 3]}), r"path 'a' must have the shape \(n, 2\)"),
        (lambda: plots.surface(bowl, BOUNDS, {"a": np.zeros((0, 2))}), "path 'a' has no points"),
        (lambda: plots.surface(bowl, BOUNDS, [[0, 0]]), "paths must be a dict"),
        (lambda: plots.surface(bowl, BOUNDS, minimum=(0, 0, 0)), "minimum must have the shape"),
        (lambda: plots.surface(bowl, BOUNDS, levels=1), "at least 2 levels"),
        (lambda: plots.animate(plt.figure(), "nothing"), "got 0 paths"),
        (lambda: plots.animate(two_panels(), "still", frames=1), "3 paths and 1 frames"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
