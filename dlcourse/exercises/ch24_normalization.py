"""Exercises of notebook 24, normalization."""

import numpy as np

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _batch_norm(axes=(0, 1, 2), inverse=lambda v, e: 1 / np.sqrt(v + e), ddof=0):
    """Normalised feature maps, and by the arguments the ways to get them wrong."""

    def answer(x, epsilon):
        x_hat = x - x.mean(axes, keepdims=True)
        return x_hat * inverse(x.var(axes, keepdims=True, ddof=ddof), epsilon)

    return answer


def _maps(rng):
    return {"x": rng.normal(3, 2, size=(2, 2, 3, 2)), "epsilon": 0.1}


def _infer(swapped=False, own=False, start=1.0, ddof=0):
    """Inference after some batches, right and wrong."""

    def answer(batches, x, momentum, epsilon):
        keep = 1 - momentum if swapped else momentum
        mean, variance = np.zeros(x.shape[1]), np.full(x.shape[1], start)
        for batch in batches:
            mean = keep * mean + (1 - keep) * batch.mean(axis=0)
            variance = keep * variance + (1 - keep) * batch.var(axis=0, ddof=ddof)
        if own:
            mean, variance = x.mean(axis=0), x.var(axis=0)
        return (x - mean) / np.sqrt(variance + epsilon)

    return answer


def _run(rng):
    return {"batches": rng.normal(2, 3, size=(3, 4, 2)), "x": rng.normal(2, 3, size=(3, 2)), "momentum": 0.8,
            "epsilon": 0.01}  # fmt: skip


def _backward(shift=True, stretch=True, scale=True):
    """The slope in x, with or without the parts that come through the mean, the variance and gamma."""

    def answer(dy, x, gamma, epsilon):
        inverse = 1 / np.sqrt(x.var(axis=0) + epsilon)
        x_hat = (x - x.mean(axis=0)) * inverse
        d = dy * gamma if scale else dy
        return inverse * (d - shift * d.mean(axis=0) - stretch * x_hat * (d * x_hat).mean(axis=0))

    return answer


def _slopes(rng):
    return {"dy": rng.normal(1, 2, size=(4, 3)), "x": rng.normal(2, 3, size=(4, 3)), "gamma": rng.uniform(0.5, 2, 3),
            "epsilon": 0.01}  # fmt: skip


def _fold(bias_of=lambda bias, norm, factor: norm["beta"] + (bias - norm["mean"]) * factor, epsilon=True, root=True):
    """One convolution for two layers, right and wrong."""

    def answer(kernel, bias, norm):
        spread = norm["variance"] + (norm["epsilon"] if epsilon else 0.0)
        factor = norm["gamma"] / (np.sqrt(spread) if root else spread)
        return kernel * factor, bias_of(bias, norm, factor)

    return answer


def _convolved(x, kernel, bias):
    """x (h, w, c_in) with a kernel (2, 2, c_in, c), without padding -> (h - 1, w - 1, c)"""
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(0, 1))  # (h - 1, w - 1, c_in, 2, 2)
    return np.einsum("hwiab,abio->hwo", windows, kernel) + bias


def _outputs(answer, seed):
    """What the folded convolution gives on a random input."""
    rng = np.random.default_rng(seed)
    x, kernel, bias = rng.normal(size=(4, 4, 2)), rng.normal(size=(2, 2, 2, 3)), rng.normal(size=3)
    norm = {"gamma": rng.uniform(0.5, 2, 3), "beta": rng.normal(size=3), "mean": rng.normal(size=3),
            "variance": rng.uniform(0.5, 4, 3), "epsilon": 0.1}  # fmt: skip
    found = answer(kernel.copy(), bias.copy(), {name: np.copy(value) for name, value in norm.items()})
    if not isinstance(found, tuple | list) or [np.shape(part) for part in found] != [kernel.shape, bias.shape]:
        raise ValueError(f"return a kernel of the shape {kernel.shape} and a bias of the shape {bias.shape}")
    return _convolved(x, *found)


def _wanted(seed):
    return _outputs(_fold(), seed)


EXERCISES = [
    Exercise(
        "24.1",
        "Batch normalisation of feature maps",
        cases=[
            Case(x=np.array([1.0, 3.0]).reshape(2, 1, 1, 1), epsilon=0.0, expect=np.reshape([-1.0, 1.0], (2, 1, 1, 1))),
            random_cases(seed=1, make=_maps),
        ],
        hints=[
            "A feature map has one mean for all its places and all examples: axes 0, 1 and 2, with keepdims.",
            "epsilon is added to the variance, under the root: (x - mean) / sqrt(var + epsilon).",
            "The variance of batch normalisation divides by the count, not by the count less one: x.var(...) as it is.",
        ],
        mutants=[
            Mutant("a mean for every place", _batch_norm(axes=(0,)), hint=0),
            Mutant("epsilon beside the root", _batch_norm(inverse=lambda v, e: 1 / (np.sqrt(v) + e)), hint=1),
            Mutant("divided by the count less one", _batch_norm(ddof=1), hint=2),
        ],
        reference=_batch_norm(),
    ),
    Exercise(
        "24.2",
        "Moving averages and inference",
        cases=[
            Case(
                batches=np.array([[[1.0], [3.0]]]),
                x=np.array([[2.0]]),
                momentum=0.5,
                epsilon=3.0,
                expect=np.array([[0.5]]),
            ),
            random_cases(seed=2, make=_run),
        ],
        hints=[
            "The averages alone count in inference, not the mean of the rows that you are asked about.",
            "momentum is the share that is kept: average = momentum * average + (1 - momentum) * new.",
            "The variance starts at 1 and moves as the mean does, by the variance of each batch, divided by the count.",
        ],
        mutants=[
            Mutant("by the new rows' own mean", _infer(own=True), hint=0),
            Mutant("momentum the wrong way round", _infer(swapped=True), hint=1),
            Mutant("the variance starts at 0", _infer(start=0.0), hint=2),
            Mutant("variance by the count less one", _infer(ddof=1), hint=2),
        ],
        reference=_infer(),
    ),
    Exercise(
        "24.3",
        "The way back through batch normalisation",
        cases=[random_cases(seed=3, make=_slopes)],
        given=_backward(shift=False, stretch=False),
        hints=[
            "Each x moves the mean, and with it all outputs: take the mean of dy * gamma off.",
            "Each x moves the variance too: take off x_hat times the mean of dy * gamma * x_hat.",
            "y = gamma * x_hat + beta: what comes back to x_hat is dy * gamma, everywhere in the formula.",
        ],
        mutants=[
            Mutant("the mean still a constant", _backward(shift=False), hint=0),
            Mutant("the variance still a constant", _backward(stretch=False), hint=1),
            Mutant("gamma left out", _backward(scale=False), hint=2),
        ],
        reference=_backward(),
    ),
    Exercise(
        "24.4",
        "One convolution instead of two layers",
        cases=[Case(seed=seed, expect=_wanted(seed)) for seed in (24, 25)],
        probe=_outputs,
        hints=[
            "In inference the layer is y = factor * (x - mean) + beta with factor = gamma / sqrt(variance + epsilon).",
            "The convolution's own bias is part of x: it has the mean taken off and is multiplied by the factor.",
            "The factor is one number for each output channel, the last axis: kernel * factor.",
        ],
        mutants=[
            Mutant("epsilon forgotten", _fold(epsilon=False), hint=0),
            Mutant(
                "the bias not multiplied",
                _fold(bias_of=lambda bias, norm, factor: norm["beta"] + bias - norm["mean"] * factor),
                hint=1,
            ),
            Mutant(
                "the convolution's bias dropped",
                _fold(bias_of=lambda bias, norm, factor: norm["beta"] - norm["mean"] * factor),
                hint=1,
            ),
            Mutant("without the root", _fold(root=False), hint=2),
        ],
        reference=_fold(),
    ),
]
