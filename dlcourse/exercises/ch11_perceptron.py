"""Exercises of notebook 11, the perceptron."""

import numpy as np

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ONLY_ONE_ZERO = {way: np.array([0, 0, 1, 0]) for way in ("x1 smaller, x2 larger", "x1 larger, x2 smaller")}
CUBE = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])


def _neuron(x, w, b):
    return (x @ w + b >= 0).astype(int)


def _points(rng):
    return {"x": rng.integers(-3, 4, size=(6, 3)).astype(float), "w": rng.integers(-2, 3, 3).astype(float), "b": 1.0}


def _gate_answers(answer, shift):
    """What the chosen weights say when the inputs are moved towards and away from the other side by `shift`."""
    if np.shape(answer) != (3,):
        raise ValueError("give three numbers: w1, w2, bias")
    w1, w2, b = answer
    ways = {"x1 smaller, x2 larger": -shift, "x1 larger, x2 smaller": shift}
    return {way: (w1 * (SQUARE[:, 0] + s) + w2 * (SQUARE[:, 1] - s) + b >= 0).astype(int) for way, s in ways.items()}


def _train(bias_step=1.0, weight_step=1.0, error=lambda t, y: t - y):
    """The perceptron rule, and by its arguments the ways to get it wrong."""

    def train(x, t, epochs):
        w, b = np.zeros(x.shape[1]), 0.0
        for _ in range(epochs):
            for row, target in zip(x, t, strict=True):
                y = 1 if row @ w + b >= 0 else 0
                w, b = w + weight_step * error(target, y) * row, b + bias_step * error(target, y)
        return w, b

    return train


def _verdict(train, x, t, epochs):
    """The answers of the neuron that `train` returns, and how many of them are wrong."""
    answer = train(x, t, epochs)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise ValueError("return two values: w (d,) and b")
    y = _neuron(x, np.asarray(answer[0]), answer[1])
    return {"answers": y, "wrong": int((y != t).sum())}


def _moved(x, w, b, amount):
    return w + amount * x, b + amount


def _delta_step(x, t, w, b, rate):
    e = t - (x @ w + b)
    return w + rate * e * x, b + rate * e


def _bound(one=1.0, power=2, scaled=True):
    """(R / g)^2, and by its arguments the ways to get it wrong."""

    def bound(x, t, w, b):
        margin = ((2 * t - 1) * (x @ w + b)).min() / (np.sqrt(w @ w + b * b) if scaled else 1.0)
        return (np.sqrt((x**2).sum(axis=1).max() + one) / margin) ** power

    return bound


def _line(rng):
    x, w, b = rng.normal(size=(8, 2)), 3 * rng.normal(size=2), rng.normal()
    return {"x": x, "t": _neuron(x, w, b), "w": w, "b": b}


def _counts(x):
    on = x.sum(axis=1)
    return (on >= 2).astype(int), (on == 1).astype(int)


EXERCISES = [
    Exercise(
        "11.1",
        "A neuron with a step",
        cases=[
            Case(x=SQUARE, w=np.array([1.0, 1.0]), b=-1.5, expect=[0, 0, 0, 1]),
            Case(x=SQUARE, w=np.array([1.0, 1.0]), b=-1.0, expect=[0, 1, 1, 1]),
            random_cases(seed=1, make=_points),
        ],
        hints=[
            "The sum of each row is x @ w + b.",
            "A sum of exactly 0 fires.",
            "Turn the comparison into 0 and 1: (x @ w + b >= 0).astype(int)",
        ],
        mutants=[
            Mutant("no bias", lambda x, w, b: (x @ w >= 0).astype(int), hint=0),
            Mutant("silent at zero", lambda x, w, b: (x @ w + b > 0).astype(int), hint=1),
            Mutant("no step", lambda x, w, b: x @ w + b, hint=2),
        ],
        reference=_neuron,
    ),
    Exercise(
        "11.2",
        "x1 and not x2, by hand",
        cases=[
            Case(shift=0.0, expect=ONLY_ONE_ZERO),
            Case(shift=0.2, expect=ONLY_ONE_ZERO),
        ],
        probe=_gate_answers,
        hints=[
            "One input should push the neuron to fire, the other should hold it back.",
            "Look at all four sums: (1, 0) must be on one side of the threshold, (0, 0) and (1, 1) on the other.",
            "With weights 1 and -1 the sums are 0, -1, 1, 0: put the threshold in the middle between 0 and 1.",
        ],
        mutants=[
            Mutant("that is AND", (1.0, 1.0, -1.5), hint=0),
            Mutant("x2 and not x1", (-1.0, 1.0, -0.5), hint=0),
            Mutant("fires at (0, 0) too", (1.0, -1.0, 0.0), hint=1),
            Mutant("no distance kept", (1.0, -1.0, -1.0), hint=2),
        ],
    ),
    Exercise(
        "11.3",
        "A training that never gets AND",
        cases=[
            Case(x=SQUARE, t=np.array([0, 0, 0, 1]), epochs=20, expect={"answers": np.array([0, 0, 0, 1]), "wrong": 0}),
            Case(x=SQUARE, t=np.array([0, 1, 1, 1]), epochs=20, expect={"answers": np.array([0, 1, 1, 1]), "wrong": 0}),
            Case(x=SQUARE, t=np.array([1, 1, 1, 0]), epochs=20, expect={"answers": np.array([1, 1, 1, 0]), "wrong": 0}),
            Case(
                x=SQUARE - 2,
                t=np.array([0, 0, 0, 1]),
                epochs=60,
                expect={"answers": np.array([0, 0, 0, 1]), "wrong": 0},
            ),
        ],
        probe=_verdict,
        given=_train(bias_step=0.0),
        hints=[
            "With x = (0, 0) the weights do not matter. What decides there, and who changes it?",
            "The bias is a weight whose input is 1: it moves by (t - y) * 1.",
            "b = b + (target - y), beside the line that moves w.",
        ],
        mutants=[
            Mutant("bias moves the wrong way", _train(bias_step=-1.0), hint=1),
            Mutant("weights no longer move", _train(weight_step=0.0), hint=0),
            Mutant("moves by t, not by t - y", _train(error=lambda t, y: t), hint=2),
        ],
    ),
    Exercise(
        "11.4",
        "One step of the delta rule",
        cases=[
            Case(
                x=np.array([2.0, -1.0]),
                t=1.0,
                w=np.array([0.5, 0.5]),
                b=0.25,
                rate=0.1,
                expect=(np.array([0.55, 0.475]), 0.275),
            ),
            random_cases(
                seed=4,
                make=lambda rng: {"x": rng.normal(size=3), "t": -1.0, "w": rng.normal(size=3), "b": 0.3, "rate": 0.05},
            ),
        ],
        hints=[
            "The error is taken before the step: t minus the plain weighted sum.",
            "If the answer is too small (error above 0), should w x grow or shrink? Check the sign.",
            "The bias moves too, as if its input were 1: b + rate * e.",
        ],
        mutants=[
            Mutant(
                "error after the step",
                lambda x, t, w, b, rate: _moved(x, w, b, rate * (t - float(x @ w + b >= 0))),
                hint=0,
            ),
            Mutant("uphill", lambda x, t, w, b, rate: _moved(x, w, b, -rate * (t - (x @ w + b))), hint=1),
            Mutant("bias stays", lambda x, t, w, b, rate: (w + rate * (t - (x @ w + b)) * x, b), hint=2),
        ],
        reference=_delta_step,
    ),
    Exercise(
        "11.5",
        "At most how many corrections",
        cases=[
            Case(x=np.array([[3.0], [-3.0]]), t=np.array([1, 0]), w=np.array([2.0]), b=0.0, expect=10 / 9),
            random_cases(seed=5, make=_line),
        ],
        hints=[
            "The bound is (R / g) squared, with R the longest row and g the smallest distance to the line.",
            "The bias counts as a weight on a constant input of 1: |x|^2 + 1, and a line of length sqrt(w w + b b).",
            "A distance is the signed sum divided by the length of (w, b): doubling w and b changes no distance.",
        ],
        mutants=[
            Mutant("not squared", _bound(power=1), hint=0),
            Mutant("the constant input left out of R", _bound(one=0.0), hint=1),
            Mutant("the line's length left out", _bound(scaled=False), hint=2),
        ],
        reference=_bound(),
    ),
    Exercise(
        "11.6",
        "Majority, and exactly one of three",
        cases=[
            Case(x=CUBE.astype(float), expect=_counts(CUBE)),
            Case(x=CUBE[::-2].astype(float), expect=_counts(CUBE[::-2])),
        ],
        hints=[
            "Majority: with weights 1, 1, 1 the sum counts the inputs that are on. Which threshold?",
            "Exactly one is 'at least one' and 'not at least two'. Each of these two is one neuron.",
            "Hidden: a = (sum >= 0.5), m = (sum >= 1.5). Output: fires when a - m >= 0.5.",
        ],
        mutants=[
            Mutant("majority wants all three", lambda x: ((x.sum(1) >= 3).astype(int), _counts(x)[1]), hint=0),
            Mutant("at least one", lambda x: (_counts(x)[0], (x.sum(1) >= 1).astype(int)), hint=1),
            Mutant("odd number on", lambda x: (_counts(x)[0], (x.sum(1) % 2).astype(int)), hint=2),
        ],
    ),
]
