"""Digit scenes: masks, boxes, classes and picture agree; the splits share nothing; the knobs do what they say."""

import numpy as np
import pytest
from scipy import ndimage

from dlcourse.datasets import SceneStyle, digit_scenes, digits, pasting
from dlcourse.datasets.captions import caption
from dlcourse.datasets.pasting import glyphs, ink

PLAIN = SceneStyle(digits=(1, 1), contrast=0.2, noise=0, texture=0)
CROWD = SceneStyle(digits=(8, 8), overlap=1)
SETTINGS = {
    "default": {},
    "tiny": {"foreground": 0.01},
    "crowd": {"foreground": 0.5, "style": CROWD},
    "test": {"split": "test", "size": 48},
}


@pytest.fixture(params=SETTINGS, scope="module")
def scenes(request):
    """Eighty scenes of one setting."""
    return digit_scenes(80, **SETTINGS[request.param])


@pytest.fixture
def fresh_sources():
    """The sources are read anew in this test and after it."""
    glyphs.cache_clear(), pasting._part.cache_clear()
    yield
    glyphs.cache_clear(), pasting._part.cache_clear()


def test_forms_and_ranges(scenes):
    n, size, _ = scenes.labels.shape
    m = scenes.boxes.shape[1]
    assert scenes.images.shape == (n, size, size, 1) and scenes.images.dtype == "float32"
    assert scenes.images.min() >= 0 and scenes.images.max() <= 1 and scenes.images.std() > 0.1
    assert scenes.labels.shape == scenes.instances.shape and scenes.labels.dtype == scenes.instances.dtype == "uint8"
    assert scenes.boxes.shape == (n, m, 4) and scenes.boxes.dtype == "float32"
    assert scenes.classes.shape == (n, m) and scenes.classes.dtype == "int64" and len(scenes.captions) == n


def test_instances_labels_classes_and_boxes_are_of_one_mind(scenes):
    for instances, labels, boxes, classes in zip(
        scenes.instances, scenes.labels, scenes.boxes, scenes.classes, strict=True
    ):
        count = int(instances.max())
        assert count >= 1 and (classes[:count] >= 0).all() and (classes[count:] == -1).all()
        assert (boxes[count:] == -1).all() and np.array_equal(labels > 0, instances > 0)
        for number in range(1, count + 1):
            y, x = np.nonzero(instances == number)
            assert boxes[number - 1].tolist() == [y.min(), x.min(), y.max() + 1, x.max() + 1]
            assert set(labels[y, x].tolist()) == {classes[number - 1] + 1}
            assert len(y) >= 12 or count == 1, "what is left is enough to be seen"


def test_a_caption_names_every_digit_and_where_it_lies(scenes):
    for text, boxes, classes in zip(scenes.captions, scenes.boxes, scenes.classes, strict=True):
        assert sorted(word.strip(",") for word in text.split() if word.strip(",").isdigit()) == sorted(
            str(digit) for digit in classes if digit >= 0
        )
        y, x = (boxes[:2, :2] + boxes[:2, 2:]).T / 2  # centres
        if (classes >= 0).sum() == 2 and text.split()[2] == str(classes[0]) != str(classes[1]):
            truth = {"left": x[0] < x[1], "right": x[0] > x[1], "above": y[0] < y[1], "below": y[0] > y[1]}
            assert truth[text.split()[3]]


def test_worked_captions():
    boxes = np.array([[0, 0, 40, 30], [10, 40, 30, 52], [50, 4, 60, 10], [-1, -1, -1, -1]])
    classes = np.array([7, 3, 5, -1])
    assert caption(boxes, classes, 64) == "a large 7 left of a medium 3, above a small 5"
    assert caption(boxes[1::-1], classes[1::-1], 64) == "a large 7 left of a medium 3", "the largest is the subject"
    assert caption(boxes[2:], classes[2:], 64) == "a small 5 at the bottom left"
    assert caption(np.array([[22, 22, 42, 42]]), np.array([0]), 64) == "a medium 0 in the centre"
    assert caption(boxes[[0, 0]] + np.array([[10], [0]]), np.array([1, 2]), 64) == "a large 1 right of a large 2"


def test_a_seed_fixes_everything_and_arrays_are_fresh():
    first, second, other = digit_scenes(70), digit_scenes(70), digit_scenes(70, seed=1)
    for name in ("images", "labels", "instances", "boxes", "classes"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))
        getattr(second, name)[...] = 0
    assert first.captions == second.captions != other.captions
    assert np.array_equal(digit_scenes(70).images, first.images)
    assert not np.array_equal(digit_scenes(70, split="test").images, first.images)


def test_the_splits_use_their_own_digits(fresh_sources, monkeypatch):
    (x_train, y_train), (x_test, y_test) = digits()
    used = glyphs("train")[0], glyphs("test")[0]
    assert np.array_equal(used[0], x_train[..., 0]) and np.array_equal(used[1], x_test[..., 0])
    parts = (x_train[y_train == 3], y_train[y_train == 3]), (x_test[y_test == 5], y_test[y_test == 5])
    glyphs.cache_clear()
    monkeypatch.setattr(pasting, "digits", lambda: parts)
    assert set(digit_scenes(30).classes.ravel().tolist()) == {-1, 3}
    assert set(digit_scenes(30, split="test").classes.ravel().tolist()) == {-1, 5}


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("size", [64, 200])
def test_the_splits_use_their_own_part_of_each_photograph(fresh_sources, monkeypatch, split, size):
    whole = np.random.default_rng(0).random((256, 256, 1), dtype="float32")
    whole[:, slice(176, None) if split == "train" else slice(176)] = np.nan
    monkeypatch.setattr(pasting, "photograph", lambda name: whole)
    assert np.isfinite(digit_scenes(40, split=split, size=size).images).all()
    whole[...] = np.nan
    assert np.isnan(digit_scenes(4, split=split, size=size).images).any(), "the photographs are looked at"


@pytest.mark.parametrize(
    ("foreground", "style"),
    [(0.01, None), (0.05, None), ((0.05, 0.3), None), (0.3, None), (0.5, SceneStyle(digits=(2, 6)))],
)
def test_digits_fill_the_asked_share(foreground, style):
    shares = (digit_scenes(150, foreground=foreground, style=style).labels > 0).mean(axis=(1, 2))
    assert abs(shares.mean() / np.mean(foreground) - 1) < 0.04, shares.mean()
    if isinstance(foreground, tuple):
        assert shares.min() < 0.08 and shares.max() > 0.26
    else:
        assert shares.std() < 0.1 * foreground


def test_the_mask_is_where_the_ink_is_at_least_half():
    scenes = digit_scenes(40, foreground=(0.03, 0.2), style=PLAIN)
    ways = []
    for image, mask in zip(scenes.images[..., 0], scenes.labels > 0, strict=True):
        grey = np.median(image[~ndimage.binary_dilation(mask, iterations=3)])
        assert np.array_equal(np.abs(image - grey) >= 0.1, mask), "half of the contrast of 0.2"
        assert np.abs(np.abs(image - grey)[mask].max() - 0.2) < 1e-5
        ways.append(image[mask].mean() > grey)
    assert 0.25 < np.mean(ways) < 0.75, "dark on light and light on dark"


def test_every_digit_stands_out_from_the_background_under_it():
    scenes = digit_scenes(60, foreground=0.3, style=SceneStyle(noise=0, texture=0))
    for image, instances in zip(scenes.images[..., 0], scenes.instances, strict=True):
        far = ~ndimage.binary_dilation(instances > 0, iterations=3)
        for number in range(1, instances.max() + 1):
            core = ndimage.binary_erosion(instances == number)
            if core.sum() > 20:
                assert abs(np.median(image[core]) - np.median(image[far])) > 0.24, "contrast is 0.25 to 0.6"


def test_noise_and_texture_have_the_given_size():
    quiet = digit_scenes(20, foreground=0.05, style=SceneStyle(noise=0)).images
    loud = digit_scenes(20, foreground=0.05, style=SceneStyle(noise=0.1)).images
    inner = (quiet > 0.35) & (quiet < 0.65)  # far from black and white nothing is clipped
    assert abs((loud - quiet)[inner].std() - 0.1) < 0.003
    for texture in (0.05, 0.2):
        scenes = digit_scenes(40, foreground=0.02, style=SceneStyle(noise=0, texture=texture))
        spread = [i[m == 0].std() for i, m in zip(scenes.images[..., 0], scenes.labels, strict=True)]
        assert abs(np.median(spread) / texture - 1) < 0.15


def test_overlap_decides_how_often_boxes_meet():
    def meeting(overlap):
        style = SceneStyle(digits=(2, 2), overlap=overlap)
        boxes = digit_scenes(150, foreground=0.08, style=style).boxes
        low, high = np.maximum(boxes[:, 0], boxes[:, 1])[:, :2], np.minimum(boxes[:, 0], boxes[:, 1])[:, 2:]
        return (low < high).all(axis=1).mean()

    assert meeting(0) < 0.05 and meeting(0.5) > 0.15 and meeting(1) > 0.25


def test_a_later_digit_lies_over_an_earlier_one():
    scenes = digit_scenes(60, foreground=0.4, style=SceneStyle(digits=(2, 2), overlap=1))
    whole = [ndimage.binary_fill_holes(i == 2).sum() >= (i == 2).sum() for i in scenes.instances]
    pieces = [[ndimage.label(i == k, np.ones((3, 3)))[1] for k in (1, 2) if (i == k).any()] for i in scenes.instances]
    cut = np.array([p for p in pieces if len(p) == 2])
    assert all(whole) and (cut[:, 1] > 1).mean() < 0.1 < (cut[:, 0] > 1).mean(), "only the lower one is cut apart"


def test_a_small_share_gives_fewer_digits_not_illegible_ones():
    assert (digit_scenes(30, foreground=0.01).classes >= 0).sum(axis=1).max() == 1  # 41 pixels
    assert (digit_scenes(60, foreground=0.013).classes >= 0).sum(axis=1).max() == 2  # 53 pixels


def test_no_digit_is_cut_off_by_the_edge_of_the_picture():
    images, _, areas, extents = glyphs("train")
    height = (extents[:, 2:] - extents[:, :2]).max(axis=1)
    frames = np.concatenate([-extents[:, :2] / height[:, None], np.stack([1 / height] * 2, axis=1)], axis=1) * 60
    inside = ink(images, frames.astype("float32"), 60) >= 0.5
    around = ink(images, (frames + [10, 10, 0, 0]).astype("float32"), 80) >= 0.5
    lost = 1 - inside.sum(axis=(1, 2)) / around.sum(axis=(1, 2))
    assert lost.max() < 0.04 and lost.mean() < 0.003, "all of the ink lies in its extent, to a sixtieth"
    np.testing.assert_allclose(around.sum(axis=(1, 2)) / frames[:, 2] ** 2, areas, rtol=0.06)


def test_cubic_convolution_keeps_its_samples_and_quadratics_and_is_empty_outside():
    rng = np.random.default_rng(0)
    images = rng.random((3, 8, 8), dtype="float32")
    same = np.tile(np.float32([0, 0, 8, 8]), (3, 1))
    np.testing.assert_allclose(ink(images, same, 8), images, atol=1e-6)
    y, x = np.mgrid[:8, :8].astype("float32")
    curve = ink((0.02 * y * y + 0.05 * x)[None], np.float32([[8, 8, 24, 16]]), 40)[0]
    at_y, at_x = (np.arange(40) + 0.5 - 8) / 3 - 0.5, (np.arange(40) + 0.5 - 8) / 2 - 0.5
    inner = np.ix_((at_y > 1) & (at_y < 6), (at_x > 1) & (at_x < 6))
    np.testing.assert_allclose(curve[inner], (0.02 * at_y[:, None] ** 2 + 0.05 * at_x)[inner], atol=1e-5)
    assert np.abs(curve[:, 28:]).max() == np.abs(curve[:, :4]).max() == np.abs(curve[:2]).max() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"n": 0}, "n must be at least 1, got 0"),
        ({"n": 2.5}, "n is a whole number, got 2.5"),
        ({"size": 8}, "size must be at least 16, got 8"),
        ({"split": "tset"}, r"the splits are .*split='tset'. Did you mean test"),
        ({"foreground": 0}, r"foreground is a number or a range .* got 0"),
        ({"foreground": 0.7}, r"foreground .* to 0.6, got 0.7"),
        ({"foreground": (0.3, 0.1)}, r"foreground .* got \(0.3, 0.1\)"),
        ({"foreground": 0.005}, r"leaves 20.5 of 64 x 64 pixels .* at least 0.0059"),
        ({"foreground": float("nan")}, "foreground"),
    ],
)
def test_impossible_scenes(arguments, said):
    with pytest.raises(ValueError, match=said):
        digit_scenes(**{"n": 2, **arguments})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"digits": (0, 3)}, r"digits .* from 1 to 10, got \(0, 3\)"),
        ({"digits": (2, 11)}, "digits"),
        ({"digits": (1.5, 2)}, "whole numbers"),
        ({"contrast": 0}, "contrast must be over 0"),
        ({"contrast": (0.5, 1.2)}, "contrast"),
        ({"noise": -0.1}, r"noise must lie in \[0, 0.5\], got -0.1"),
        ({"overlap": 1.5}, r"overlap must lie in \[0, 1\], got 1.5"),
        ({"texture": 0.5}, r"texture must lie in \[0, 0.3\], got 0.5"),
    ],
)
def test_impossible_styles(arguments, said):
    with pytest.raises(ValueError, match=said):
        SceneStyle(**arguments)
