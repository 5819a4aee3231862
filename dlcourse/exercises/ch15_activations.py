"""Exercises of notebook 15, activations."""

import numpy as np
from scipy.special import expit

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

POINTS = np.array([-3.0, -0.5, 0.0, 0.25, 4.0])
SLOPES = {
    "linear": np.ones_like,
    "relu": lambda z: (z > 0) * 1.0,
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: expit(z) * expit(-z),
}


def _leaky(value=lambda x, a: np.where(x > 0, x, a * x), slope=lambda x, a: np.where(x > 0, 1.0, a)):
    return lambda x, alpha: (value(x, alpha), slope(x, alpha))


def _layer(rng):
    """A layer of which some units never fire, some now and then; one is exactly 0 for all rows."""
    x, w = rng.normal(size=(30, 4)), rng.normal(size=(4, 12))
    z = x @ w
    b = np.where(np.arange(12) < 4, -z.max(axis=0) - 0.5, -np.quantile(z, 0.4, axis=0))
    w[:, 5], b[5] = 0.0, 0.0
    return {"x": x, "w": w, "b": b}


def _dead(x, w, b):
    return int((x @ w + b <= 0).all(axis=0).sum())


def _back(slope=lambda z: 1 - np.tanh(z) ** 2, order=reversed, first=False):
    """The gradient in the first pre-activation, and by its arguments the ways to get it wrong."""

    def back(zs, weights, delta):
        for z, w in zip(order(zs), order(weights), strict=True):
            delta = (delta * slope(np.zeros(1)) if first else delta) @ w.T * slope(z)
        return delta

    return back


def _as_lists(answer, zs, weights, delta):
    """Arrays of three layers come stacked; the answer takes lists."""
    return answer(list(zs), list(weights), delta)


def _layers(rng):
    return {
        "zs": 1.5 * rng.normal(size=(3, 5, 4)),
        "weights": rng.normal(size=(3, 4, 4)),
        "delta": rng.normal(size=(5, 4)),
    }


def _gain(statistic=lambda slope: slope**2, invert=True):
    """1 / E[statistic(slope)] under the normal density, by a sum over a grid."""

    def gain(slope):
        z = np.linspace(-9, 9, 20_001)
        density = np.exp(-(z**2) / 2)
        mean = (statistic(slope(z)) * density).sum() / density.sum()
        return 1 / mean if invert else mean

    return gain


EXERCISES = [
    Exercise(
        "15.1",
        "Leaky ReLU, values and slopes",
        cases=[
            Case(x=POINTS, alpha=0.2, expect=([-0.6, -0.1, 0.0, 0.25, 4.0], [0.2, 0.2, 0.2, 1.0, 1.0])),
            Case(x=POINTS, alpha=0.0, expect=([0.0, 0.0, 0.0, 0.25, 4.0], [0.0, 0.0, 0.0, 1.0, 1.0])),
            Case(x=POINTS, alpha=1.5, expect=([-4.5, -0.75, 0.0, 0.25, 4.0], [1.5, 1.5, 1.5, 1.0, 1.0])),
            random_cases(seed=1, make=lambda rng: {"x": rng.normal(size=9), "alpha": 0.3}),
        ],
        hints=[
            "np.maximum(alpha * x, x) picks the wrong line for an alpha above 1. Choose by the sign of x: np.where.",
            "At exactly 0 the slope is to be alpha: compare with x > 0, not with x >= 0.",
            "Return two arrays: np.where(x > 0, x, alpha * x) and np.where(x > 0, 1.0, alpha).",
        ],
        mutants=[
            Mutant("the larger of two lines", _leaky(value=lambda x, a: np.maximum(a * x, x)), hint=0),
            Mutant("slope 1 at 0", _leaky(slope=lambda x, a: np.where(x >= 0, 1.0, a)), hint=1),
            Mutant("slopes of plain ReLU", _leaky(slope=lambda x, a: (x > 0) * 1.0), hint=2),
            Mutant("slope times x", _leaky(slope=lambda x, a: np.where(x > 0, x, a * x)), hint=2),
        ],
        reference=_leaky(),
    ),
    Exercise(
        "15.2",
        "Count the dead",
        cases=[
            Case(
                x=np.array([[1.0, 0.0], [0.0, 1.0]]),
                w=np.array([[1.0, -1.0, -1.0], [1.0, 1.0, -1.0]]),
                b=np.array([0.0, 0.0, 1.0]),
                expect=1,
            ),
            random_cases(seed=2, make=_layer),
        ],
        hints=[
            "Dead is a unit that is silent for all rows. One that is silent for some of them is at work.",
            "At exactly 0 ReLU gives 0 and has the slope 0: such a unit is dead too.",
            "z = x @ w + b; the units are columns: (z <= 0).all(axis=0).sum()",
        ],
        mutants=[
            Mutant("silent for some", lambda x, w, b: int((x @ w + b <= 0).any(axis=0).sum()), hint=0),
            Mutant("negative on average", lambda x, w, b: int(((x @ w + b).mean(axis=0) <= 0).sum()), hint=0),
            Mutant("0 taken for alive", lambda x, w, b: int((x @ w + b < 0).all(axis=0).sum()), hint=1),
            Mutant("rows in place of units", lambda x, w, b: int((x @ w + b <= 0).all(axis=1).sum()), hint=2),
        ],
        reference=_dead,
    ),
    Exercise(
        "15.3",
        "A gradient that is wrong where units saturate",
        cases=[random_cases(seed=3, make=_layers)],
        probe=_as_lists,
        given=_back(slope=lambda z: 1 - np.tanh(np.tanh(z)) ** 2),
        hints=[
            "The slope belongs at the pre-activation z. At which number is it taken here?",
            "1 - tanh(z)^2 is 1 - h^2 with h = tanh(z): one tanh, squared.",
            "The only line to mend: delta = (delta @ w.T) * (1 - h**2)",
        ],
        mutants=[
            Mutant("no slope at all", _back(slope=np.ones_like), hint=0),
            Mutant("not squared", _back(slope=lambda z: 1 - np.tanh(z)), hint=1),
            Mutant("slope of the sigmoid", _back(slope=lambda z: expit(z) * expit(-z)), hint=1),
            Mutant("values in place of slopes", _back(slope=np.tanh), hint=2),
            Mutant("from the bottom up", _back(order=list), hint=2),
        ],
        reference=_back(),
    ),
    Exercise(
        "15.4",
        "The gain that keeps a gradient's size",
        cases=[Case(name="linear", expect=1.0), Case(name="relu", expect=2.0), Case(name="tanh"), Case(name="sigmoid")],
        probe=lambda answer, name: answer(SLOPES[name]),
        hints=[
            "The mean square of the gradient is multiplied by g E[f'(z)^2]. That is to be 1: solve for g.",
            "Square each slope before you take the mean.",
            "z = np.random.default_rng(0).normal(size=1_000_000); return 1 / (slope(z) ** 2).mean()",
        ],
        mutants=[
            Mutant("the factor, not its inverse", _gain(invert=False), hint=0),
            Mutant("mean of slopes", _gain(statistic=lambda slope: slope), hint=1),
            Mutant("squared after the mean", lambda slope: _gain(statistic=lambda s: s)(slope) ** 2, hint=1),
            Mutant("over a flat range", lambda slope: 1 / (slope(np.linspace(-3, 3, 2001)) ** 2).mean(), hint=2),
        ],
        reference=_gain(),
        rtol=1e-2,
    ),
]
