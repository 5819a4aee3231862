"""Exercises of notebook 36, residual nets."""

import numpy as np

from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _relu(x):
    return np.maximum(x, 0)


def _centre(x):
    """A branch with both signs: what stands out from the mean of the example."""
    return 2 * (np.mean(x, axis=-1, keepdims=True) - x)


def _shortcut(pixel=0, front=False, shrink=None, fill=np.zeros_like):
    """Option A, and by its arguments the ways to get it wrong."""

    def widened(x, filters):
        x = shrink(x) if shrink else x[:, pixel::2, pixel::2]
        missing = filters - x.shape[-1]
        new = fill(np.repeat(x[..., :1], missing, axis=-1))
        return np.concatenate([new, x] if front else [x, new], axis=-1)

    return widened


def _mean_of_squares(x):
    return x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).mean((2, 4))


def _maps(rng):
    return {"x": rng.normal(size=(2, 6, 4, 3)), "filters": int(rng.integers(4, 9))}


def _bottleneck(inner=lambda c: c // 4, last=True, places=True):
    """Multiply-adds of a bottleneck, and by its arguments the ways to miscount."""

    def macs(h, w, c):
        n = inner(c)
        return (h * w if places else 1) * (c * n + 9 * n * n + (n * c if last else 0))

    return macs


def _back(rule):
    """The way back through y = relu(x + F(x)); `rule` joins the slope at the sum and what F sends back."""

    def slope(dy, y, branch):
        return rule(dy, dy * (y > 0), branch)

    return slope


def _linear(rng):
    """A branch F(x) = x W on examples (5, 4): its way back is d -> d W^T."""
    x, w = rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
    return {"dy": rng.normal(size=(5, 4)), "y": _relu(x + x @ w), "w": w}


def _standardised(z):
    return (z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5)


def _quiet_start(answer, blocks, seed):
    """How far `blocks` fresh blocks move what they are given, and where gradient descent can begin."""
    rng, d = np.random.default_rng(seed), 12
    x = before = np.abs(rng.normal(size=(60, d)))
    slopes = []
    for _ in range(blocks):
        w1, w2, gamma, beta = (np.asarray(part, float) for part in answer(d, rng))
        shapes = [part.shape for part in (w1, w2, gamma, beta)]
        if shapes != [(d, d), (d, d), (d,), (d,)]:
            raise ValueError(f"expected the shapes [({d}, {d}), ({d}, {d}), ({d},), ({d},)], got {shapes}")
        z = _standardised(_relu(_standardised(x @ w1)) @ w2)
        slopes.append(np.abs((rng.normal(size=z.shape) * z).sum(0)))  # of a loss with random slopes, in gamma
        x = _relu(x + gamma * z + beta)
    return {"moved": np.abs(x - before).max(), "share of gamma with a slope": (np.array(slopes) > 1e-3).mean()}


def _start(gamma=0.0, beta=0.0, second=1.0):
    def start(d, rng):
        w1, w2 = rng.normal(size=(2, d, d)) * np.sqrt(2 / d)
        return w1, second * w2, np.full(d, gamma), np.full(d, beta)

    return start


_QUIET = {"moved": AtMost(1e-6), "share of gamma with a slope": AtLeast(0.9)}

EXERCISES = [
    Exercise(
        "36.1",
        "A residual block",
        cases=[
            Case(x=np.array([[3.0, 0.0, 0.0]]), branch=_centre, expect=[[0.0, 2.0, 2.0]]),
            Case(x=np.array([[1.0, 2.0]]), branch=np.zeros_like, expect=[[1.0, 2.0]]),
            random_cases(seed=1, make=lambda rng: {"x": _relu(rng.normal(size=(4, 5))), "branch": _centre}),
        ],
        hints=[
            "What does a block give whose branch is silent, F(x) = 0? Its input, not 0.",
            "Add first, then rectify: the ReLU stands on the sum.",
            "np.maximum(x + branch(x), 0)",
        ],
        mutants=[
            Mutant("no shortcut", lambda x, branch: _relu(branch(x)), hint=0),
            Mutant("the branch rectified, not the sum", lambda x, branch: x + _relu(branch(x)), hint=1),
            Mutant("nothing rectified", lambda x, branch: x + branch(x), hint=1),
            Mutant("the branch subtracted", lambda x, branch: _relu(x - branch(x)), hint=2),
        ],
        reference=lambda x, branch: _relu(x + branch(x)),
    ),
    Exercise(
        "36.2",
        "A shortcut without weights",
        cases=[
            Case(x=np.arange(4.0).reshape(1, 2, 2, 1) + 1, filters=2, expect=[[[[1.0, 0.0]]]]),
            random_cases(seed=2, make=_maps),
        ],
        hints=[
            "Option A computes nothing: it takes every second pixel as it is, beginning with the first.",
            "The channels that are missing are zeros. They come after those that are there.",
            "x[:, ::2, ::2], then np.pad or np.concatenate with zeros along the last axis.",
        ],
        mutants=[
            Mutant("squares averaged", _shortcut(shrink=_mean_of_squares), hint=0),
            Mutant("begins at the second pixel", _shortcut(pixel=1), hint=0),
            Mutant("zeros in front", _shortcut(front=True), hint=1),
            Mutant("a channel repeated", _shortcut(fill=lambda new: new), hint=1),
        ],
        reference=_shortcut(),
    ),
    Exercise(
        "36.3",
        "What a bottleneck costs",
        cases=[
            Case(h=56, w=56, c=256, expect=218_365_952.0),
            Case(h=1, w=1, c=4, expect=17.0),
            random_cases(
                seed=3, make=lambda rng: {"h": int(rng.integers(2, 9)), "w": 3, "c": 4 * int(rng.integers(1, 99))}
            ),
        ],
        hints=[
            "There are three convolutions: c to c/4, c/4 to c/4, c/4 to c. All three count.",
            "The 3x3 works on the narrow maps: its inputs and its filters are both c/4.",
            "h w (c n + 9 n n + n c) with n = c // 4: each place of the map pays for each weight.",
        ],
        mutants=[
            Mutant("the last 1x1 forgotten", _bottleneck(last=False), hint=0),
            Mutant("half as wide, not a quarter", _bottleneck(inner=lambda c: c // 2), hint=1),
            Mutant("a 3x3 at full width", lambda h, w, c: h * w * (c * (c // 4) * 2 + 9 * c * c), hint=1),
            Mutant("weights, not multiply-adds", _bottleneck(places=False), hint=2),
        ],
        reference=_bottleneck(),
    ),
    Exercise(
        "36.4",
        "The slope that takes only one way",
        cases=[
            Case(dy=np.array([[1.0, 1.0]]), y=np.array([[2.0, 0.0]]), w=np.eye(2), expect=[[2.0, 0.0]]),
            random_cases(seed=4, make=_linear),
        ],
        probe=lambda answer, dy, y, w: answer(dy, y, lambda d: d @ w.T),
        given=_back(lambda dy, at_sum, branch: branch(at_sum)),
        hints=[
            "x enters the sum twice. What is the slope of x + F(x) in x if F is silent?",
            "Both ways begin at the sum, behind the ReLU: where y is 0 nothing comes back on either.",
            "With ds = dy * (y > 0): return ds + branch(ds).",
        ],
        mutants=[
            Mutant("the shortcut goes round the ReLU", _back(lambda dy, at_sum, branch: dy + branch(at_sum)), hint=1),
            Mutant("the ReLU left out", _back(lambda dy, at_sum, branch: dy + branch(dy)), hint=1),
            Mutant("only the shortcut", _back(lambda dy, at_sum, branch: at_sum), hint=0),
            Mutant("the shortcut through F as well", _back(lambda dy, at_sum, b: b(at_sum + b(at_sum))), hint=2),
        ],
        reference=_back(lambda dy, at_sum, branch: at_sum + branch(at_sum)),
    ),
    Exercise(
        "36.5",
        "A deep start that changes nothing",
        cases=[Case(blocks=1, seed=1, expect=_QUIET), Case(blocks=60, seed=2, expect=_QUIET)],
        probe=_quiet_start,
        hints=[
            "The branch must give 0. Which of the four can make it 0 whatever the others are?",
            "gamma learns from the normed map. If a kernel is 0, that map is 0, and gamma has no slope.",
            "Kernels drawn as ever (He), gamma = np.zeros(d), beta = np.zeros(d).",
        ],
        mutants=[
            Mutant("gamma 1, as ever", _start(gamma=1.0), hint=0),
            Mutant("small, not 0", _start(gamma=0.01), hint=0),
            Mutant("the second kernel 0", _start(second=0.0), hint=1),
            Mutant("beta left at 1", _start(beta=1.0), hint=2),
        ],
        reference=_start(),
    ),
]
