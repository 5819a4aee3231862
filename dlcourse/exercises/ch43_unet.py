"""Exercises of notebook 43, the U-Net."""

import numpy as np
from scipy import ndimage

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _fits(n, levels):
    """Side of a valid U-Net's scores for n pixels, 0 where that size does not fit."""
    n -= 4
    for _ in range(levels - 1):
        if n % 2 or n < 2:
            return 0
        n = n // 2 - 4
    for _ in range(levels - 1):
        n = 2 * n - 4
    return max(n, 0)


def _least(wanted, levels):
    """The least size that fits and gives as many pixels as are wanted."""
    return next(n for n in range(wanted, 10**6) if _fits(n, levels) >= wanted)


def _by_formula(levels_off=0, up=True):
    """The size by a formula, and by its arguments the ways to get it wrong."""

    def size(wanted, levels):
        step = 2 ** (levels - 1 + levels_off)
        short = (4 - wanted) % step
        return wanted + (short if up else short - step if short else 0) + 12 * step - 8

    return size


def _weights(second=1, inside=False, squared=True):
    """Equation 2 of the paper, and by its arguments the ways to get it wrong."""

    def weights(instances, w0, sigma):
        far = [ndimage.distance_transform_edt(instances != i) for i in np.unique(instances[instances > 0])]
        nearest = np.sort(far, axis=0)
        total = nearest[0] + nearest[second]
        w = w0 * np.exp(-(total**2 if squared else total) / (2 * sigma**2))
        return w if inside else np.where(instances > 0, 0, w)

    return weights


def _cells(rng):
    """Three to five cells that grew from random seeds to a random radius."""
    seeds = np.zeros((20, 24), int)
    count = int(rng.integers(3, 6))
    seeds.flat[rng.choice(seeds.size, count, replace=False)] = np.arange(1, count + 1)
    distance, (y, x) = ndimage.distance_transform_edt(seeds == 0, return_indices=True)
    grown = np.where(distance < rng.uniform(3, 5), seeds[y, x], 0)
    lowest = ndimage.minimum_filter(np.where(grown > 0, grown, count + 1), 3)
    return {"instances": np.where(grown > lowest, 0, grown), "w0": 10.0, "sigma": float(rng.uniform(2, 5))}


def _join(start):
    """The two maps side by side, the cut of the first beginning where `start(too many)` says."""

    def join(skip, x):
        rows, columns = x.shape[:2]
        top, left = start(skip.shape[0] - rows), start(skip.shape[1] - columns)
        return np.concatenate([skip[top : top + rows, left : left + columns], x], axis=-1)

    return join


def _join_turned(skip, x):
    """x first."""
    rows, columns = x.shape[:2]
    top, left = (skip.shape[0] - rows) // 2, (skip.shape[1] - columns) // 2
    return np.concatenate([x, skip[top : top + rows, left : left + columns]], axis=-1)


def _maps(rng):
    rows, columns, by, across = rng.integers([2, 2, 1, 1], [5, 5, 7, 7])
    return {"skip": rng.normal(size=(rows + by, columns + across, 2)), "x": rng.normal(size=(rows, columns, 3))}


def _seam(answer, size, tile, margin, seed):
    """The largest error of tiles against the whole image; the net is a sum over a window, less a square of it."""
    kernel = np.random.default_rng(seed).normal(size=(2 * margin + 1, 2 * margin + 1)) / (2 * margin + 1)
    image = ndimage.gaussian_filter(np.random.default_rng(seed + 1).normal(size=size), 2)

    def scores(x):
        return np.tanh(ndimage.correlate(x, kernel))[margin : x.shape[0] - margin, margin : x.shape[1] - margin]

    def net(x):
        if np.shape(x) != (tile, tile):
            raise ValueError(f"the net takes {tile} x {tile} pixels, got shape {np.shape(x)}.")
        return scores(np.asarray(x))

    got = np.asarray(answer(net, image, tile, margin))
    if got.shape != image.shape:
        raise ValueError(f"give a score for each pixel, shape {image.shape}, got {got.shape}.")
    return float(np.abs(got - scores(np.pad(image, margin, mode="reflect"))).max())


def _tiles(mode="reflect", step=None, shift=0):
    """Tiles that overlap by what the net cuts off, and by the arguments the ways to get it wrong."""

    def tiles(net, image, tile, margin):
        kept = tile - 2 * margin
        more = [-n % kept for n in image.shape]
        wide = np.pad(image, [(margin, margin + n) for n in more], mode=mode)
        whole = np.zeros([n + m for n, m in zip(image.shape, more, strict=True)])
        for y in range(0, whole.shape[0], kept):
            for x in range(0, whole.shape[1], kept):
                top, left = (max(0, min(i + shift, n - tile)) for i, n in zip((y, x), wide.shape, strict=True))
                whole[y : y + kept, x : x + kept] = net(wide[top : top + tile, left : left + tile])
        return whole[: image.shape[0], : image.shape[1]]

    return tiles


def _no_overlap(net, image, tile, margin):
    """Tiles side by side, what the net cuts off filled with its nearest score."""
    more = [-n % tile for n in image.shape]
    wide = np.pad(image, [(0, n) for n in more], mode="reflect")
    whole = np.zeros(wide.shape)
    for y in range(0, wide.shape[0], tile):
        for x in range(0, wide.shape[1], tile):
            whole[y : y + tile, x : x + tile] = np.pad(net(wide[y : y + tile, x : x + tile]), margin, mode="edge")
    return whole[: image.shape[0], : image.shape[1]]


EXERCISES = [
    Exercise(
        "43.1",
        "How large a tile",
        cases=[
            Case(wanted=388, levels=5, expect=572),
            Case(wanted=389, levels=5, expect=588),
            Case(wanted=1, levels=5, expect=188),
            Case(wanted=24, levels=3, expect=64),
            Case(wanted=25, levels=3, expect=68),
            Case(wanted=26, levels=1, expect=30),
        ],
        hints=[
            "The border that is lost is the same at every size: 12 * 2**L - 8 with L = levels - 1.",
            "Sizes that fit are 2**L apart. Of those that give enough, take the least: round up.",
            "The scores have 4, 4 + 2**L, 4 + 2 * 2**L, ... pixels: take the first that is enough, and add the border. "
            "Or try sizes one by one.",
        ],
        mutants=[
            Mutant("one level too many", _by_formula(levels_off=1), hint=0),
            Mutant("the border only", lambda wanted, levels: wanted + 12 * 2 ** (levels - 1) - 8, hint=2),
            Mutant("rounded down", _by_formula(up=False), hint=1),
        ],
        reference=_least,
    ),
    Exercise(
        "43.2",
        "The weights between cells",
        cases=[
            Case(
                instances=np.array([[1, 1, 0, 2, 2]]),
                w0=10.0,
                sigma=1.0,
                expect=np.array([[0, 0, 10 * np.exp(-2.0), 0, 0]]),
            ),
            random_cases(seed=2, make=_cells),
        ],
        hints=[
            "d1 and d2 are distances to two different cells: measure every cell on its own, then sort.",
            "Only the background gets a weight: 0 within cells.",
            "far = distance_transform_edt(instances != i) for each i, sorted along the first axis: "
            "w0 exp(-(far[0] + far[1])^2 / (2 sigma^2)).",
        ],
        mutants=[
            Mutant("the nearest cell twice", _weights(second=0), hint=0),
            Mutant("rims inside cells weighed too", _weights(inside=True), hint=1),
            Mutant("the sum not squared", _weights(squared=False), hint=2),
        ],
        reference=_weights(),
    ),
    Exercise(
        "43.3",
        "A skip that shifts",
        cases=[
            Case(
                skip=np.arange(16.0).reshape(4, 4, 1),
                x=np.zeros((2, 2, 1)),
                expect=np.stack([[[5.0, 6.0], [9.0, 10.0]], np.zeros((2, 2))], axis=-1),
            ),
            random_cases(seed=3, make=_maps),
        ],
        given=_join(lambda many: 0),
        hints=[
            "A valid convolution takes pixels off every side. Where in the skip does the map x lie?",
            "In the middle. Of an odd number too many, the smaller half goes above and to the left.",
            "top = (skip.shape[0] - rows) // 2, left likewise; then skip[top : top + rows, left : left + columns]. "
            "The skip comes first.",
        ],
        mutants=[
            Mutant("cut at the other end", _join(lambda many: many), hint=0),
            Mutant("the odd pixel above", _join(lambda many: (many + 1) // 2), hint=1),
            Mutant("x first", _join_turned, hint=2),
        ],
        reference=_join(lambda many: many // 2),
    ),
    Exercise(
        "43.4",
        "Tiles without seams",
        cases=[
            Case(size=(24, 36), tile=20, margin=4, seed=1, expect=AtMost(1e-9)),
            Case(size=(29, 41), tile=18, margin=3, seed=2, expect=AtMost(1e-9)),
            Case(size=(21, 20), tile=20, margin=5, seed=3, expect=AtMost(1e-9)),
        ],
        probe=_seam,
        hints=[
            "A tile gives tile - 2 margin scores a side: steps of that length, so that tiles overlap by 2 margin.",
            "Beyond the border the image goes on as its mirror image, without repeating the last pixel.",
            "Pad by margin above and left, below and right by margin and up to the next multiple of the step. The "
            "scores of the tile that begins at (y, x) of the padded image belong at (y, x) of the image.",
        ],
        mutants=[
            Mutant("no overlap", _no_overlap, hint=0),
            Mutant("zeros beyond the border", _tiles(mode="constant"), hint=1),
            Mutant("a pixel off", _tiles(shift=1), hint=2),
        ],
    ),
]
