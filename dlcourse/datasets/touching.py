"""Generated cells that touch, each with its exact mask: data on which telling neighbours apart is the task."""

import operator

import numpy as np
from scipy import ndimage

from dlcourse.settings import nearest

SPLITS = ("train", "test")
WAVES = np.arange(2, 5)  # bumps around a rim
EIGHT = np.ones((3, 3), bool)  # pixels that share a side or a corner are neighbours
LEAST = 0.4  # a cell of which less than this share is left by the picture's edge and its neighbours is taken out


def touching_cells(n, split="train", seed=0, size=128, cells=(12, 20), noise=0.04):
    """Pictures of bright cells in clusters, pressed against each other, and the mask of each cell.

    Cells are ellipses with bumpy rims. Most are set against an earlier one, where they overlap a little; the overlap
    is shared out along the line at which both are equally deep. Between two cells a gap of background one or two
    pixels wide is left, in the masks and, as a line that is darker than the cells but brighter than the background,
    in the picture. So the connected pieces of `instances > 0`, with sides and corners as contacts, are exactly the
    cells, and a segmentation that misses a few pixels of a line makes one cell of two. The picture has spots inside
    the cells, uneven light, blur of 0.8 pixels and noise; the wide radius of a cell is from 1/16 to 1/9 of the size.

    Args:
        n: how many pictures.
        split: "train" or "test": two streams of the random generator.
        seed: the same seed gives the same arrays.
        size: height and width in pixels, 48 or more.
        cells: fewest and most cells, from 1 to 255. Some are taken out: those that lie mostly outside or under others.
        noise: standard deviation of the grey noise, in [0, 0.5].

    Returns:
        (images, instances): (n, size, size, 1) float32 in [0, 1], and (n, size, size) uint8 with 0 for background and
        1, 2, ... for the cells.

    Raises:
        ValueError: n < 1, an unknown split, a size under 48, numbers of cells or noise out of range.

    >>> images, instances = touching_cells(2, size=96)
    >>> images.shape, instances.shape, instances.max(axis=(1, 2)).tolist()
    ((2, 96, 96, 1), (2, 96, 96), [19, 20])
    """
    n, size, pair = _checked(n, split, size, cells, noise)
    rng = np.random.default_rng([SPLITS.index(split), seed])
    images, instances = np.empty((n, size, size, 1), "float32"), np.empty((n, size, size), "uint8")
    for i in range(n):
        instances[i], gaps = _masks(rng, size, rng.integers(*pair, endpoint=True))
        images[i, ..., 0] = _picture(rng, instances[i], gaps, noise)
    return images, instances


def _masks(rng, size, count):
    """Labels (s, s) uint8 without contacts, and the gaps (s, s) bool that were cut between cells."""
    centres, axes, angles = _clusters(rng, size, count)
    whole = _deepest(rng, size, centres, axes, angles)  # (s, s)
    low = ndimage.minimum_filter(np.where(whole > 0, whole, count + 1), footprint=EIGHT)
    labels = np.where(whole > low, 0, whole)  # of two neighbours the one with the higher number gives way
    pieces, _ = ndimage.label(labels, EIGHT)  # each lies in one cell
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    owner = np.zeros(len(areas), int)
    owner[pieces] = labels
    keep, number = np.zeros(len(areas), "uint8"), 0
    for cell in range(1, count + 1):
        piece = np.argmax(np.where(owner == cell, areas, 0))
        if areas[piece] >= LEAST * np.pi * axes[cell - 1].prod():
            number += 1
            keep[piece] = number
    final = keep[pieces]
    return final, (whole > 0) & (final == 0) & (ndimage.maximum_filter(final, footprint=EIGHT) > 0)


def _clusters(rng, size, count):
    """Centres (count, 2), half axes (count, 2) and angles of ellipses: two in three are set against an earlier one."""
    long = rng.uniform(size / 16, size / 9, count)
    axes = np.stack([long, long * rng.uniform(0.65, 1, count)], axis=1)
    angles, alone = rng.uniform(0, np.pi, count), rng.random(count) < 1 / 3
    centres = np.empty((count, 2))
    for i in range(count):
        tries = rng.uniform(0, size, (16, 2))
        if i and not alone[i]:
            host, way = rng.integers(i, size=16), rng.uniform(0, 2 * np.pi, 16)
            reach = _radius(axes[host], angles[host], way) + _radius(axes[i], angles[i], way + np.pi)
            close = reach * rng.uniform(0.85, 0.98, 16)
            tries = centres[host] + close[:, None] * np.stack([np.sin(way), np.cos(way)], axis=1)
        free = np.linalg.norm(tries[:, None] - centres[None, :i], axis=2) / (axes[i].mean() + axes[:i].mean(axis=1))
        room = free.min(axis=1, initial=2)  # about 1 where the nearest earlier cell just touches
        outside = np.abs(tries / size - 0.5).max(axis=1) > 0.47
        centres[i] = tries[np.argmax(np.minimum(room, 0.85) - outside)]
    return centres, axes, angles


def _radius(axes, angle, way):
    """Distance from the centre of an ellipse to its rim in the direction `way`."""
    a, b = np.moveaxis(axes, -1, 0)
    return a * b / np.hypot(b * np.cos(way - angle), a * np.sin(way - angle))


def _deepest(rng, size, centres, axes, angles):
    """The number 1, 2, ... of the cell in which each pixel lies deepest, along the ray from its centre; 0 outside."""
    count, reach = len(centres), int(1.4 * axes.max()) + 2  # bumps are three tenths of the radius at most
    corner = np.floor(centres).astype(int)
    offset = (np.arange(-reach, reach + 1) + 0.5 - (centres - corner)[..., None]).astype("float32")  # (count, 2, w)
    y, x = offset[:, 0, :, None], offset[:, 1, None, :]
    way = np.arctan2(y, x)  # (count, w, w)
    rim = _radius(axes[:, None, None].astype("float32"), angles[:, None, None].astype("float32"), way)
    heights = np.clip(rng.normal(0, 0.04, (len(WAVES), count, 1, 1)), -0.1, 0.1)
    shifts = rng.uniform(0, 2 * np.pi, (len(WAVES), count, 1, 1))
    bumps = sum(a * np.cos(k * way + b) for k, a, b in zip(WAVES, heights, shifts, strict=True))
    depth = rim * (1 + bumps) - np.hypot(y, x)
    best, owner = np.zeros((2, size + 2 * reach + 1, size + 2 * reach + 1))  # a border that takes what sticks out
    for i, (row, column) in enumerate(np.clip(corner, 0, size)):
        window = slice(row, row + 2 * reach + 1), slice(column, column + 2 * reach + 1)
        deeper = depth[i] > best[window]
        best[window][deeper], owner[window][deeper] = depth[i][deeper], i + 1
    return owner[reach : reach + size, reach : reach + size].astype(int)


def _picture(rng, instances, gaps, noise):
    """The picture (s, s) of a mask: cells, the faint light in the gaps, spots, uneven light, blur, noise."""
    size, count = len(instances), int(instances.max())
    body = np.concatenate([[0], rng.uniform(0.35, 0.6, count)])[instances]
    spots = ndimage.gaussian_filter(rng.standard_normal((size, size)), 2)
    body *= 1 + 0.12 * spots / spots.std()
    near = ndimage.maximum_filter(body, footprint=EIGHT)
    lines = ndimage.gaussian_filter(rng.standard_normal((size, size)), 6)
    share = 0.55 + 0.2 * lines / lines.std()  # how bright a gap is, of the cell beside it: it changes along the line
    body = np.where(gaps, near * np.clip(share, 0.1, 0.95), body)
    way, drop = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.15)
    across = np.linspace(-1, 1, size)
    light = drop * (np.sin(way) * across[:, None] + np.cos(way) * across)
    picture = ndimage.gaussian_filter((0.18 + body) * (1 + light), 0.8)
    return np.clip(picture + noise * rng.standard_normal((size, size)), 0, 1)


def _checked(n, split, size, cells, noise):
    if split not in SPLITS:
        raise ValueError(f"the splits are {SPLITS}, got split={split!r}. {nearest(split, SPLITS)}")
    pair = tuple(cells) if isinstance(cells, tuple | list) else (cells, cells)
    try:
        n, size, pair = operator.index(n), operator.index(size), tuple(map(operator.index, pair))
    except TypeError:
        raise ValueError(f"n, size and cells are whole numbers, got n={n!r}, size={size!r}, cells={cells!r}.") from None
    if n < 1 or size < 48:
        raise ValueError(f"touching_cells needs n >= 1 and size >= 48, got n={n}, size={size}.")
    if len(pair) != 2 or not 1 <= pair[0] <= pair[1] <= 255:
        raise ValueError(f"cells is a number or a range (fewest, most) from 1 to 255, got {cells!r}.")
    if not 0 <= noise <= 0.5:
        raise ValueError(f"noise must lie in [0, 0.5], got {noise!r}.")
    return n, size, pair
