"""Exercises of notebook 14, backpropagation."""

import numpy as np

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

_GRID = np.linspace(0.0, 1.0, 2001)


def _slopes(twice=True, through=1.0):
    """Slopes of f = (x + y) z + x^2, and by its arguments the ways to get them wrong."""

    def slopes(x, y, z):
        return through * z + (2 * x if twice else 0.0), through * z, x + y

    return slopes


def _three(rng):
    return dict(zip("xyz", rng.normal(size=3), strict=True))


def _layer(open_gate=lambda z: z > 0, total=np.sum, late=False):
    """Backward of relu(x w + b), and by its arguments the ways to get it wrong."""

    def layer(x, w, b, g):
        dz = g * open_gate(x @ w + b)
        dx = (g if late else dz) @ w.T
        return dx, x.T @ dz, total(dz, axis=0)

    return layer


def _layer_inputs(rng):
    return {
        "x": rng.normal(size=(4, 3)),
        "w": rng.normal(size=(3, 5)),
        "b": rng.normal(size=5),
        "g": rng.normal(size=(4, 5)),
    }


def _net(bend=lambda z, a: 1 - a**2, own=True, mean=True, moved=False):
    """Gradients of a tanh net with softmax cross entropy, and by its arguments the ways to get them wrong."""

    def gradients(x, y, w1, b1, w2, b2):
        z1 = x @ w1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ w2 + b2
        p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
        dz2 = p.copy()
        if own:
            dz2[np.arange(len(y)), y] -= 1
        if mean:
            dz2 /= len(y)
        da1 = dz2 @ w2.T
        dz1 = da1 * (1 if moved else bend(z1, a1))
        return x.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return gradients


def _net_inputs(rng):
    shapes = {"w1": (2, 3), "b1": 3, "w2": (3, 2), "b2": 2}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return {"x": rng.normal(size=(3, 2)), "y": rng.integers(2, size=3), **weights}


def _differences(divisor=2.0, back=1.0, restore=True, everywhere=False):
    """Central differences in each entry, and by its arguments the ways to get them wrong."""

    def differences(f, x, h):
        x, slope = x.copy(), np.zeros(len(x))
        for i in range(len(x)):
            step = np.full(len(x), h) if everywhere else h * (np.arange(len(x)) == i)
            slope[i] = (f(x + step) - f(x - back * step)) / (divisor * h)
            if not restore:
                x = x + step
        return slope

    return differences


def _left_moved(f, x, h):
    """Central differences by steps in place, of which the last is not taken back."""
    slope = np.zeros(len(x))
    for i in range(len(x)):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        slope[i] = (above - f(x)) / (2 * h)
    return slope


def _probed(differences, x, h):
    """The slopes found for a function with known ones, and the point after the call."""

    def f(v):
        v = np.asarray(v, dtype=float)
        return float(np.sin(v[0]) * v[1] + (v[2:] ** 3).sum())

    slope = differences(f, x, h)
    return {"slopes": slope, "the point afterwards": x}


def _knots_to_net(power=2.0, changes=True, units=None):
    """A ReLU net that joins points of the square root by straight lines, and the ways to get it wrong."""

    def build(n):
        n = units or n
        t = (np.arange(n + 1) / n) ** power
        slopes = np.diff(np.sqrt(t)) / np.diff(t)
        return np.ones(n), -t[:-1], np.r_[slopes[0], np.diff(slopes)] if changes else slopes, 0.0

    return build


def _fit_of(build, n):
    answer = build(n)
    if not isinstance(answer, tuple | list) or len(answer) != 4:
        raise ValueError("return four values: w (h,), b (h,), v (h,) and the number c")
    w, b, v = (np.asarray(part, dtype=float) for part in answer[:3])
    if not w.ndim == 1 <= len(w) or w.shape != b.shape or w.shape != v.shape or np.size(answer[3]) != 1:
        got = ", ".join(str(np.shape(part)) for part in answer)
        raise ValueError(f"the shapes are {got}, expected (h,), (h,), (h,) and a number")
    out = np.maximum(_GRID[:, None] * w + b, 0) @ v + float(np.reshape(answer[3], ()))
    return {"hidden units": len(w), "largest error": np.abs(out - np.sqrt(_GRID)).max()}


EXERCISES = [
    Exercise(
        "14.1",
        "Backward by hand",
        cases=[Case(x=2.0, y=3.0, z=-4.0, expect=(0.0, -4.0, 5.0)), random_cases(seed=1, make=_three)],
        hints=[
            "x is used in two places. Find the slope along each way, then add.",
            "Through q = x + y: df/dq = z, and dq/dx = dq/dy = 1.",
            "df/dx = z + 2x, df/dy = z, df/dz = x + y.",
        ],
        mutants=[
            Mutant("only one way to x", _slopes(twice=False), hint=0),
            Mutant("df/dq left out", lambda x, y, z: (1 + 2 * x, 1.0, x + y), hint=1),
            Mutant("q and z exchanged", lambda x, y, z: (x + y + 2 * x, x + y, z), hint=2),
        ],
        reference=_slopes(),
    ),
    Exercise(
        "14.2",
        "The way back through a layer",
        cases=[random_cases(seed=2, make=_layer_inputs)],
        hints=[
            "First through the ReLU: dz is g where z = x w + b is above 0, and 0 elsewhere. All three need dz, not g.",
            "Shapes leave one choice: dx (n, d) = dz (n, h) w^T, dw (d, h) = x^T dz.",
            "b was added to every row, so its slope is the sum of dz over the rows; a mean belongs to the loss.",
        ],
        mutants=[
            Mutant("no gate", _layer(open_gate=lambda z: np.ones_like(z)), hint=0),
            Mutant("gate by the slope, not by z", lambda x, w, b, g: _layer()(x, w, b, np.maximum(g, 0)), hint=0),
            Mutant("dx from g", _layer(late=True), hint=0),
            Mutant("b averaged", _layer(total=np.mean), hint=2),
        ],
        reference=_layer(),
    ),
    Exercise(
        "14.3",
        "It fails the gradient check",
        cases=[random_cases(seed=3, make=_net_inputs)],
        given=_net(bend=lambda z, a: 1 - z**2),
        hints=[
            "The check passes for w2 and b2. So the fault lies between them and w1, on the way from da1 to dz1.",
            "The slope of tanh at z is 1 - tanh(z)^2. Which of the two variables holds tanh(z)?",
            "dz1 = da1 * (1 - a1**2)",
        ],
        mutants=[
            Mutant("no slope of tanh at all", _net(moved=True), hint=0),
            Mutant("the slope of a sigmoid", _net(bend=lambda z, a: a * (1 - a)), hint=1),
            Mutant("tanh of tanh", _net(bend=lambda z, a: 1 - np.tanh(a) ** 2), hint=1),
            Mutant("the square is gone", _net(bend=lambda z, a: 1 - a), hint=2),
        ],
        reference=_net(),
    ),
    Exercise(
        "14.4",
        "Your own gradient check",
        cases=[
            Case(
                x=np.array([0.0, 2.0, 1.0]),
                h=1e-3,
                expect={"slopes": [2.0, 0.0, 3.0], "the point afterwards": [0, 2, 1]},
            ),
            random_cases(seed=4, make=lambda rng: {"x": rng.normal(size=5), "h": 1e-3}),
        ],
        probe=_probed,
        hints=[
            "Two values for each entry, one step above and one below. How far apart are they?",
            "Move one entry at a time: x + h * (np.arange(len(x)) == i) leaves the others alone.",
            "Each entry starts from the same x: do not keep the step of the entry before.",
        ],
        mutants=[
            Mutant("divided by h", _differences(divisor=1.0), hint=0),
            Mutant("one side only", _differences(divisor=1.0, back=0.0), hint=0),
            Mutant("one side, divided by 2 h", _differences(back=0.0), hint=0),
            Mutant("all entries at once", _differences(everywhere=True), hint=1),
            Mutant("steps pile up", _differences(restore=False), hint=2),
            Mutant("x left moved", _left_moved, hint=2),
        ],
        reference=_differences(),
    ),
    Exercise(
        "14.5",
        "A square root from 16 ReLUs",
        cases=[Case(n=16, expect={"hidden units": AtMost(16), "largest error": AtMost(0.02)})],
        probe=_fit_of,
        hints=[
            "With w = 1 and b = -t a unit starts to rise at t. Its v is the change of the slope there, not the slope.",
            "sqrt is steep near 0: evenly spaced points miss it by 0.06. Put them closer together there.",
            "16 hidden units, no more. Points t_i = (i / 16)^2 for i = 0 ... 16 are close enough together.",
        ],
        mutants=[
            Mutant("slopes, not their changes", _knots_to_net(changes=False), hint=0),
            Mutant("points evenly spaced", _knots_to_net(power=1.0), hint=1),
            Mutant("far too many units", _knots_to_net(units=200), hint=2),
        ],
    ),
]
