"""Exercises of notebook 16, initialization."""

from itertools import pairwise

import numpy as np
from scipy.special import expit

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

ACTIVATIONS = {
    "swish": lambda z: z * expit(z),
    "softplus": lambda z: np.logaddexp(0, z),
    "relu": lambda z: np.maximum(z, 0),
}


def _fans(rng):
    return {"n_in": int(rng.integers(1, 900)), "n_out": int(rng.integers(1, 900))}


def _he(window=True, fan=2, slope=lambda s: 1 + s**2, root=np.sqrt):
    """He's standard deviation for a convolution and a leaky ReLU, and by its arguments the ways to get it wrong."""

    def sd(shape, negative):
        shape = np.asarray(shape)
        n = shape[-fan] * (np.prod(shape[:-2]) if window else 1)
        return root(2 / (slope(negative) * n))

    return sd


def _kernel(rng):
    return {"shape": rng.integers(1, 9, size=4), "negative": float(rng.uniform(0, 0.5))}


def _unit_variance(factor):
    """Rescale a kernel until its output has variance 1; `factor` of (z, w, a, step) is what it is divided by."""

    def scaled(w, a):
        for step in range(10):
            w = w / factor(a @ w, w, a, step)
        return w

    return scaled


def _layer(rng):
    return {"w": rng.uniform(0.2, 3) * rng.normal(size=(6, 4)), "a": rng.normal(size=(30, 6)) + 0.5}


def _worst_octaves(answer, activation, seed):
    """How far a variance of z strays from 1 in any of 40 layers, in factors of 2: max |log2 var(z)|."""
    rng, f = np.random.default_rng(seed), ACTIVATIONS[activation]
    x, sizes = rng.normal(size=(200, 30)), [30] + [40] * 40
    kernels = list(answer(f, x, sizes, np.random.default_rng(seed + 100)))
    shapes = list(pairwise(sizes))
    if [np.shape(w) for w in kernels] != shapes:
        raise ValueError(f"expected {len(shapes)} kernels of the shapes (30, 40), (40, 40), ..., got {len(kernels)}")
    if any(np.linalg.matrix_rank(w) < min(shape) for w, shape in zip(kernels, shapes, strict=True)):
        raise ValueError("a kernel has units that only repeat others: draw each weight by itself")
    if any((np.asarray(w) == 0).mean() > 0.5 for w in kernels):
        raise ValueError("most weights of a kernel are 0: draw every weight at random")
    worst, a = 0.0, x
    for w in kernels:
        z = a @ w
        worst, a = max(worst, abs(np.log2(z.var() + 1e-300))), f(z)
    return worst


def _start(gain=None, squash=True, root=np.sqrt, axis=None, draw=lambda rng, size: rng.normal(size=size)):
    """Random kernels: with a fixed gain / n_in as variance, or measured on the batch (along `axis`)."""

    def start(f, x, sizes, rng):
        a, kernels = x, []
        for n_in, n_out in pairwise(sizes):
            w = draw(rng, (n_in, n_out))
            w = w * np.sqrt(gain / n_in) if gain else w / root((a @ w).var(axis=axis))
            kernels.append(w)
            a = f(a @ w) if squash else a @ w
        return kernels

    return start


EXERCISES = [
    Exercise(
        "16.1",
        "The bound of Glorot's uniform form",
        cases=[
            Case(n_in=300, n_out=100, expect=np.sqrt(6 / 400)),
            Case(n_in=1, n_out=1, expect=np.sqrt(3)),
            random_cases(seed=1, make=_fans),
        ],
        hints=[
            "The variance is 2 / (n_in + n_out). What is the variance of a uniform draw between -c and c?",
            "It is c^2 / 3. Solve c^2 / 3 = 2 / (n_in + n_out) for c.",
            "c = sqrt(3 * variance): the root of the whole product.",
        ],
        mutants=[
            Mutant("the standard deviation itself", lambda n_in, n_out: np.sqrt(2 / (n_in + n_out)), hint=0),
            Mutant("width for half-width", lambda n, m: np.sqrt(24 / (n + m)), hint=0),
            Mutant("the fans averaged twice", lambda n_in, n_out: np.sqrt(3 / (n_in + n_out)), hint=1),
            Mutant("no root", lambda n_in, n_out: 6 / (n_in + n_out), hint=2),
        ],
        reference=lambda n_in, n_out: np.sqrt(6 / (n_in + n_out)),
    ),
    Exercise(
        "16.2",
        "He for a convolution and a leaky ReLU",
        cases=[
            Case(shape=np.array([3, 3, 32, 64]), negative=0.0, expect=np.sqrt(2 / 288)),
            Case(shape=np.array([1, 1, 50, 7]), negative=1.0, expect=np.sqrt(1 / 50)),
            random_cases(seed=2, make=_kernel),
        ],
        hints=[
            "How many numbers does one unit add up? Those of its whole window, in every input channel.",
            "E[f(z)^2] is half of var(z) from the positive side, and negative^2 times the other half.",
            "sd = sqrt(2 / ((1 + negative^2) * h * w * c_in)): a standard deviation, so take the root.",
        ],
        mutants=[
            Mutant("the window is not counted", _he(window=False), hint=0),
            Mutant("output channels counted", _he(fan=1), hint=0),
            Mutant("the slope is not squared", _he(slope=lambda s: 1 + s), hint=1),
            Mutant("the negative side left out", _he(slope=lambda s: 1.0), hint=1),
            Mutant("the variance", _he(root=lambda v: v), hint=2),
        ],
        reference=_he(),
    ),
    Exercise(
        "16.3",
        "Unit variance that never settles",
        cases=[Case(w=np.array([[2.0]]), a=np.array([[-1.0], [1.0]]), expect=[[1.0]]), random_cases(3, _layer)],
        given=_unit_variance(lambda z, w, a, step: z.var()),
        hints=[
            "Take w = 2 and inputs of variance 1 and follow three turns by hand: 2, then 1/2, then?",
            "Halving w makes the variance of z four times smaller. By what do you divide w so that the variance is "
            "divided by var(z)?",
            "Divide by z.std(). The variance is that of z about its mean, over all examples and units.",
        ],
        mutants=[
            Mutant("only the last turn divides", _unit_variance(lambda z, w, a, s: z.var() if s == 9 else 1), hint=0),
            Mutant("the weights' own spread", _unit_variance(lambda z, w, a, s: w.std() if w.size > 1 else 1), hint=1),
            Mutant("mean square for variance", _unit_variance(lambda z, *_: np.sqrt((z**2).mean())), hint=2),
            Mutant("each unit by itself", _unit_variance(lambda z, *_: z.std(axis=0)), hint=2),
        ],
        reference=_unit_variance(lambda z, w, a, step: z.std()),
    ),
    Exercise(
        "16.4",
        "A start for any activation",
        cases=[
            Case(activation="swish", seed=1, expect=AtMost(1.0)),
            Case(activation="softplus", seed=2, expect=AtMost(1.0)),
            Case(activation="relu", seed=3, expect=AtMost(1.0)),
        ],
        probe=_worst_octaves,
        hints=[
            "No formula of this lesson knows softplus. But you hold a batch x: send it through layer by layer.",
            "After each kernel is scaled, the next layer gets f(z), not z.",
            "Draw w, compute z = a @ w, divide w by z.std(), one number over all examples and units, go on with "
            "a = f(a @ w).",
        ],
        mutants=[
            Mutant("Glorot for everything", _start(gain=1.0), hint=0),
            Mutant("He for everything", _start(gain=2.0), hint=0),
            Mutant("the activation left out", _start(squash=False), hint=1),
            Mutant("divided by the variance", _start(root=lambda v: v), hint=2),
            Mutant("each unit by itself", _start(axis=0), hint=2),
            Mutant("the identity, scaled", _start(draw=lambda rng, size: np.eye(*size)), hint=2),
        ],
        reference=_start(),
    ),
]
