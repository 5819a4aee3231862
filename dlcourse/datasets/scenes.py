"""Scenes made of real digits on real textures, with exact masks, boxes, classes and captions."""

import operator
from dataclasses import dataclass

import numpy as np

from dlcourse.datasets.captions import caption
from dlcourse.datasets.pasting import INK, backgrounds, glyphs, ink, places
from dlcourse.settings import nearest

SPLITS = ("train", "test")
LEAST = 24  # pixels of ink that a digit should have, about 8 x 6 pixels in all, to be legible
SHOWN = 0.4  # a digit of which less than this share, or less than LEAST / 2 pixels, shows is left out
ROUNDS = 4  # of scaling the digits until they fill the asked share
BATCH = 64  # scenes made at once: more would leave the cache


@dataclass(frozen=True)
class SceneStyle:
    """How hard a scene is; a pair is a range, from which each scene (for `contrast` each digit) draws.

    Args:
        digits: fewest and most digits, from 1 to 10.
        contrast: how much brighter or darker than the background under it a digit is, in (0, 1].
        noise: standard deviation of the grey noise over all, in [0, 0.5].
        overlap: the share of a digit's box that another one's may cover, in [0, 1], while there is room.
        texture: standard deviation of the background in grey values, in [0, 0.3]; 0 is a plain grey.

    >>> SceneStyle(digits=(2, 2), noise=0.1).contrast
    (0.25, 0.6)

    Raises:
        ValueError: a value is out of its range.
    """

    digits: tuple[int, int] = (1, 4)
    contrast: tuple[float, float] = (0.25, 0.6)
    noise: float = 0.03
    overlap: float = 0.25
    texture: float = 0.1

    def __post_init__(self):
        low, high = _range("digits", self.digits, 1, 10)
        if (low, high) != (int(low), int(high)):
            raise ValueError(f"digits are whole numbers, got {self.digits!r}.")
        if _range("contrast", self.contrast, 0, 1)[0] == 0:
            raise ValueError(f"contrast must be over 0, or a digit cannot be seen, got {self.contrast!r}.")
        for name, most in (("noise", 0.5), ("overlap", 1), ("texture", 0.3)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name} must lie in [0, {most}], got {value!r}.")


@dataclass(frozen=True, eq=False)
class Scenes:
    """n scenes of s x s pixels with at most m digits each.

    images: (n, s, s, 1) float32 in [0, 1].
    labels: (n, s, s) uint8: 0 is background, 1 ... 10 the digits 0 ... 9.
    instances: (n, s, s) uint8: 0 is background, 1, 2, ... the digits of a scene; a later one lies over an earlier one.
    boxes: (n, m, 4) float32, (y0, x0, y1, x1) in pixels around what is visible, y1 and x1 exclusive; -1 where none.
    classes: (n, m) int64, the digit 0 ... 9 of each instance; -1 where none.
    captions: n sentences about what is where.

    >>> scenes = digit_scenes(2)
    >>> scenes.labels.shape, scenes.boxes.shape
    ((2, 64, 64), (2, 4, 4))
    """

    images: np.ndarray
    labels: np.ndarray
    instances: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray
    captions: list[str]


def digit_scenes(n, split="train", seed=0, size=64, foreground=(0.05, 0.3), style=None):
    """Handwritten digits on cuts of photographs: random place, scale and contrast, with noise and occlusion.

    The digits of the two splits are those of `datasets.split("digits")`, the cuts come from different parts of the
    photographs: no ink and no texture of a test scene was seen in training. A pixel belongs to a digit where the
    scaled ink is at least half of black. The digits of a scene are scaled until their visible pixels make up the share
    drawn from `foreground`; where that would leave a digit under 24 pixels there are fewer digits, and a digit of
    which less than 40 %, or less than 12 pixels, would show is left out. Every scene has one or more.

    Args:
        n: how many scenes.
        split: "train" or "test".
        seed: the same seed gives the same arrays.
        size: height and width in pixels, 16 or more.
        foreground: share of the pixels that belongs to digits, a number or a range in (0, 0.6]. Over 0.4, ask for
            more digits than one: a digit alone that has the whole height fills about a third of a scene.
        style: a `SceneStyle`; the default one unless given.

    Returns:
        `Scenes`.

    Raises:
        ValueError: n < 1, an unknown split, a size under 16, a share out of (0, 0.6] or of less than 24 pixels.

    >>> scenes = digit_scenes(3, split="test", foreground=0.1)
    >>> scenes.images.shape, scenes.boxes.shape, round(float((scenes.labels > 0).mean()), 2)
    ((3, 64, 64, 1), (3, 4, 4), 0.1)
    >>> scenes.captions[0]
    'a medium 8 above a medium 8, left of a small 4, below a small 3'
    """
    style = SceneStyle() if style is None else style
    n, size = _whole("n", n, 1), _whole("size", size, 16)
    if split not in SPLITS:
        raise ValueError(f"the splits are {SPLITS}, got split={split!r}. {nearest(split, SPLITS)}")
    low, high = _range("foreground", foreground, 0, 0.6)
    if low * size * size < LEAST:
        raise ValueError(
            f"foreground={foreground!r} leaves {low * size * size:.1f} of {size} x {size} pixels to the digits, a "
            f"legible one needs {LEAST}. Pass a share of at least {LEAST / size**2:.4f}, or a larger size."
        )
    rng = np.random.default_rng([SPLITS.index(split), seed])
    batches = [_scenes(rng, min(BATCH, n - start), split, size, (low, high), style) for start in range(0, n, BATCH)]
    images, labels, instances, boxes, classes = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    captions = [caption(*scene, size) for scene in zip(boxes, classes, strict=True)]
    return Scenes(images, labels, instances, boxes, classes, captions)


def _scenes(rng, n, split, size, foreground, style):
    """One batch: images, labels, instances, boxes and classes."""
    images, digit, areas, extents = glyphs(split)
    m = int(style.digits[1])
    target = rng.uniform(*foreground, n) * size * size  # (n,) pixels of ink
    count = np.minimum(rng.integers(style.digits[0], m, n, endpoint=True), np.maximum(target // LEAST, 1))
    present = np.arange(m) < count[:, None]  # (n, m)
    which = rng.integers(len(images), size=(n, m))
    shape = np.exp(rng.uniform([-0.3, -0.12], [0.3, 0.12], (n, m, 2)))  # relative size, and height against width
    sides = shape[..., :1] * np.stack([shape[..., 1], 1 / shape[..., 1]], axis=-1)  # (n, m, 2)
    box = extents[which]  # (n, m, 4)
    scale = np.sqrt(target / (areas[which] * sides.prod(-1) * present).sum(axis=1))
    room = None
    for _ in range(ROUNDS):
        frame = np.minimum(scale[:, None, None] * sides, size / (box[..., 2:] - box[..., :2]))  # no digit is cut off
        length = frame * (box[..., 2:] - box[..., :2])  # (n, m, 2) height and width of the ink
        room = places(rng, length / size, present, style.overlap) if room is None else room
        start = room * (size - length) - frame * box[..., :2]
        frames = np.concatenate([start, frame], axis=-1).astype("float32").reshape(-1, 4)
        black = ink(images[which].reshape(-1, 8, 8), frames, size).reshape(n, m, size, size)
        shown, kept = _visible((black >= INK) & present[..., None, None])
        scale = scale * np.clip(np.sqrt(target / shown.sum(axis=(1, 2, 3))), 0.7, 1.4)
    return _paint(rng, split, style, (black, shown, kept, frame, digit[which]))


def _visible(masks):
    """What shows of each digit, (n, m, s, s) bool, and which are kept, (n, m): those that show too little are not."""
    whole = masks.sum(axis=(2, 3))
    area = _topmost(masks).sum(axis=(2, 3))
    kept = area >= np.maximum(SHOWN * whole, LEAST / 2)
    kept[np.arange(len(kept)), np.argmax(area, axis=1)] = True  # one stays in any case
    return _topmost(masks & kept[..., None, None]), kept


def _topmost(masks):
    """Each digit less the later ones over it."""
    shown, covered = masks.copy(), masks[:, -1].copy()
    for j in range(masks.shape[1] - 2, -1, -1):
        shown[:, j] &= ~covered
        covered |= masks[:, j]
    return shown


def _paint(rng, split, style, drawn):
    """The arrays of a batch from its ink and masks, the digits that were left out taken away."""
    black, shown, kept, frame, digit = drawn
    n, m, size, _ = shown.shape
    back = backgrounds(rng, n, size, split, style.texture)
    canvas = back.copy()
    least, most = _range("contrast", style.contrast, 0, 1)
    contrast = rng.uniform(least, most, (n, m)) * rng.choice([-1, 1], (n, m))
    steep = np.maximum(frame.mean(axis=-1) / 8, 1)  # the ramp at an edge is about a pixel wide
    for j in range(m):
        grey = _greys(back, canvas, shown[:, j], contrast[:, j], least)
        opaque = np.clip((black[:, j] - INK) * steep[:, j, None, None] + 0.5, 0, 1) * kept[:, j, None, None]
        canvas += opaque.astype("float32") * (grey.astype("float32")[:, None, None] - canvas)
    canvas += style.noise * rng.standard_normal(canvas.shape, dtype="float32")
    order = np.argsort(~kept, axis=1, kind="stable")  # the kept ones first
    shown, kept = np.take_along_axis(shown, order[..., None, None], 1), np.take_along_axis(kept, order, 1)
    classes = np.where(kept, np.take_along_axis(digit, order, 1), -1)
    instances, labels = np.zeros((2, n, size, size), "uint8")
    for j in range(m):
        instances += shown[:, j] * np.uint8(j + 1)
        labels += shown[:, j] * (classes[:, j, None, None] + 1).astype("uint8")
    return np.clip(canvas, 0, 1)[..., None], labels, instances, _boxes(shown, kept), classes


def _greys(back, canvas, shown, contrast, least):
    """The grey of one digit in each scene, (n,): `contrast` over the background under it, or as much below.

    It goes the other way where white or black leave less than `least`, or where that is further from the grey of the
    digits that it covers.
    """
    under = _mean(back, shown)
    grey, turned = np.clip([under + contrast, under - contrast], 0, 1)
    covered = shown & (np.abs(canvas - back) > 0.05)
    below, some = _mean(canvas, covered), covered.any(axis=(1, 2))
    alike = some & (np.abs(grey - below) < np.abs(turned - below)) & (np.abs(turned - under) >= least - 1e-6)
    faint = np.abs(grey - under) < np.minimum(least, np.abs(turned - under)) - 1e-6  # not by rounding alone
    return np.where(alike | faint, turned, grey)


def _mean(values, mask):
    """Mean of (n, s, s) over the mask, (n,); 0 over an empty one"""
    return (values * mask).sum(axis=(1, 2)) / np.maximum(mask.sum(axis=(1, 2)), 1)


def _boxes(shown, kept):
    """(y0, x0, y1, x1) around each mask: (n, m, s, s) -> (n, m, 4) float32, -1 where there is none"""
    ends = []
    for along in (shown.any(axis=3), shown.any(axis=2)):  # (n, m, s)
        ends += [np.argmax(along, axis=-1), along.shape[-1] - np.argmax(along[..., ::-1], axis=-1)]
    y0, y1, x0, x1 = ends
    return np.where(kept[..., None], np.stack([y0, x0, y1, x1], axis=-1), -1).astype("float32")


def _range(name, value, least, most):
    """A number or a pair as (low, high) within [least, most]; 0 as the least share is not allowed for `foreground`."""
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not least <= pair[0] <= pair[1] <= most or (name == "foreground" and pair[0] == 0):
        raise ValueError(f"{name} is a number or a range (low, high) from {least} to {most}, got {value!r}.")
    return tuple(pair)


def _whole(name, value, least):
    try:
        value = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is a whole number, got {value!r}.") from None
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")
    return value
