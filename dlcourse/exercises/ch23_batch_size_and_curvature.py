"""Exercises of notebook 23, batch size, curvature, sharp and flat minima."""

import numpy as np

from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _power(normalise=True, finish=lambda h, v: v @ h @ v, fewer=0):
    """Power iteration, and by its arguments the ways to get it wrong."""

    def largest(h, v, steps):
        v = v / np.linalg.norm(v)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(steps - fewer):
                v = h @ v
                v = v / np.linalg.norm(v) if normalise else v
            return finish(h, v)

    return largest


def _symmetric(rng):
    h = rng.normal(size=(5, 5))
    return {"h": h + h.T, "v": rng.normal(size=5), "steps": 3}


def _grown(rates, size, n):
    sizes = np.minimum(n, size * rates[0] / rates)
    return sizes, rates * sizes / size


def _decay(rng):
    return {"rates": 0.8 / 2.0 ** np.sort(rng.integers(0, 6, size=5)), "size": 32, "n": 500}


def _decay_from_its_top(rng):
    case = _decay(rng)
    return case | {"rates": np.r_[0.8, case["rates"]]}


def _accumulate(weigh, divide):
    """One update from small batches: `weigh(rows)` is what a batch counts, `divide(n, batches)` the divisor."""

    def update(x, y, w, rate, small):
        total, batches = np.zeros_like(w), 0
        for begin in range(0, len(x), small):
            xb, yb = x[begin : begin + small], y[begin : begin + small]
            total += weigh(len(xb)) * 2 * xb.T @ (xb @ w - yb) / len(xb)
            batches += 1
        return w - rate * total / divide(len(x), batches)

    return update


def _step_each(x, y, w, rate, small):
    for begin in range(0, len(x), small):
        xb, yb = x[begin : begin + small], y[begin : begin + small]
        w = w - rate * 2 * xb.T @ (xb @ w - yb) / len(xb)
    return w


def _rows(n, small):
    def make(rng):
        return {"x": rng.normal(size=(n, 2)), "y": rng.normal(size=n), "w": rng.normal(size=2), "rate": 0.1,
                "small": small}  # fmt: skip

    return make


def _outputs(weights, x):
    k1, b1, k2, b2 = weights
    return np.maximum(x @ k1 + b1, 0) @ k2 + b2


def _slope(weights, x, y):
    """The gradient of the mean squared error, as one vector (p,)."""
    k1, b1, k2, _ = weights
    h = np.maximum(x @ k1 + b1, 0)
    error = 2 * (_outputs(weights, x) - y) / y.size
    back = (error @ k2.T) * (h > 0)
    return np.concatenate([(x.T @ back).ravel(), back.sum(0), (h.T @ error).ravel(), error.sum(0)])


def _top_eigenvalue(weights, x, y, step=1e-6):
    """The largest eigenvalue of the Hessian, from central differences of the gradient."""
    flat, ends = np.concatenate([w.ravel() for w in weights]), np.cumsum([w.size for w in weights])[:-1]

    def slope(vector):
        parts = np.split(vector, ends)
        return _slope([part.reshape(w.shape) for part, w in zip(parts, weights, strict=True)], x, y)

    columns = [(slope(flat + step * unit) - slope(flat - step * unit)) / (2 * step) for unit in np.eye(len(flat))]
    hessian = np.array(columns)
    return np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]


def _same_but_sharper(answer, seed):
    """How far the outputs move, and how many times as sharp the loss becomes, on a random net and random data."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=shape) for shape in ((3, 5), (5,), (5, 2), (2,))]
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    found = answer(*[w.copy() for w in weights])
    if not isinstance(found, tuple | list) or [np.shape(w) for w in found] != [w.shape for w in weights]:
        raise ValueError(f"return four arrays of the shapes {', '.join(str(w.shape) for w in weights)}")
    found = [np.asarray(w, dtype=float) for w in found]
    moved = np.abs(_outputs(found, x) - _outputs(weights, x)).max()
    ratio = _top_eigenvalue(found, x, y) / _top_eigenvalue(weights, x, y)
    return {"largest change of an output": moved, "times as sharp": ratio}


SHARPER = {"largest change of an output": AtMost(1e-6), "times as sharp": AtLeast(10.0)}


EXERCISES = [
    Exercise(
        "23.1",
        "Power iteration",
        cases=[
            Case(h=np.diag([1.0, -3.0, 2.0]), v=np.ones(3), steps=60, expect=-3.0),
            Case(h=np.diag([1e4, 1.0]), v=np.ones(2), steps=200, expect=1e4),
            random_cases(seed=1, make=_symmetric),
        ],
        hints=[
            "Multiplied 200 times by 10,000 a number overflows. Bring v back to length 1 after every product.",
            "The eigenvalue may be negative, and a length never is: with |v| = 1 it is v . (H v).",
            "After exactly `steps` products, each followed by v / |v|, return v @ h @ v.",
        ],
        mutants=[
            Mutant("grows without end", _power(normalise=False), hint=0),
            Mutant("the length, without a sign", _power(finish=lambda h, v: np.linalg.norm(h @ v)), hint=1),
            Mutant("a product too few", _power(fewer=1), hint=2),
        ],
        reference=_power(),
    ),
    Exercise(
        "23.2",
        "Grow the batch instead",
        cases=[
            Case(
                rates=np.array([0.4, 0.1, 0.025]),
                size=16,
                n=1024,
                expect=(np.array([16.0, 64.0, 256.0]), np.array([0.4, 0.4, 0.4])),
            ),
            Case(
                rates=np.array([0.4, 0.1, 0.025]),
                size=16,
                n=100,
                expect=(np.array([16.0, 64.0, 100.0]), np.array([0.4, 0.4, 0.15625])),
            ),
            random_cases(seed=2, make=_decay_from_its_top),
        ],
        hints=[
            "A quarter of the rate is four times the batch: size * rates[0] / rates, as far as there are examples.",
            "Where the batch has grown, the rate must not fall as well: rate / batch is to follow rates / size.",
            "Where the batch stops at n, the rate has to do the rest: rates * sizes / size.",
        ],
        mutants=[
            Mutant(
                "the batch shrinks with the rate",
                lambda rates, size, n: (size * rates / rates[0], np.full(len(rates), rates[0])),
                hint=0,
            ),
            Mutant("both at once", lambda rates, size, n: (_grown(rates, size, n)[0], rates), hint=1),
            Mutant(
                "the rate stays beyond n",
                lambda rates, size, n: (_grown(rates, size, n)[0], np.full(len(rates), rates[0])),
                hint=2,
            ),
        ],
        reference=_grown,
    ),
    Exercise(
        "23.3",
        "Accumulated gradients that diverge",
        cases=[random_cases(3, _rows(4, 4), 1), random_cases(4, _rows(4, 2), 1), random_cases(5, _rows(5, 2), 2)],
        given=_accumulate(lambda rows: 1, lambda n, batches: 1),
        hints=[
            "With two small batches the step is twice as long, with eight eight times: a sum stands for a mean.",
            "The last batch may be smaller. An example in it must not count more than the others.",
            "Add up rows times the mean gradient of each batch, divide by all rows at the end, and step once.",
        ],
        mutants=[
            Mutant("divided by rows, but summed by batches", _accumulate(lambda rows: 1, lambda n, b: n), hint=0),
            Mutant("every batch counts the same", _accumulate(lambda rows: 1, lambda n, b: b), hint=1),
            Mutant("a step after each batch", _step_each, hint=2),
        ],
        reference=_accumulate(lambda rows: rows, lambda n, batches: n),
    ),
    Exercise(
        "23.4",
        "The same function, ten times as sharp",
        cases=[Case(seed=23, expect=SHARPER), Case(seed=24, expect=SHARPER)],
        probe=_same_but_sharper,
        hints=[
            "relu(a z) = a relu(z) for a > 0: what one layer multiplies, the next can divide.",
            "A unit's z is x @ kernel + bias: both have to be scaled, or the unit switches on elsewhere.",
            "The gradient in a kernel divided by a grows by a, the eigenvalue by up to a squared: try a = 10.",
        ],
        mutants=[
            Mutant("nothing divided", lambda k1, b1, k2, b2: (5 * k1, 5 * b1, k2, b2), hint=0),
            Mutant("the bias left behind", lambda k1, b1, k2, b2: (5 * k1, b1, k2 / 5, b2), hint=1),
            Mutant("too gentle", lambda k1, b1, k2, b2: (1.2 * k1, 1.2 * b1, k2 / 1.2, b2), hint=2),
        ],
        reference=lambda k1, b1, k2, b2: (10 * k1, 10 * b1, k2 / 10, b2),
    ),
]
