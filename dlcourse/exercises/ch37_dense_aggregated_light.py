"""Exercises of notebook 37: DenseNet, ResNeXt, squeeze and excitation, depthwise separable convolutions."""

import numpy as np

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _costs(point=True, window=2, mixed=False):
    """(standard, separable) multiplications, and by its arguments the ways to get them wrong."""

    def costs(h, w, k, c, n):
        standard = h * w * k**2 * c * n
        depthwise = h * w * k**window * c * (n if mixed else 1)
        return standard, depthwise + (h * w * c * n if point else 0)

    return costs


def _channels(compress_last=False, once=False, compressed=True):
    """Maps after each dense block, and by its arguments the ways to get them wrong."""

    def channels(stem, growth, depths, compression):
        found, c = [], stem
        for i, depth in enumerate(depths):
            c += growth if once else depth * growth
            if compressed and (compress_last or i < len(depths) - 1):
                found.append(int(compression * c) if compress_last else c)
                c = int(compression * c)
            else:
                found.append(c)
        return np.array(found)

    return channels


def _nets(rng):
    depths = rng.integers(2, 9, size=3)
    return {"stem": int(rng.integers(8, 33)), "growth": int(rng.integers(4, 17)), "depths": depths, "compression": 0.5}


def _gated(squeeze=np.mean, gate=lambda z: 1 / (1 + np.exp(-z)), hidden=lambda z: np.maximum(z, 0)):
    """Squeeze and excitation, and by its arguments the ways to get it wrong."""

    def gated(x, w1, b1, w2, b2):
        s = squeeze(x, axis=(1, 2))
        gates = gate(hidden(s @ w1 + b1) @ w2 + b2)
        return x * gates[:, None, None, :]

    return gated


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _maps(rng):
    return {
        "x": rng.normal(size=(2, 3, 4, 6)),
        "w1": rng.normal(size=(6, 3)),
        "b1": rng.normal(size=3),
        "w2": rng.normal(size=(3, 6)),
        "b2": rng.normal(size=6),
    }


def _grouped(channels="block", filters="block", join=True):
    """A 1x1 convolution in groups, and by its arguments the ways to get it wrong."""

    def grouped(x, kernel, groups):
        c, n = x.shape[-1] // groups, kernel.shape[-1] // groups
        parts = []
        for g in range(groups):
            own = slice(g * c, (g + 1) * c) if channels == "block" else slice(g, None, groups)
            mine = slice(g * n, (g + 1) * n) if filters == "block" else slice(g, None, groups)
            parts.append(x[..., own] @ kernel[:, mine])
        return np.concatenate(parts, axis=-1) if join else sum(parts)

    return grouped


def _pointwise(rng):
    groups = int(rng.integers(2, 4))
    return {"x": rng.normal(size=(2, 2, 3, 4 * groups)), "kernel": rng.normal(size=(4, 3 * groups)), "groups": groups}


def _width(window=9, all_paths=True, nearest=np.floor):
    """The largest width of a path within a budget, and by its arguments the ways to get it wrong."""

    def width(c, paths, budget):
        p = paths if all_paths else 1
        a, b = window * p, 2 * c * p  # weights of all paths: b d + a d^2
        return int(nearest((-b + np.sqrt(b * b + 4 * a * budget)) / (2 * a) + 1e-9))

    return width


EXERCISES = [
    Exercise(
        "37.1",
        "What a separable convolution costs",
        cases=[
            Case(h=14, w=14, k=3, c=256, n=512, expect=(231211008, 26141696)),
            Case(h=1, w=1, k=5, c=1, n=1, expect=(25, 26)),
            random_cases(
                seed=1,
                make=lambda rng: dict(zip("hwkcn", rng.integers(1, 40, size=5).tolist(), strict=True)),
            ),
        ],
        hints=[
            "Separable means two layers: a depthwise one, then a 1x1 one. Both cost.",
            "The depthwise layer has one k x k window a channel, and makes as many maps as it gets: no n in it.",
            "h w k^2 c n against h w k^2 c + h w c n.",
        ],
        mutants=[
            Mutant("the 1x1 left out", _costs(point=False), hint=0),
            Mutant("depthwise times n", _costs(mixed=True), hint=1),
            Mutant("k in place of k squared", _costs(window=1), hint=2),
        ],
        reference=_costs(),
    ),
    Exercise(
        "37.2",
        "Squeeze and excitation by hand",
        cases=[random_cases(seed=2, make=_maps)],
        hints=[
            "The squeeze is a mean over height and width: (b, h, w, c) -> (b, c).",
            "The hidden layer has a ReLU: negative sums become 0.",
            "Each gate is a sigmoid by itself. The gates of an image need not add up to 1.",
        ],
        mutants=[
            Mutant("squeezed by the maximum", _gated(squeeze=np.max), hint=0),
            Mutant("no ReLU", _gated(hidden=lambda z: z), hint=1),
            Mutant("gates share out 1", _gated(gate=_softmax), hint=2),
        ],
        reference=_gated(),
    ),
    Exercise(
        "37.3",
        "Groups that do not fit the weights",
        cases=[
            Case(
                x=np.array([[[[1.0, 2.0, 3.0, 4.0]]]]),
                kernel=np.array([[1.0, 1.0], [1.0, 1.0]]),
                groups=2,
                expect=np.array([[[[3.0, 7.0]]]]),
            ),
            random_cases(seed=3, make=_pointwise),
        ],
        given=_grouped(channels="strided"),
        hints=[
            "Print which channels each group takes, for 4 channels in 2 groups. Keras gives the first group 0 and 1.",
            "A group's channels and its filters are both neighbours: g * n to (g + 1) * n.",
            "The groups' answers stand beside each other; they are not added up.",
        ],
        mutants=[
            Mutant("channels and filters interleaved", _grouped("strided", "strided"), hint=0),
            Mutant("filters interleaved", _grouped(filters="strided"), hint=1),
            Mutant("groups added up", _grouped(join=False), hint=2),
        ],
        reference=_grouped(),
    ),
    Exercise(
        "37.4",
        "How wide a DenseNet gets",
        cases=[
            Case(stem=64, growth=32, depths=np.array([6, 12, 24, 16]), compression=0.5, expect=[256, 512, 1024, 1024]),
            random_cases(seed=4, make=_nets),
        ],
        hints=[
            "Every layer of a block adds `growth` maps to those that came in.",
            "A transition stands between two blocks; the answer is the width before it.",
            "After a block: c = c + depth * growth; then, before the next one, c = int(compression * c).",
        ],
        mutants=[
            Mutant("a block adds growth once", _channels(once=True), hint=0),
            Mutant("counted behind the transition", _channels(compress_last=True), hint=1),
            Mutant("no compression", _channels(compressed=False), hint=2),
        ],
        reference=_channels(),
    ),
    Exercise(
        "37.5",
        "As many paths as you like",
        cases=[
            Case(c=256, paths=1, budget=70144, expect=64),
            Case(c=256, paths=32, budget=70144, expect=4),
            random_cases(
                seed=5,
                make=lambda rng: {
                    "c": int(rng.integers(32, 300)),
                    "paths": int(rng.integers(2, 17)),
                    "budget": int(rng.integers(30000, 200000)),
                },
            ),
        ],
        hints=[
            "A path of width d holds c d weights, then 9 d^2, then d c; there are `paths` of them.",
            "It must not cost more than the budget: round down.",
            "Try d = 1, 2, 3, ... until the next one is too dear, or solve 9 p d^2 + 2 c p d = budget.",
        ],
        mutants=[
            Mutant("one path counted", _width(all_paths=False), hint=0),
            Mutant("rounded up", _width(nearest=np.ceil), hint=1),
            Mutant("the 3x3 taken for a 1x1", _width(window=1), hint=2),
        ],
        reference=_width(),
    ),
]
