"""Exercises of notebook 22, learning-rate schedules."""

from functools import cache

import numpy as np

from dlcourse import datasets
from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

TOTAL, ORDERS = 3000, 3  # steps, and orders of the examples, of exercise 22.5


def _decay(epoch_of=lambda step, steps: step // steps):
    """Inverse-time decay by what counts as the epoch."""
    return lambda step, first, decay, steps: first / (1 + decay * epoch_of(np.asarray(step), steps))


def _triangle(step, base, peak, step_size):
    place = np.asarray(step) % (2 * step_size)
    return base + (peak - base) * np.minimum(place, 2 * step_size - place) / step_size


def _saw(step, base, peak, step_size):
    return base + (peak - base) * (np.asarray(step) % step_size) / step_size


def _triangular2(step, base, peak, step_size):
    return base + (_triangle(step, base, peak, step_size) - base) / 2.0 ** (np.asarray(step) // (2 * step_size))


def _walk(n):
    return lambda rng: {
        "step": rng.integers(0, 200, size=n),
        "base": 0.01,
        "peak": float(rng.uniform(0.1, 1)),
        "step_size": int(rng.integers(5, 30)),
    }


def _sgdr(advance):
    """SGDR by what happens at the end of a cycle: (step, length, first_steps, t_mult) -> step, length"""

    def rate(step, peak, first_steps, t_mult):
        length = first_steps
        while step >= length:
            step, length = advance(step, length, first_steps, t_mult)
        return peak * (1 + np.cos(np.pi * step / length)) / 2

    return rate


def _given(step, peak, first_steps, t_mult):
    """The function that the notebook hands out: with t_mult > 1 it counts from step 0 in every cycle."""
    length = first_steps
    if t_mult == 1:
        step = step % length
    while step >= length:
        length = length * t_mult
    return peak * (1 + np.cos(np.pi * step / length)) / 2


def _late(step, peak, first_steps, t_mult):
    length = first_steps
    while step > length:
        step, length = step - length, length * t_mult
    return peak * (1 + np.cos(np.pi * step / length)) / 2


def _holm(rising=True, capped=True, ordered=True, weights=lambda m: np.arange(m, 0, -1)):
    """Holm's correction, and by its arguments the ways to get it wrong."""

    def correct(p):
        p = np.asarray(p, dtype=float)
        places = np.argsort(p, kind="stable")
        found = p[places] * weights(len(p))
        found = np.maximum.accumulate(found) if rising else found
        found = np.minimum(found, 1) if capped else found
        back = np.empty_like(found)
        back[places] = found
        return back if ordered else found

    return correct


@cache
def _diabetes():
    """Inputs with a column of ones (n, 11), targets (n,) of variance 1, the least mean squared error."""
    (x, y), _ = datasets.diabetes(standardise=True)
    a, y = np.c_[x, np.ones(len(x))].astype(float), (y - y.mean()) / y.std()
    best = np.linalg.lstsq(a, y, rcond=None)[0]
    return a, y, ((a @ best - y) ** 2).mean()


def _excess(answer):
    """How far SGD with this schedule ends above the least loss, in per cent: the mean over three orders."""
    a, y, least = _diabetes()
    rates = np.array([float(answer(step, TOTAL)) for step in range(TOTAL)])
    if not np.isfinite(rates).all() or (rates < 0).any():
        raise ValueError("every rate has to be a finite number, 0 or above")
    above = []
    for seed in range(ORDERS):
        w = np.zeros(a.shape[1])
        for rate, i in zip(rates, np.random.default_rng(seed).integers(len(a), size=TOTAL), strict=True):
            w = w - rate * (a[i] @ w - y[i]) * a[i]
            if not np.isfinite(w).all() or np.abs(w).max() > 1e6:
                return float("inf")
        above.append(100 * (((a @ w - y) ** 2).mean() / least - 1))
    return float(np.mean(above))


EXERCISES = [
    Exercise(
        "22.1",
        "Inverse-time decay, epoch by epoch",
        cases=[
            Case(
                step=np.array([0, 17, 18, 36, 54, 72]),
                first=0.2,
                decay=1.0,
                steps_per_epoch=18,
                expect=np.array([0.2, 0.2, 0.1, 0.2 / 3, 0.05, 0.04]),
            ),
            Case(step=np.arange(40), first=1.0, decay=0.5, steps_per_epoch=10),
        ],
        hints=[
            "In which epoch is a step? With 18 steps an epoch, steps 0 to 17 are in epoch 0.",
            "epoch = step // steps_per_epoch: whole epochs only, so that the rate is a staircase.",
            "first / (1 + decay * (step // steps_per_epoch))",
        ],
        mutants=[
            Mutant("the step for the epoch", _decay(lambda step, steps: step), hint=0),
            Mutant("epochs counted from 1", _decay(lambda step, steps: step // steps + 1), hint=0),
            Mutant("falls within the epoch", _decay(lambda step, steps: step / steps), hint=1),
            Mutant(
                "exponential",
                lambda step, first, decay, steps: first * np.exp(-decay * (np.asarray(step) // steps)),
                hint=2,
            ),
        ],
        reference=_decay(),
    ),
    Exercise(
        "22.2",
        "A triangle",
        cases=[
            Case(
                step=np.array([0, 2, 4, 6, 8, 10]),
                base=0.1,
                peak=0.5,
                step_size=4,
                expect=np.array([0.1, 0.3, 0.5, 0.3, 0.1, 0.3]),
            ),
            random_cases(seed=1, make=_walk(40)),
        ],
        hints=[
            "A cycle is up and down: 2 * step_size steps. Where in its cycle is a step?",
            "place = step % (2 * step_size). The height is the distance to the nearer end of the cycle.",
            "base + (peak - base) * minimum(place, 2 * step_size - place) / step_size",
        ],
        mutants=[
            Mutant("step_size as the whole cycle", lambda s, b, p, n: _triangle(s, b, p, n / 2), hint=0),
            Mutant("begins at the peak", lambda s, b, p, n: _triangle(np.asarray(s) + n, b, p, n), hint=1),
            Mutant("a saw", _saw, hint=0),
            Mutant("triangular2", _triangular2, hint=2),
        ],
        reference=_triangle,
    ),
    Exercise(
        "22.3",
        "Restarts that do not come up",
        cases=[
            Case(step=4, peak=0.8, first_steps=4, t_mult=2, expect=0.8),
            Case(step=8, peak=0.8, first_steps=4, t_mult=2, expect=0.4),
            Case(step=12, peak=0.8, first_steps=4, t_mult=2, expect=0.8),
            Case(step=11, peak=0.8, first_steps=4, t_mult=2),
            Case(step=25, peak=0.5, first_steps=5, t_mult=3),
            Case(step=13, peak=1.0, first_steps=6, t_mult=1),
        ],
        given=_given,
        hints=[
            "With first_steps=4 and t_mult=2 the cycles are steps 0 to 3, 4 to 11, 12 to 27. What are `step` and "
            "`length` in the last line at step 4?",
            "The cosine wants the steps since the last restart: take away the length of each finished cycle, before "
            "the next one grows.",
            "while step >= length: step, length = step - length, length * t_mult",
        ],
        mutants=[
            Mutant("grows first", _sgdr(lambda s, n, first, m: (s - n * m, n * m)), hint=1),
            Mutant("never grows", _sgdr(lambda s, n, first, m: (s - n, n)), hint=0),
            Mutant("grows by a sum", _sgdr(lambda s, n, first, m: (s - n, n + first * (m - 1))), hint=2),
            Mutant("a step too late", _late, hint=2),
        ],
        reference=_sgdr(lambda s, n, first, m: (s - n, n * m)),
    ),
    Exercise(
        "22.4",
        "Holm's correction",
        cases=[
            Case(p=np.array([0.03, 0.001, 0.02]), expect=np.array([0.04, 0.003, 0.04])),
            Case(p=np.array([0.04, 0.9, 0.6]), expect=np.array([0.12, 1.0, 1.0])),
            random_cases(seed=3, make=lambda rng: {"p": rng.random(12) ** 3}),
        ],
        hints=[
            "Sort first: the smallest gets the factor m, the next m - 1, the largest 1.",
            "0.03 * 1 would be less than 0.02 * 2 before it: np.maximum.accumulate keeps them from falling. Cap at 1.",
            "Put the results back where their p-values stood: result[np.argsort(p)] = corrected.",
        ],
        mutants=[
            Mutant("Bonferroni", _holm(weights=lambda m: np.full(m, m)), hint=0),
            Mutant("factors the wrong way", _holm(weights=lambda m: np.arange(1, m + 1)), hint=0),
            Mutant("may fall", _holm(rising=False), hint=1),
            Mutant("above 1", _holm(capped=False), hint=1),
            Mutant("left in sorted order", _holm(ordered=False), hint=2),
        ],
        reference=_holm(),
    ),
    Exercise(
        "22.5",
        "Better than any constant rate",
        cases=[Case(expect=AtMost(1.0))],
        probe=_excess,
        hints=[
            "Fast first, quiet later. A constant 0.001 is a compromise; begin several times above it, end below it.",
            "A straight line from 0.01 stays high for too long. Fall by a factor: first * ratio ** (step / total).",
            "0.03 * 0.01 ** (step / total)",
        ],
        mutants=[
            Mutant("the best constant", lambda step, total: 0.0012, hint=0),
            Mutant("a high constant", lambda step, total: 0.02, hint=0),
            Mutant("rising", lambda step, total: 0.02 * step / total, hint=0),
            Mutant("a line from too high up", lambda step, total: 0.03 * (1 - step / total), hint=1),
            Mutant("begins at 1", lambda step, total: 1 / (step + 1), hint=2),
        ],
    ),
]
