"""Exercises of notebook 35, Inception."""

import numpy as np

from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _cost(window=lambda k: k * k, first=lambda k: 1, before=True):
    """Multiplications of a convolution, direct and behind a 1x1, right and wrong."""

    def answer(size, channels, reduce, kernel, filters):
        places = size * size
        direct = places * filters * window(kernel) * channels
        reduced = before * places * reduce * first(kernel) * channels + places * filters * window(kernel) * reduce
        return direct, reduced

    return answer


def _sizes(rng):
    size, channels, reduce, filters = (int(rng.integers(*ends)) for ends in ((5, 40), (40, 300), (4, 40), (8, 100)))
    return {
        "size": size,
        "channels": channels,
        "reduce": reduce,
        "kernel": int(rng.choice([3, 5, 7])),
        "filters": filters,
    }


def _pointwise(rectify=True, bias_last=False, means=False):
    """ReLU of a 1x1 convolution, right and wrong."""

    def answer(x, kernel, bias):
        z = np.asarray(x) @ np.asarray(kernel)
        if means:
            z = z.mean(axis=(1, 2), keepdims=True) + 0 * z
        if bias_last:
            return np.maximum(z, 0) + bias
        return np.maximum(z + bias, 0) if rectify else z + bias

    return answer


def _maps(rng):
    return {"x": rng.normal(size=(2, 3, 4, 5)), "kernel": rng.normal(size=(5, 6)), "bias": rng.normal(size=6)}


def _smooth(share=lambda e, k: e / k, keep=lambda e, k: 1 - e):
    """Smoothed one-hot rows, right and wrong."""

    def answer(labels, classes, epsilon):
        one_hot = np.eye(classes)[np.asarray(labels).astype(int)]
        return keep(epsilon, classes) * one_hot + share(epsilon, classes)

    return answer


def _to_the_others(labels, classes, epsilon):
    one_hot = np.eye(classes)[np.asarray(labels).astype(int)]
    return (1 - epsilon) * one_hot + epsilon / (classes - 1) * (1 - one_hot)


def _labels(rng):
    return {"labels": rng.integers(0, 6, size=5), "classes": 6, "epsilon": round(float(rng.uniform(0.05, 0.4)), 2)}


def _join(sum_of, rectify=True):
    """What a residual module puts out, right and wrong."""

    def answer(x, branch, scale):
        y = sum_of(np.asarray(x), np.asarray(branch), scale)
        return np.maximum(y, 0) if rectify else y

    return answer


def _signals(rng):
    return {
        "x": rng.normal(size=(2, 3)),
        "branch": rng.normal(size=(2, 3)),
        "scale": round(float(rng.uniform(0.1, 0.4)), 2),
    }


def _module_cost(filters):
    """What six numbers, in the order of GoogLeNet's table, make of a map of 28 x 28 x 192."""
    try:
        one, reduce3, three, reduce5, five, pool = (int(n) for n in filters)
    except (TypeError, ValueError) as error:
        raise ValueError("six whole numbers, in the order of the table: (64, 96, 128, 16, 32, 32)") from error
    weights = 192 * (one + reduce3 + reduce5 + pool) + 9 * reduce3 * three + 25 * reduce5 * five
    return {
        "channels": one + three + five + pool,
        "of the 3x3": three,
        "of the 5x5": five,
        "narrowest chain": min(one, reduce3, reduce5, pool),
        "millions of multiplications": 28 * 28 * weights / 1e6,
    }


EXERCISES = [
    Exercise(
        "35.1",
        "What a 1x1 in front saves",
        cases=[
            Case(size=28, channels=192, reduce=16, kernel=5, filters=32, expect=(120_422_400, 12_443_648)),
            random_cases(seed=1, make=_sizes),
        ],
        hints=[
            "At each of size * size places each filter multiplies kernel * kernel * channels numbers.",
            "The 1x1 costs too: size * size * reduce * channels, added to what comes after it.",
            "The first of the two convolutions has a window of 1, whatever the kernel of the second is.",
        ],
        mutants=[
            Mutant("the kernel not squared", _cost(window=lambda k: k), hint=0),
            Mutant("the 1x1 left out", _cost(before=False), hint=1),
            Mutant("the 1x1 with the large window", _cost(first=lambda k: k * k), hint=2),
        ],
        reference=_cost(),
    ),
    Exercise(
        "35.2",
        "A 1x1 convolution is a matrix product",
        cases=[
            Case(
                x=np.array([1.0, 2.0]).reshape(1, 1, 1, 2),
                kernel=np.array([[1.0], [1.0]]),
                bias=np.array([-1.0]),
                expect=np.full((1, 1, 1, 1), 2.0),
            ),
            random_cases(seed=2, make=_maps),
        ],
        hints=[
            "NumPy's @ takes the last axis of x, which holds the channels: x @ kernel is the convolution.",
            "After the convolution and its bias comes ReLU: what is below 0 becomes 0.",
            "The bias is added before ReLU, not after it.",
        ],
        mutants=[
            Mutant("the mean over the image taken", _pointwise(means=True), hint=0),
            Mutant("no ReLU", _pointwise(rectify=False), hint=1),
            Mutant("the bias after ReLU", _pointwise(bias_last=True), hint=2),
        ],
        reference=_pointwise(),
    ),
    Exercise(
        "35.3",
        "Smoothed labels",
        cases=[
            Case(labels=np.array([0]), classes=4, epsilon=0.2, expect=np.array([[0.85, 0.05, 0.05, 0.05]])),
            random_cases(seed=3, make=_labels),
        ],
        hints=[
            "A row is a distribution: it sums to 1. What is shared out must be taken from the true class first.",
            "epsilon is shared among all classes, the true one too: epsilon / classes for each.",
            "Every class gets epsilon / classes, not epsilon.",
        ],
        mutants=[
            Mutant("nothing taken from the true class", _smooth(keep=lambda e, k: 1), hint=0),
            Mutant("shared among the other classes only", _to_the_others, hint=1),
            Mutant("epsilon for every class", _smooth(share=lambda e, k: e), hint=2),
        ],
        reference=_smooth(),
    ),
    Exercise(
        "35.4",
        "The signal that dies",
        cases=[
            Case(x=np.array([2.0, -1.0]), branch=np.array([1.0, 1.0]), scale=0.5, expect=np.array([2.5, 0.0])),
            random_cases(seed=4, make=_signals),
        ],
        given=_join(lambda x, branch, scale: scale * (x + branch)),
        hints=[
            "The shortcut goes through unchanged: only one of the two summands is scaled.",
            "It is the branch that is made small; then the module is nearly the identity at the start.",
            "ReLU is applied once, to the sum: the branch itself may be negative.",
        ],
        mutants=[
            Mutant("the shortcut weighed down by the rest", _join(lambda x, b, s: (1 - s) * x + s * b), hint=0),
            Mutant("the shortcut scaled", _join(lambda x, b, s: s * x + b), hint=1),
            Mutant("ReLU on the branch alone", _join(lambda x, b, s: x + s * np.maximum(b, 0), rectify=False), hint=2),
        ],
        reference=_join(lambda x, branch, scale: x + scale * branch),
    ),
    Exercise(
        "35.5",
        "A module for less",
        cases=[
            Case(
                expect={
                    "channels": AtLeast(256),
                    "of the 3x3": AtLeast(96),
                    "of the 5x5": AtLeast(32),
                    "narrowest chain": AtLeast(8),
                    "millions of multiplications": AtMost(80),
                }
            )
        ],
        probe=_module_cost,
        hints=[
            "The 3x3 chain is the costly one: 9 * reduce * filters. Halve what goes into it.",
            "What comes out is the sum of the 1x1, the 3x3, the 5x5 and the pool: four of the six numbers.",
            "Keep 96 filters in the 3x3 and 32 in the 5x5; the plain 1x1, cheapest of all, can make up the channels.",
        ],
        mutants=[
            Mutant("the paper's own row", (64, 96, 128, 16, 32, 32), hint=0),
            Mutant("too few channels", (64, 48, 96, 16, 32, 32), hint=1),
            Mutant("the 3x3 cut away", (128, 48, 64, 16, 32, 32), hint=2),
        ],
        reference=(96, 48, 96, 16, 32, 32),
    ),
]
