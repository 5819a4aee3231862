"""Exercises of notebook 33, AlexNet and ZFNet."""

import numpy as np

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _sizes(paddings=True, up=False, pool=3):
    """Sides of the maps through (kernel, stride, padding) rows, and by its arguments the ways to get them wrong."""

    def sides(n, rows):
        found = []
        for k, s, p in rows:
            room = n + 2 * (p if paddings else 0) - k
            n = int(-(-room // s) if up else room // s) + pool - 2
            found.append(n)
        return np.array(found)

    return sides


ALEXNET = np.array([[11, 4, 0], [3, 2, 0], [5, 1, 2], [3, 2, 0], [3, 1, 1], [3, 1, 1], [3, 1, 1], [3, 2, 0]])
ZFNET_LIKE = np.array([[7, 2, 1], [3, 2, 1], [5, 2, 0], [3, 2, 1], [3, 1, 1], [3, 2, 0]])


def _normalized(energy):
    """Response normalization across the last axis of a (pixels, maps); energy(a, i, n) is what map i is divided by."""

    def normalized(a, n, k, alpha, beta):
        maps = [a[:, i] / (k + alpha * energy(a, i, int(n))) ** beta for i in range(a.shape[1])]
        return np.stack(maps, axis=1)

    return normalized


def _near(a, i, n):
    return a[:, max(0, i - n // 2) : i + n // 2 + 1]


def _squares(a, i, n):
    return (_near(a, i, n) ** 2).sum(axis=1)


def _from_below(a, i, n):
    return (a[:, i - n // 2 : i + n // 2 + 1] ** 2).sum(axis=1)


def _maps(rng):
    return {"a": rng.normal(size=(4, 7)), "n": 5, "k": 2.0, "alpha": 0.3, "beta": 0.75}


def _towers(halves=lambda x, c: (x[:, :c], x[:, c:]), join=lambda parts: np.concatenate(parts, axis=1)):
    """A layer in two groups: x (n, 2c), w (2, c, f) -> (n, 2f), and by its arguments the ways to get it wrong."""

    def layer(x, w):
        return join([part @ kernel for part, kernel in zip(halves(x, x.shape[1] // 2), w, strict=True)])

    return layer


def _features(rng):
    return {"x": rng.normal(size=(5, 8)), "w": rng.normal(size=(2, 4, 3))}


def _seen(weights, image, size, fill, answer):
    """The answer's map for a classifier that is a weighted sum, so that each drop can be told exactly."""
    return answer(lambda images: np.tensordot(images, weights, axes=2), image, int(size), fill)


def _occlusion(reverse=False, keep=False, corner=False, places=1):
    def occlude(score, image, size, fill):
        h, w = image.shape
        drops = np.zeros((h - size + places, w - size + places))
        hidden = image.copy()
        for i in range(drops.shape[0]):
            for j in range(drops.shape[1]):
                hidden = hidden if keep else image.copy()
                hidden[i : i + (1 if corner else size), j : j + (1 if corner else size)] = fill
                drops[i, j] = score(image[None])[0] - score(hidden[None])[0]
        return -drops if reverse else drops

    return occlude


def _scene(rng):
    return {"weights": rng.normal(size=(6, 7)), "image": rng.normal(size=(6, 7)), "size": 3, "fill": 0.5}


EXERCISES = [
    Exercise(
        "33.1",
        "From 227 to 6",
        cases=[
            Case(n=227, rows=ALEXNET, expect=np.array([55, 27, 27, 13, 13, 13, 13, 6])),
            Case(n=224, rows=ZFNET_LIKE, expect=np.array([110, 55, 26, 13, 13, 6])),
            Case(n=224, rows=ALEXNET, expect=np.array([54, 26, 26, 12, 12, 12, 12, 5])),
        ],
        hints=[
            "A window of k fits at floor((n + 2p - k) / s) + 1 places: padding counts on both sides.",
            "A window that would hang over the end is dropped: divide with //, which rounds down.",
            "Add 1, for the window at the very beginning.",
        ],
        mutants=[
            Mutant("padding forgotten", _sizes(paddings=False), hint=0),
            Mutant("rounded up", _sizes(up=True), hint=1),
            Mutant("minus 1", _sizes(pool=1), hint=2),
        ],
    ),
    Exercise(
        "33.2",
        "Response normalization",
        cases=[
            Case(a=np.array([[1.0, 2.0, 3.0]]), n=3, k=1.0, alpha=1.0, beta=1.0),
            random_cases(seed=2, make=_maps),
        ],
        hints=[
            "The neighbours of map i are i - n // 2 ... i + n // 2, on both sides, itself among them.",
            "A slice must not begin below 0: a[:, -1 : 2] is empty. Take max(0, i - n // 2).",
            "The paper adds up the squares; it does not take their mean.",
        ],
        mutants=[
            Mutant("without itself", _normalized(lambda a, i, n: _squares(a, i, n) - a[:, i] ** 2), hint=0),
            Mutant("neighbours on one side", _normalized(lambda a, i, n: (a[:, i : i + n] ** 2).sum(axis=1)), hint=0),
            Mutant("slices from below 0", _normalized(_from_below), hint=1),
            Mutant("the mean", _normalized(lambda a, i, n: _squares(a, i, n) / n), hint=2),
            Mutant("no squares", _normalized(lambda a, i, n: _near(a, i, n).sum(axis=1)), hint=2),
        ],
        reference=_normalized(_squares),
    ),
    Exercise(
        "33.3",
        "Two towers, one eye",
        cases=[
            Case(x=np.array([[1.0, 2.0]]), w=np.ones((2, 1, 1)), expect=np.array([[1.0, 2.0]])),
            random_cases(seed=4, make=_features),
        ],
        given=_towers(halves=lambda x, c: (x[:, :c], x[:, :c])),
        hints=[
            "Change x[:, c:] and see what moves in the output. Each tower has its own half of the maps.",
            "The first half of the input goes to the first tower, the second to the second.",
            "The towers' outputs stand side by side: np.concatenate, not a sum.",
        ],
        mutants=[
            Mutant("the second half twice", _towers(halves=lambda x, c: (x[:, c:], x[:, c:])), hint=0),
            Mutant("halves swapped", _towers(halves=lambda x, c: (x[:, c:], x[:, :c])), hint=1),
            Mutant("towers added", _towers(join=lambda parts: parts[0] + parts[1]), hint=2),
        ],
        reference=_towers(),
    ),
    Exercise(
        "33.4",
        "What must not be hidden",
        cases=[random_cases(seed=5, make=_scene)],
        probe=lambda answer, weights, image, size, fill: _seen(weights, image, size, fill, answer),
        hints=[
            "What is important makes the score fall when hidden: score of the image minus score of the hidden one.",
            "Hide one square at a time: begin each time from a fresh copy of the image.",
            "The square has size x size pixels and fits at h - size + 1 by w - size + 1 places.",
        ],
        mutants=[
            Mutant("the other sign", _occlusion(reverse=True), hint=0),
            Mutant("squares pile up", _occlusion(keep=True), hint=1),
            Mutant("one pixel hidden", _occlusion(corner=True), hint=2),
            Mutant("one place too few", _occlusion(places=0), hint=2),
        ],
        reference=_occlusion(),
    ),
]
