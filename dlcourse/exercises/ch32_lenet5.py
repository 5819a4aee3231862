"""Exercises of notebook 32, LeNet-5."""

import numpy as np
from scipy.linalg import hadamard
from scipy.special import logsumexp

from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _counts(bias=1, shrink=1, shared=True):
    """Parameters and connections of a convolution, and by its arguments the ways to miscount them."""

    def count(n, k, c, f):
        side = n - k + shrink
        parameters = (k * k * c + bias) * f
        connections = parameters * side * side
        return (parameters, connections) if shared else (connections, connections)

    return count


def _connections_without_bias(n, k, c, f):
    return (k * k * c + 1) * f, k * k * c * f * (n - k + 1) ** 2


def _subsample(x, combine, after=lambda total, a, b: a * total + b):
    b, h, w, c = x.shape
    return lambda a, bias: after(combine(x.reshape(b, h // 2, 2, w // 2, 2, c), (2, 4)), a, bias)


def _summed(x, a, b):
    return _subsample(x, np.sum)(a, b)


def _maps(rng):
    return {"x": rng.normal(size=(2, 6, 4, 3)), "a": rng.normal(size=3), "b": rng.normal(size=3)}


def _ring(step=1, extra=0, transpose=False, wrap=True):
    """Output map f sees `size` neighbours from input map f on, in a ring of n maps."""

    def table(n, size):
        grid = np.zeros((n, n), int)
        for f in range(n):
            for i in range(size + extra):
                c = f + step * i
                if wrap or 0 <= c < n:
                    grid[c % n, f] = 1
        return grid.T if transpose else grid

    return table


def _criterion(axis=1, sign=-1.0, rubbish=True, mean=False):
    """Equation 9 for a batch, and by its arguments the ways to get it wrong."""

    def loss(d, y, j):
        own = d[np.arange(len(d)), y.astype(int)]
        scores = np.c_[sign * d, np.full(len(d), sign * j)] if rubbish else sign * d
        total = logsumexp(scores, axis=axis)
        return own + total - (np.log(scores.shape[1]) if mean else 0.0)

    return loss


def _penalties(rng):
    return {"d": rng.uniform(0, 6, size=(5, 10)), "y": rng.integers(10, size=5), "j": 2.0}


def _least_distance(codes):
    """In how many places the two nearest of ten codes of 20 differ; what is no such code is refused in words."""
    codes = np.asarray(codes, float)
    if codes.shape != (10, 20):
        raise ValueError(f"expected ten codes of twenty numbers, (10, 20), got shape {codes.shape}")
    if not np.isin(codes, (-1, 1)).all():
        raise ValueError("expected +1 and -1 only")
    differ = (codes[:, None] != codes).sum(axis=-1)
    return int(differ[~np.eye(10, dtype=bool)].min())


def _repeated(rows):
    return np.concatenate([rows] * 5, axis=1)[:, :20]


_BINARY = np.array([[1 if k >> bit & 1 else -1 for bit in range(4)] for k in range(10)])
_ONE_HOT = np.where(np.arange(20) == np.arange(10)[:, None], 1, -1)
_RANDOM = np.random.default_rng(0).choice([-1, 1], size=(10, 20))
_HADAMARD = np.concatenate([hadamard(16)[:10], hadamard(16)[:10, 1:5]], axis=1)


EXERCISES = [
    Exercise(
        "32.1",
        "Parameters and connections",
        cases=[
            Case(n=32, k=5, c=1, f=6, expect=(156, 122304)),
            Case(n=5, k=5, c=16, f=120, expect=(48120, 48120)),
            Case(n=14, k=3, c=2, f=4, expect=(76, 10944)),
        ],
        hints=[
            "One filter reads k x k pixels of each of the c maps, and has one bias.",
            "The filters are shared by all places: parameters do not grow with the image, connections do.",
            "A window of k fits into n pixels at n - k + 1 places along each axis; the bias is a connection too.",
        ],
        mutants=[
            Mutant("no bias", _counts(bias=0), hint=0),
            Mutant("no sharing", _counts(shared=False), hint=1),
            Mutant("one place too few", _counts(shrink=0), hint=2),
            Mutant("bias not connected", _connections_without_bias, hint=2),
        ],
    ),
    Exercise(
        "32.2",
        "Subsampling with a coefficient",
        cases=[
            Case(
                x=np.arange(4.0).reshape(1, 2, 2, 1),
                a=np.array([0.5]),
                b=np.array([1.0]),
                expect=np.full((1, 1, 1, 1), 4.0),
            ),
            random_cases(seed=1, make=_maps),
        ],
        hints=[
            "The four inputs of a window are added. Neither their mean nor their largest is taken.",
            "First the coefficient times the sum, then the bias; both are one number a map, along the last axis.",
            "x.reshape(b, h // 2, 2, w // 2, 2, c).sum(axis=(2, 4)) adds up each window of 2 x 2.",
        ],
        mutants=[
            Mutant("the mean", lambda x, a, b: _subsample(x, np.mean)(a, b), hint=0),
            Mutant("the largest", lambda x, a, b: _subsample(x, np.max)(a, b), hint=0),
            Mutant("bias inside", lambda x, a, b: _subsample(x, np.sum, lambda t, a, b: a * (t + b))(a, b), hint=1),
            Mutant("columns alone", lambda x, a, b: a * (x[:, :, ::2] + x[:, :, 1::2]) + b, hint=2),
        ],
        reference=_summed,
    ),
    Exercise(
        "32.3",
        "A table for sparse connections",
        cases=[
            Case(n=4, size=2, expect=np.array([[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])),
            Case(n=6, size=3),
            Case(n=6, size=4),
        ],
        hints=[
            "A row for each input map, a column for each output map: table[c, f] = 1 where map f sees map c.",
            "Output map f sees the input maps f, f + 1, ..., f + size - 1: exactly `size` of them.",
            "After the last map comes the first again: take (f + i) % n.",
        ],
        mutants=[
            Mutant("rows and columns swapped", _ring(transpose=True), hint=0),
            Mutant("one neighbour too many", _ring(extra=1), hint=1),
            Mutant("no way around", _ring(wrap=False), hint=2),
        ],
        reference=_ring(),
    ),
    Exercise(
        "32.4",
        "A loss that minds its neighbours",
        cases=[
            Case(d=np.array([[1.0, 3.0], [3.0, 1.0]]), y=np.array([0, 0]), j=2.0),
            random_cases(seed=4, make=_penalties),
        ],
        given=_criterion(axis=None),
        hints=[
            "Give it one row, then the same row twice. The sum of e^-d runs over the classes of one example, not over "
            "the batch.",
            "A small distance is a good sign: what is summed is e^-d and e^-j, not e^d.",
            "It is a sum, not a mean, over the classes and one more term e^-j: logsumexp(np.c_[-d, ...], axis=1).",
        ],
        mutants=[
            Mutant("added over the batch", lambda d, y, j: np.full(len(d), _criterion()(d, y, j).sum()), hint=0),
            Mutant("wrong sign", _criterion(sign=1.0), hint=1),
            Mutant("no rubbish class", _criterion(rubbish=False), hint=2),
            Mutant("a mean of classes", _criterion(mean=True), hint=2),
        ],
        reference=_criterion(),
    ),
    Exercise(
        "32.5",
        "Codes that forgive errors",
        cases=[Case(expect=AtLeast(8))],
        probe=_least_distance,
        hints=[
            "One +1 a row, as in one-hot labels, makes any two codes differ in 2 places only, however long they are.",
            "Numbers in binary, repeated, differ in as many places as they have repeats where one bit differs: 5.",
            "Rows of a Hadamard matrix differ in half their places: scipy.linalg.hadamard(16) has 16 of length 16. Or "
            "draw many codes at random and keep one at a time if it is far from all you have.",
        ],
        mutants=[
            Mutant("one-hot", _ONE_HOT, hint=0),
            Mutant("binary digits repeated", _repeated(_BINARY), hint=1),
            Mutant("drawn once at random", _RANDOM, hint=2),
        ],
        reference=_HADAMARD,
    ),
]
