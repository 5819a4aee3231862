"""Exercises of notebook 13, linear classification."""

import numpy as np
from scipy.special import expit, log_softmax

from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

LARGE = np.array([[1000.0, 1001.0, 1002.0], [0.0, -1000.0, 3.0], [-2000.0, -2000.0, -2000.0]])


def _log_probabilities(z):
    return log_softmax(z, axis=1)


def _naive(z):
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def _step(scaled=True, sign=1.0, bias=True, target=lambda y, k: np.eye(k)[y.astype(int)]):
    """A step of softmax regression, and by its arguments the ways to get it wrong."""

    def step(x, y, w, b, rate):
        error = np.exp(log_softmax(x @ w + b, axis=1)) - target(y, len(b))  # (n, k)
        error = sign * error / (len(y) if scaled else 1)
        return w - rate * x.T @ error, b - rate * error.sum(axis=0) * bias

    return step


def _classes(rng):
    x, y = rng.normal(size=(7, 3)), rng.integers(4, size=7)
    return {"x": x, "y": y, "w": rng.normal(size=(3, 4)), "b": rng.normal(size=4), "rate": 0.3}


def _hinge(total=np.sum, own=0.0):
    """Weston-Watkins with what the true class adds, and how the classes are put together."""

    def loss(y, s):
        rows, y = np.arange(len(y)), y.astype(int)
        gap = np.maximum(0, 1 + s - s[rows, y][:, None])
        gap[rows, y] = own
        return total(gap, axis=1)

    return loss


def _patients(seed):
    """Training and new rows of a disease that 1 in 20 has; three of four measurements are shifted for the ill."""
    rng = np.random.default_rng(seed)

    def draw(n):
        y = (rng.random(n) < 0.05).astype(int)
        return rng.normal(size=(n, 4)) + np.outer(y, [1.2, 1.0, 0.6, 0.0]), y

    return *draw(6000), *draw(6000)


def _f1_on_new(answer, seed):
    """F1 of the answer's names for the new patients; what is not a row of 0 and 1 scores 0."""
    x, y, x_new, y_new = _patients(seed)
    named = np.asarray(answer(x, y, x_new))
    if named.shape != y_new.shape:
        raise ValueError(f"expected one 0 or 1 for each of the {len(y_new)} new rows, got shape {named.shape}")
    if not np.isin(named, (0, 1)).all():
        raise ValueError("expected only 0 and 1, got other numbers: are these probabilities?")
    hits = (named * y_new).sum()
    return 2 * hits / max(1, named.sum() + y_new.sum())


def _classifier(cut):
    """Logistic regression by Newton's method, cut where `cut(probabilities, labels)` of the training rows says."""

    def name(x, y, x_new):
        x, x_new = (np.c_[rows, np.ones(len(rows))] for rows in (x, x_new))
        w = np.zeros(x.shape[1])
        for _ in range(12):
            p = expit(x @ w)
            w = w + np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (y - p))
        return (expit(x_new @ w) >= cut(expit(x @ w), y)).astype(int)

    return name


def _best_cut(p, y):
    cuts = np.linspace(0.02, 0.6, 59)
    return cuts[np.argmax([2 * y[p >= cut].sum() / max(1, (p >= cut).sum() + y.sum()) for cut in cuts])]


EXERCISES = [
    Exercise(
        "13.1",
        "A logarithm of softmax that stands large scores",
        cases=[
            Case(z=np.log([[0.2, 0.7, 0.1]]), expect=np.log([[0.2, 0.7, 0.1]])),
            Case(z=LARGE),
            random_cases(seed=1, make=lambda rng: {"z": 5 * rng.normal(size=(4, 6))}),
        ],
        hints=[
            "log(e^z / sum) is z - log(sum): no quotient is needed, but a logarithm is.",
            "e^1000 is infinite. Take the largest score of each row off first; that changes no probability.",
            "Rows are examples: maximum and sum go over axis 1, with keepdims=True.",
        ],
        mutants=[
            Mutant("the logarithm is missing", lambda z: np.exp(log_softmax(z, axis=1)), hint=0),
            Mutant("nothing taken off", _naive, hint=1),
            Mutant("over the whole array", lambda z: log_softmax(z), hint=2),
            Mutant("over the examples", lambda z: log_softmax(z, axis=0), hint=2),
        ],
        reference=_log_probabilities,
    ),
    Exercise(
        "13.2",
        "A step of softmax regression",
        cases=[
            Case(
                x=np.array([[1.0, 2.0]]),
                y=np.array([1]),
                w=np.zeros((2, 2)),
                b=np.zeros(2),
                rate=1.0,
                expect=(np.array([[-0.5, 0.5], [-1.0, 1.0]]), np.array([-0.5, 0.5])),
            ),
            random_cases(seed=2, make=_classes),
        ],
        hints=[
            "The slope in the scores is p - y, with y as one-hot rows; downhill means minus.",
            "dL/dW is x^T (p - y): shapes (d, n) times (n, k). The loss is a mean, so divide by n.",
            "The bias has the slope of a weight whose input is 1: the mean of p - y over the batch.",
        ],
        mutants=[
            Mutant("uphill", _step(sign=-1.0), hint=0),
            Mutant("y as a number, not a row", _step(target=lambda y, k: y[:, None]), hint=0),
            Mutant("summed, not averaged", _step(scaled=False), hint=1),
            Mutant("bias stays", _step(bias=False), hint=2),
        ],
        reference=_step(),
    ),
    Exercise(
        "13.3",
        "A perfect classifier that pays 1",
        cases=[
            Case(y=np.array([2, 0]), s=np.array([[0.0, 1.0, 9.0], [8.0, -3.0, 2.0]]), expect=[0.0, 0.0]),
            Case(y=np.array([0]), s=np.array([[3.0, 2.5, 2.75]]), expect=[1.25]),
            random_cases(seed=3, make=lambda rng: {"y": rng.integers(5, size=8), "s": 2 * rng.normal(size=(8, 5))}),
        ],
        given=_hinge(own=1.0),
        hints=[
            "Put the true class itself into max(0, 1 + s_j - s_y). What does it add, whatever the scores are?",
            "The sum runs over the wrong classes: all of them that come too close, not only the worst, and no mean.",
            "Name the violations gap = np.maximum(...), then set gap[np.arange(len(y)), y] = 0 before the sum.",
        ],
        mutants=[
            Mutant(
                "the margin is gone too", lambda y, s: (s - s[np.arange(len(y)), y][:, None]).clip(0).sum(1), hint=0
            ),
            Mutant("the worst class only", _hinge(total=np.max), hint=1),
            Mutant("a mean over classes", _hinge(total=np.mean), hint=1),
            Mutant("1 taken off twice", _hinge(own=-1.0), hint=2),
        ],
        reference=_hinge(),
    ),
    Exercise(
        "13.4",
        "Name the ill, 1 in 20",
        cases=[Case(seed=15, expect=AtLeast(0.4)), Case(seed=23, expect=AtLeast(0.4))],
        probe=_f1_on_new,
        hints=[
            "F1 is 0 if you find nobody, and about 0.1 if you name everybody. You need a probability for each patient.",
            "One half is too high a threshold where 1 in 20 is ill; 1 in 20, which is what class_weight='balanced' "
            "amounts to, is too low.",
            "Fit fit_logistic on the training rows, try thresholds from 0.05 to 0.5 on them, keep the one of best F1.",
        ],
        mutants=[
            Mutant("nobody is ill", lambda x, y, x_new: np.zeros(len(x_new), int), hint=0),
            Mutant("everybody is ill", lambda x, y, x_new: np.ones(len(x_new), int), hint=0),
            Mutant("threshold of one half", _classifier(lambda p, y: 0.5), hint=1),
            Mutant("threshold of 1 in 20", _classifier(lambda p, y: 0.05), hint=1),
        ],
        reference=_classifier(_best_cut),
    ),
]
