"""Exercises of notebook 12, linear regression."""

import numpy as np

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _line(x, y):
    m = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return m, y.mean() - m * x.mean()


def _points(rng):
    x = rng.normal(3.0, 2.0, size=8)
    return {"x": x, "y": 2 * x - 5 + rng.normal(size=8)}


def _huber_slope(y, p, delta):
    return np.clip(p - y, -delta, delta) / len(y)


def _errors(rng):
    return {"y": rng.normal(size=7), "p": 3 * rng.normal(size=7), "delta": 1.5}


def _priced(price):
    """Ridge on [x, 1] where `price(d)` gives the penalty of each of the d weights and of the bias."""

    def fit(x, y, penalty):
        a = np.column_stack([x, np.ones(len(x))])
        v = np.linalg.solve(a.T @ a / len(y) + penalty * np.diag(price(x.shape[1])), a.T @ y / len(y))
        return v[:-1], v[-1]

    return fit


def _ridge_without_the_mean_of_x(x, y, penalty):
    w, _ = _priced(lambda d: [1.0] * d + [0.0])(x, y, penalty)
    return w, y.mean()


def _shifted(rng):
    x = rng.normal(size=(30, 3)) + np.array([4.0, 0.0, -2.0])
    return {"x": x, "y": x @ [1.0, 2.0, -1.0] + 50 + rng.normal(size=30), "penalty": rng.choice([0.1, 2.0, 1000.0])}


def _largest_penalty(x, y):
    return np.abs(x.T @ (y - y.mean())).max() / len(y)


def _typed(seed, share):
    """200 rows whose targets were typed with a 0 too many at a rate of `share`, and 500 clean rows."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(700, 4))
    y = x @ [30.0, -20.0, 10.0, 0.0] + 150 + 30 * rng.normal(size=700)
    spoilt = y[:200].copy()
    spoilt[: round(200 * share)] *= 10
    return {"x": x[:200], "y": spoilt, "x_new": x[200:], "y_new": y[200:]}


def _error_on_clean_rows(fit, x, y, x_new, y_new):
    answer = fit(x, y)
    if answer is None or answer is ...:
        return answer
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise ValueError("return two values: w (d,) and b")
    w, b = np.asarray(answer[0]), np.asarray(answer[1])
    if w.shape != x.shape[1:] or b.size != 1:
        raise ValueError(f"w has the shape {w.shape} and b {b.shape}, expected {x.shape[1:]} and one number")
    return np.mean(np.abs(x_new @ w + b.item() - y_new))


def _least_squares(x, y):
    v = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]
    return v[:-1], v[-1]


EXERCISES = [
    Exercise(
        "12.1",
        "The best line",
        cases=[
            Case(x=[0.0, 1.0, 2.0], y=[1.0, 3.0, 5.0], expect=(2.0, 1.0)),
            random_cases(seed=1, make=_points),
        ],
        hints=[
            "Take the means off x and y first. Which sum goes above the line, and whose variance below it?",
            "The line passes through the point of the means: mean(y) = m * mean(x) + c.",
            "np.cov divides by n - 1 and np.var by n: use plain sums for both, or the same divisor.",
        ],
        mutants=[
            Mutant(
                "divided by the variance of y",
                lambda x, y: (m := np.cov(x, y, ddof=0)[0, 1] / np.var(y), y.mean() - m * x.mean()),
                hint=0,
            ),
            Mutant("intercept is the mean of y", lambda x, y: (_line(x, y)[0], y.mean()), hint=1),
            Mutant(
                "two different divisors",
                lambda x, y: (m := np.cov(x, y)[0, 1] / np.var(x), y.mean() - m * x.mean()),
                hint=2,
            ),
        ],
        reference=_line,
    ),
    Exercise(
        "12.2",
        "The slope of Huber's loss",
        cases=[
            Case(y=[0.0, 0.0, 0.0, 0.0], p=[1.0, -1.0, 8.0, -8.0], delta=2.0, expect=[0.25, -0.25, 0.5, -0.5]),
            random_cases(seed=2, make=_errors),
        ],
        hints=[
            "With e = p - y: the slope of e^2 / 2 is e, that of delta * (|e| - delta / 2) is delta or -delta.",
            "A prediction that is too large must have a positive slope. Is your error p - y or y - p?",
            "The loss is a mean over n rows, so each row's slope is divided by n.",
        ],
        mutants=[
            Mutant(
                "no sign far out", lambda y, p, delta: np.where(np.abs(p - y) <= delta, p - y, delta) / len(y), hint=0
            ),
            Mutant("the wrong way", lambda y, p, delta: -_huber_slope(y, p, delta), hint=1),
            Mutant("not divided by n", lambda y, p, delta: np.clip(p - y, -delta, delta), hint=2),
        ],
        reference=_huber_slope,
    ),
    Exercise(
        "12.3",
        "A ridge that predicts 0 instead of the mean",
        cases=[
            Case(x=np.array([[-1.0], [1.0]]), y=np.array([9.0, 11.0]), penalty=1.0, expect=(np.array([0.5]), 10.0)),
            random_cases(seed=3, make=_shifted, n=4),
        ],
        given=_priced(lambda d: [1.0] * (d + 1)),
        hints=[
            "Which of the d + 1 numbers in v should be free of charge, and which entry of `price` is its own?",
            "The bias is the last entry, since the column of ones is the last column of a.",
            "If you centre instead: b = mean(y) - mean(x) @ w. Both means are needed.",
        ],
        mutants=[
            Mutant("nothing has a price", _priced(lambda d: [0.0] * (d + 1)), hint=0),
            Mutant("the first weight is free", _priced(lambda d: [0.0] + [1.0] * d), hint=1),
            Mutant("the mean of x forgotten", _ridge_without_the_mean_of_x, hint=2),
        ],
        reference=_priced(lambda d: [1.0] * d + [0.0]),
    ),
    Exercise(
        "12.4",
        "Where the lasso lets the first weight in",
        cases=[
            Case(x=np.array([[1.0], [2.0], [3.0]]), y=np.array([6.0, 4.0, 2.0]), expect=4 / 3),
            random_cases(seed=4, make=lambda rng: {"x": rng.normal(size=(9, 3)) + 2, "y": rng.normal(size=9) - 4}),
        ],
        hints=[
            "With all weights 0 the best bias is mean(y). What is left to explain is y - mean(y).",
            "A column may pull its weight up or down: both count alike.",
            "The loss is a mean over rows: the pull of column j is the mean of x_j times what is left.",
        ],
        mutants=[
            Mutant("mean of y left in", lambda x, y: np.abs(x.T @ y).max() / len(y), hint=0),
            Mutant("only pulls upwards", lambda x, y: (x.T @ (y - y.mean())).max() / len(y), hint=1),
            Mutant("a sum over rows", lambda x, y: np.abs(x.T @ (y - y.mean())).max(), hint=2),
        ],
        reference=_largest_penalty,
    ),
    Exercise(
        "12.5",
        "A fit that survives typing errors",
        cases=[
            Case(**_typed(seed=5, share=0.05), expect=AtMost(30.0)),
            Case(**_typed(seed=6, share=0.15), expect=AtMost(30.0)),
        ],
        probe=_error_on_clean_rows,
        hints=[
            "Squares let a row that is 1,350 off pull 45 times as hard as one that is 30 off. Which loss does not?",
            "Penalties make weights small; they do not tell a wrong target from a right one. Change the loss.",
            "The median ignores the typing errors, but use x too: gradient_descent with the slope of mae or huber, "
            "long steps first or a delta near 30.",
        ],
        mutants=[
            Mutant("least squares", _least_squares, hint=0),
            Mutant("ridge", lambda x, y: _priced(lambda d: [1.0] * d + [0.0])(x, y, 1.0), hint=1),
            Mutant("the median alone", lambda x, y: (np.zeros(x.shape[1]), np.median(y)), hint=2),
        ],
    ),
]
