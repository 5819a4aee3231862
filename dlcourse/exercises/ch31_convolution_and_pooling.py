"""Exercises of notebook 31, convolution and pooling."""

import numpy as np
from scipy import signal

from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

CHANNELS = 32  # of every layer of exercise 31.5


def _size(end=1, sides=2, dilated=True, up=False):
    """The length of an output, and by its arguments the ways to get it wrong."""

    def size(n, k, stride, padding, dilation):
        span = (dilation if dilated else 1) * (k - 1) + 1
        room = n + sides * padding - span
        return (-(-room // stride) if up else room // stride) + end

    return size


def _correlate(turned=False, strided=True, short=0):
    """A two-dimensional correlation, and by its arguments the ways to get it wrong."""

    def correlate(image, kernel, stride):
        kernel = kernel[::-1, ::-1] if turned else kernel
        y = signal.correlate2d(image, kernel, mode="valid")
        y = y[: len(y) - short, : y.shape[1] - short]
        return y[::stride, ::stride] if strided else y

    return correlate


def _image(rng):
    return {"image": rng.normal(size=(6, 7)), "kernel": rng.normal(size=(3, 2)), "stride": int(rng.integers(1, 4))}


def _by_patches(patch=lambda p: p.ravel(), matrix=lambda w: w.reshape(-1, w.shape[-1]), first=False):
    """A convolution by patches: how a patch becomes a row, how the kernel becomes a matrix, where the filters stand."""

    def convolve(x, w):
        k, m = len(w), w.shape[-1]
        places = x.shape[0] - k + 1, x.shape[1] - k + 1
        rows = np.array([patch(x[i : i + k, j : j + k]) for i, j in np.ndindex(*places)])
        y = rows @ matrix(w)
        return y.T.reshape(m, *places) if first else y.reshape(*places, m)

    return convolve


def _two_channels(rng):
    return {"x": rng.normal(size=(5, 4, 2)), "w": rng.normal(size=(3, 3, 2, 4))}


def _field(jump=True, early=False, dilated=True, start=1):
    """Receptive field and stride of a stack, and by its arguments the ways to get them wrong."""

    def field(layers):
        r, j = start, 1
        for k, s, d in layers:
            j = j * s if early else j
            r = r + (d if dilated else 1) * (k - 1) * (j if jump else 1)
            j = j if early else j * s
        return r, j

    return field


def _judged(design):
    """What a stack of layers (kernel, stride, dilation, groups) with 32 channels throughout sees and costs."""
    rows = np.asarray(design)
    if rows.ndim != 2 or rows.shape[1] != 4 or not np.issubdtype(rows.dtype, np.integer) or rows.min() < 1:
        raise ValueError("give a list of rows (kernel, stride, dilation, groups), whole numbers from 1 up")
    if (CHANNELS % rows[:, 3]).any():
        raise ValueError(f"groups must divide the {CHANNELS} channels")
    field, jump, seen, met, weights = 1, 1, np.ones(1), np.eye(CHANNELS), 0
    for k, stride, dilation, groups in rows.tolist():
        taps = np.zeros((k - 1) * dilation * jump + 1)
        taps[:: dilation * jump] = 1
        seen, field = np.convolve(seen, taps), field + (k - 1) * dilation * jump
        met = np.kron(np.eye(groups), np.ones((CHANNELS // groups,) * 2)) @ met
        jump, weights = jump * stride, weights + k * k * CHANNELS**2 // groups
    return {
        "receptive field": field,
        "columns of it that no tap meets": int((seen == 0).sum()),
        "effective stride": jump,
        "pairs of input and output channels that do not meet": int((met == 0).sum()),
        "weights": weights,
    }


SEPARABLE = [row for dilation in (1, 2, 4, 8) for row in ((3, 1, dilation, 32), (1, 1, 1, 1))]

EXERCISES = [
    Exercise(
        "31.1",
        "How long is the output?",
        cases=[
            Case(n=227, k=11, stride=4, padding=0, dilation=1, expect=55),
            Case(n=32, k=5, stride=1, padding=0, dilation=1, expect=28),
            Case(n=8, k=3, stride=2, padding=1, dilation=1, expect=4),
            Case(n=10, k=3, stride=1, padding=2, dilation=3, expect=8),
        ],
        hints=[
            "Count the places: one to begin with, and one more for each whole stride that still fits in.",
            "The padding stands on both sides.",
            "A dilated kernel spans dilation * (k - 1) + 1 numbers.",
        ],
        mutants=[
            Mutant("1 taken off in place of added", _size(end=-1), hint=0),
            Mutant("rounded up", _size(up=True), hint=0),
            Mutant("padded on one side", _size(sides=1), hint=1),
            Mutant("the dilation left out", _size(dilated=False), hint=2),
        ],
        reference=_size(),
    ),
    Exercise(
        "31.2",
        "A kernel slides over a picture",
        cases=[
            Case(
                image=np.arange(12.0).reshape(3, 4), kernel=np.array([[-1.0, 0.0, 1.0]]), stride=1, expect=[[2, 2]] * 3
            ),
            random_cases(seed=2, make=_image, n=4),
        ],
        hints=[
            "Lay the kernel on the picture as it is. Turning it round is what mathematics calls a convolution.",
            "Place (i, j) begins at row i * stride and column j * stride.",
            "From h rows and k taps there are (h - k) // stride + 1 places; range() stops one before its end.",
        ],
        mutants=[
            Mutant("the kernel turned round", _correlate(turned=True), hint=0),
            Mutant("the stride left out", _correlate(strided=False), hint=1),
            Mutant("the last place left out", _correlate(short=1), hint=2),
        ],
        reference=_correlate(),
    ),
    Exercise(
        "31.3",
        "Right for grey pictures only",
        cases=[random_cases(seed=3, make=_two_channels)],
        given=_by_patches(patch=lambda p: p.transpose(2, 0, 1).ravel()),
        hints=[
            "Row r of the kernel's matrix must belong to number r of a patch. In which order does each of them run?",
            "w.reshape(-1, m) counts rows, then columns, then channels. Let the patch be raveled in that order.",
            "The filters stay the last axis of the kernel and of the result: reshape moves nothing, it only cuts anew.",
        ],
        mutants=[
            Mutant("columns before rows", _by_patches(patch=lambda p: p.transpose(1, 0, 2).ravel()), hint=0),
            Mutant(
                "the kernel turned round", _by_patches(matrix=lambda w: w[::-1, ::-1].reshape(-1, w.shape[-1])), hint=1
            ),
            Mutant("the matrix cut the wrong way", _by_patches(matrix=lambda w: w.reshape(w.shape[-1], -1).T), hint=2),
            Mutant("the filters come first", _by_patches(first=True), hint=2),
        ],
        reference=_by_patches(),
    ),
    Exercise(
        "31.4",
        "How far does a stack of layers see?",
        cases=[
            Case(layers=[(3, 1, 1), (3, 1, 1), (3, 1, 1)], expect=(7, 1)),
            Case(layers=[(3, 1, 1), (3, 1, 1), (2, 2, 1), (3, 1, 1), (3, 1, 1)], expect=(14, 2)),
            Case(layers=[(11, 4, 1), (3, 2, 1), (5, 1, 1)], expect=(51, 8)),
            Case(layers=[(3, 1, 1), (3, 1, 2), (3, 1, 4)], expect=(15, 1)),
        ],
        hints=[
            "One step in a deeper map is j pixels of the input; j is the product of the strides below.",
            "A layer's own stride moves the layers above it, not its own taps: widen r first, then multiply j.",
            "Before any layer one pixel is seen: r = 1, j = 1. A dilated kernel reaches d * (k - 1) steps.",
        ],
        mutants=[
            Mutant("the strides below left out", _field(jump=False), hint=0),
            Mutant("its own stride taken too early", _field(early=True), hint=1),
            Mutant("the dilation left out", _field(dilated=False), hint=2),
            Mutant("begun at 0", _field(start=0), hint=2),
        ],
        reference=_field(),
    ),
    Exercise(
        "31.5",
        "Far sight for few weights",
        cases=[
            Case(
                expect={
                    "receptive field": AtLeast(31),
                    "columns of it that no tap meets": 0,
                    "effective stride": 1,
                    "pairs of input and output channels that do not meet": 0,
                    "weights": AtMost(6000),
                }
            )
        ],
        probe=_judged,
        hints=[
            "Fifteen plain 3x3 layers see 31 pixels for 138,240 weights. Let the dilation double from layer to layer: "
            "1, 2, 4, 8 see as far with four.",
            "One layer of dilation 15 reaches as far and skips nearly everything. Begin with dilation 1, and keep each "
            "new gap inside what the layers below have seen.",
            "groups=32 makes a 3x3 layer 32 times cheaper but mixes no channels; a 1x1 layer in one group mixes them.",
        ],
        mutants=[
            Mutant("plain 3x3 layers", [(3, 1, 1, 1)] * 15, hint=0),
            Mutant("dilated, but every channel with every other", [(3, 1, d, 1) for d in (1, 2, 4, 8)], hint=2),
            Mutant("one great leap", [(3, 1, 15, 32), (1, 1, 1, 1)], hint=1),
            Mutant("channels never mixed", [(3, 1, d, 32) for d in (1, 2, 4, 8)], hint=2),
        ],
        reference=SEPARABLE,
    ),
]
