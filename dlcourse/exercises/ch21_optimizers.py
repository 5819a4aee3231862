"""Exercises of notebook 21, optimizers."""

import numpy as np

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

GRADIENTS, VALUES = 100, 2000  # calls that exercise 21.4 allows


def _adam(sign=-1.0, corrected=True, under_root=False, power=2):
    """One step of Adam, and by its arguments the ways to get it wrong."""

    def step(w, g, m, v, t, rate):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * np.abs(g) ** power
        m_hat, v_hat = (m / (1 - 0.9**t), v / (1 - 0.999**t)) if corrected else (m, v)
        root = np.sqrt(v_hat + 1e-8) if under_root else np.sqrt(v_hat) + 1e-8
        return w + sign * rate * m_hat / root, m, v

    return step


def _adam_of_keras(w, g, m, v, t, rate):
    """The other form of Kingma & Ba: the corrections in the rate, epsilon beside the uncorrected root."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    rate = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * m / (np.sqrt(v) + 1e-8), m, v


def _state(rng):
    w, g, m = rng.normal(size=(3, 4))
    return {"w": w, "g": g, "m": m, "v": rng.random(4), "t": int(rng.integers(2, 30)), "rate": 0.05}


def _clip(factor):
    """Both arrays times `factor(length of both together, limit)`."""

    def clip(a, b, limit):
        times = factor(np.sqrt((a**2).sum() + (b**2).sum()), limit)
        return a * times, b * times

    return clip


def _clip_each(a, b, limit):
    return tuple(x * min(1.0, limit / np.linalg.norm(x)) for x in (a, b))


def _two(rng):
    return {"a": rng.normal(size=(2, 3)), "b": 3 * rng.normal(size=4), "limit": 2.0}


def _momentum(kept=True, weight=1.0, sign=-1.0, ahead=False):
    """Descent with momentum, and by its arguments the ways to get it wrong."""

    def descend(gradient, w, rate, beta, steps):
        v = np.zeros_like(w)
        for _ in range(steps):
            v = v if kept else np.zeros_like(w)
            g = gradient(w + beta * v) if ahead else gradient(w)
            v = beta * v + sign * rate * (weight if weight == 1 else 1 - beta) * g
            w = w + v
        return w

    return descend


def _on_a_valley(descend, curvature, w, rate, beta, steps):
    return descend(lambda w: curvature * w, w, rate, beta, steps)


def _rosenbrock(w):
    x, y = w
    bend = y - x**2
    return (1 - x) ** 2 + 100 * bend**2, np.array([-2 * (1 - x) - 400 * x * bend, 200 * bend])


def _turned_valley():
    """Its minimum is at a random point: neither 0 nor 1 is a guess."""
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    a, lowest = turn @ np.diag(np.geomspace(1, 1000, 8)) @ turn.T, rng.normal(size=8)
    return lambda w: ((w - lowest) @ a @ (w - lowest) / 2, a @ (w - lowest))


PLACES = {
    "Rosenbrock": (_rosenbrock, np.array([-1.5, 2.0])),
    "a turned valley, condition 1000": (_turned_valley(), np.ones(8)),
}


def _height(answer, place):
    """The height at the point that `answer(value, gradient, start)` returns."""
    both, start = PLACES[place]
    calls = {"value": 0, "gradient": 0}

    def value(w):
        calls["value"] += 1
        return float(both(np.asarray(w, dtype=float))[0])

    def gradient(w):
        calls["gradient"] += 1
        return both(np.asarray(w, dtype=float))[1]

    end = np.asarray(answer(value, gradient, start.copy()), dtype=float)
    if end.shape != start.shape:
        raise ValueError(f"return the last point, shape {start.shape}; got shape {end.shape}")
    if calls["gradient"] > GRADIENTS or calls["value"] > VALUES:
        raise ValueError(
            f"at most {GRADIENTS} gradients and {VALUES} values are allowed, {calls['gradient']} and {calls['value']} "
            "were asked for"
        )
    return float(both(end)[0])


def _walk(rate, beta=0.0, adaptive=False):
    """100 steps of descent, momentum or Adam."""

    def answer(value, gradient, start):
        w, m, v = start, np.zeros_like(start), np.zeros_like(start)
        for t in range(1, GRADIENTS + 1):
            g = gradient(w)
            if adaptive:
                w, m, v = _adam()(w, g, m, v, t, rate)
            else:
                m = beta * m - rate * g
                w = w + m
        return w

    return answer


def _halving(value, gradient, start):
    """Steepest descent that halves its rate until the step goes down."""
    w = start
    for _ in range(GRADIENTS):
        g, rate, here = gradient(w), 1.0, value(w)
        while rate > 1e-6 and not value(w - rate * g) < here:
            rate /= 2
        w = w - rate * g
    return w


EXERCISES = [
    Exercise(
        "21.1",
        "One step of Adam",
        cases=[
            Case(
                w=np.array([1.0, 1.0]),
                g=np.array([0.1, -10.0]),
                m=np.zeros(2),
                v=np.zeros(2),
                t=1,
                rate=0.1,
                expect=(np.array([0.9, 1.1]), np.array([0.01, -1.0]), np.array([1e-5, 0.1])),
            ),
            Case(
                w=np.zeros(1),
                g=np.array([1e-6]),
                m=np.zeros(1),
                v=np.zeros(1),
                t=1,
                rate=1.0,
                expect=(np.array([-1 / 1.01]), np.array([1e-7]), np.array([1e-15])),
            ),
            random_cases(seed=1, make=_state),
        ],
        hints=[
            "First the two averages: m = 0.9 m + 0.1 g and v = 0.999 v + 0.001 g^2, with the square of g.",
            "Both began at 0. Divide m by 1 - 0.9^t and v by 1 - 0.999^t for the step, but return them undivided.",
            "w - rate * m_hat / (sqrt(v_hat) + 1e-8): downhill, and epsilon is added to the root of the corrected v, "
            "neither under it nor to sqrt(v).",
        ],
        mutants=[
            Mutant("v averages |g|, not its square", _adam(power=1), hint=0),
            Mutant("no bias correction", _adam(corrected=False), hint=1),
            Mutant("epsilon under the root", _adam(under_root=True), hint=2),
            Mutant("epsilon beside the uncorrected root, as in Keras", _adam_of_keras, hint=2),
            Mutant("uphill", _adam(sign=1.0), hint=2),
        ],
        reference=_adam(),
    ),
    Exercise(
        "21.2",
        "Clip two arrays by their global norm",
        cases=[
            Case(
                a=np.array([3.0]), b=np.array([0.0, -4.0]), limit=1.0, expect=(np.array([0.6]), np.array([0.0, -0.8]))
            ),
            Case(a=np.array([0.3]), b=np.array([0.4]), limit=1.0, expect=(np.array([0.3]), np.array([0.4]))),
            random_cases(seed=2, make=_two),
        ],
        hints=[
            "One length for both: the root of the sum of all squares, of a and of b. One factor for both.",
            "A gradient that is short enough stays as it is: the factor is never above 1.",
            "factor = limit / max(length, limit)",
        ],
        mutants=[
            Mutant("each array by itself", _clip_each, hint=0),
            Mutant("each number by itself", lambda a, b, limit: (a.clip(-limit, limit), b.clip(-limit, limit)), hint=0),
            Mutant("short ones are stretched", _clip(lambda length, limit: limit / length), hint=1),
            Mutant("squared length", _clip(lambda length, limit: min(1, limit / length**2)), hint=2),
        ],
        reference=_clip(lambda length, limit: limit / max(length, limit)),
    ),
    Exercise(
        "21.3",
        "Momentum that beta does not change",
        cases=[
            Case(curvature=np.array([1.0]), w=np.array([1.0]), rate=0.1, beta=0.5, steps=2, expect=[0.76]),
            Case(curvature=np.array([1.0, 20.0]), w=np.ones(2), rate=0.03, beta=0.9, steps=30),
            Case(curvature=np.array([2.0]), w=np.array([3.0]), rate=0.1, beta=0.0, steps=5, expect=[3 * 0.8**5]),
        ],
        probe=_on_a_valley,
        given=_momentum(kept=False),
        hints=[
            "Print v before and after each step. What does a step know of the step before?",
            "v = 0 is the start of the walk, not of each step: it belongs above the loop.",
            "The rest was right: v = beta v - rate * gradient(w), with the whole gradient taken at w, then w + v.",
        ],
        mutants=[
            Mutant("an averaged v: a shorter step", _momentum(weight=0.0), hint=2),
            Mutant("that is Nesterov", _momentum(ahead=True), hint=2),
            Mutant("uphill", _momentum(sign=1.0), hint=2),
            Mutant("w is never moved", lambda gradient, w, rate, beta, steps: w, hint=2),
        ],
        reference=_momentum(),
    ),
    Exercise(
        "21.4",
        "A hundred gradients",
        cases=[Case(place=place, expect=AtMost(1e-6)) for place in PLACES],
        probe=_height,
        hints=[
            "Steps along the gradient need far more than a hundred here, tuned or not. What else tells the curvature?",
            "Two gradients tell how the slope changes from one point to the next: that is what BFGS collects.",
            "scratch.bfgs(start, value, gradient, max_steps=99).end, or scipy.optimize.minimize with jac=gradient.",
        ],
        mutants=[
            Mutant("plain descent", _walk(0.001), hint=0),
            Mutant("momentum", _walk(0.0005, beta=0.9), hint=0),
            Mutant("Adam", _walk(0.1, adaptive=True), hint=1),
            Mutant("a rate halved until it goes down", _halving, hint=1),
        ],
    ),
]
