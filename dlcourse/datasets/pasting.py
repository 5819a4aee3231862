"""The parts of a digit scene: backgrounds cut from photographs, digits scaled to any size, and room for them."""

from functools import cache, lru_cache

import numpy as np

from dlcourse.datasets.images import digits
from dlcourse.datasets.photographs import photograph

INK = 0.5  # a pixel belongs to a digit where its scaled ink, 0..1, is at least this
TEXTURES = ("camera", "brick", "grass", "gravel")
TRAIN_COLUMNS = 11 / 16  # the left part of each photograph is for training, the rest for testing
TRIES = 12  # places drawn for a digit before the least crowded one is taken


@lru_cache(maxsize=2)
def glyphs(split):
    """The digits of one split, ready to be scaled: (images, labels, areas, extents).

    Shapes:  images (k, 8, 8) float32; labels (k,); areas (k,), the share of the 8 x 8 frame that is ink; extents
             (k, 4), the box (y0, x0, y1, x1) of the ink as shares of the frame, from its top left
    """
    images, labels = digits()[("train", "test").index(split)]
    images = images[..., 0]
    fine = ink(images, np.tile(np.float32([8, 8, 32, 32]), (len(images), 1)), 48) >= INK
    rows, columns = fine.any(axis=2), fine.any(axis=1)  # (k, 48): the ink may stand a little out of its frame
    first = [np.argmax(along, axis=1) for along in (rows, columns)]
    last = [48 - np.argmax(along[:, ::-1], axis=1) for along in (rows, columns)]
    return images, labels, fine.sum(axis=(1, 2)) / 32**2, np.stack([*first, *last], axis=1) / 32 - 8 / 32


def ink(images, frames, size):
    """Digits scaled into their frames on an empty canvas, by cubic convolution (Keys 1981, a = -1/2).

    Cubic convolution is separable, so a digit is two matrix products: rows @ image @ columns.

    Shapes:  images (k, 8, 8), frames (k, 4) as (y, x, height, width) in pixels -> (k, size, size), about 0..1
    """
    rows = _cubic(frames[:, 0], frames[:, 2], size)  # (k, size, 8)
    columns = _cubic(frames[:, 1], frames[:, 3], size)
    return rows @ images @ columns.transpose(0, 2, 1)


def backgrounds(rng, n, size, split, texture):
    """Cuts from the photographs, turned and mirrored, of standard deviation `texture` about a random grey.

    Training and testing cut from different parts of each photograph; a cut larger than its part is continued in a
    mirror. What strays by more than 2.5 standard deviations is clipped.

    Shapes:  (n, size, size) float32 in [0, 1]
    """
    which, grey = rng.integers(len(TEXTURES), size=n), rng.uniform(0.3, 0.7, (n, 1, 1))
    corner, step, turn = rng.random((2, n)), rng.choice([-1, 1], (2, n)), rng.random(n) < 0.5
    cuts = np.empty((n, size, size), "float32")
    for number, name in enumerate(TEXTURES):
        rows = np.flatnonzero(which == number)
        source = _part(name, split)
        y, x = (
            _mirrored(corner[axis, rows], step[axis, rows], size, length) for axis, length in enumerate(source.shape)
        )
        cuts[rows] = source[y[:, :, None], x[:, None, :]]
    cuts[turn] = cuts[turn].transpose(0, 2, 1)
    mean, std = cuts.mean(axis=(1, 2), keepdims=True), cuts.std(axis=(1, 2), keepdims=True)
    cuts = np.clip((cuts - mean) / np.maximum(std, 0.02), -2.5, 2.5)  # a cut of the sky stays as flat as it is
    return np.clip(grey + texture * cuts, 0, 1).astype("float32")


def places(rng, extents, present, overlap):
    """Where each digit goes, as shares of the room it has: (n, m, 2) in [0, 1].

    Digits are placed in turn. Of `TRIES` places the first is taken where the digit's box shares at most `overlap` of
    the smaller box with every earlier one; if there is none, the least crowded.

    Shapes:  extents (n, m, 2), heights and widths of the ink as shares of the canvas; present (n, m) bool
    """
    n, m, _ = extents.shape
    tries = rng.random((n, m, TRIES, 2))
    chosen, boxes = np.zeros((n, m, 2)), np.zeros((n, m, 2, 2))  # boxes: (y0, x0), (y1, x1)
    for j in range(m):
        start = tries[:, j] * (1 - extents[:, j, None])  # (n, tries, 2)
        stop = start + extents[:, j, None]
        low = np.maximum(start[:, :, None], boxes[:, None, :j, 0])  # (n, tries, j, 2)
        high = np.minimum(stop[:, :, None], boxes[:, None, :j, 1])
        shared = np.clip(high - low, 0, None).prod(axis=-1)
        smaller = np.minimum(extents[:, :j].prod(-1), extents[:, j : j + 1].prod(-1))[:, None]
        crowded = np.where(present[:, None, :j], shared / smaller, 0).max(axis=2, initial=0)  # (n, tries)
        best = np.argmin(np.maximum(crowded, overlap), axis=1)
        rows = np.arange(n)
        chosen[:, j], boxes[:, j, 0], boxes[:, j, 1] = tries[rows, j, best], start[rows, best], stop[rows, best]
    return chosen


def _cubic(start, length, size):
    """Weights (k, size, 8) of eight samples spread over [start, start + length) at the pixels' centres."""
    scale = np.minimum(length / 8, 1)[:, None, None]  # under 8 pixels the kernel widens, so that no stroke is lost
    at = (np.arange(size, dtype="float32") + 0.5 - start[:, None]) / length[:, None] * 8 - 0.5  # (k, size)
    t = np.abs(at[:, :, None] - np.arange(8, dtype="float32")) * scale
    near, far = (1.5 * t - 2.5) * t * t + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2
    return (np.where(t < 1, near, np.where(t < 2, far, 0)) * scale).astype("float32")


@cache
def _part(name, split):
    """The part of a photograph that belongs to a split, (h, w)."""
    picture = photograph(name)[..., 0]
    edge = round(picture.shape[1] * TRAIN_COLUMNS)
    return picture[:, :edge] if split == "train" else picture[:, edge:]


def _mirrored(corner, step, size, length):
    """Indices (k, size) of a cut that begins at the share `corner` of its room; beyond the end they run back."""
    index = (corner * (max(length - size, 0) + 1)).astype(int)[:, None] + np.arange(size)  # (k, size)
    index %= 2 * length
    index = np.where(index < length, index, 2 * length - 1 - index)
    return np.where(step[:, None] < 0, index[:, ::-1], index)
