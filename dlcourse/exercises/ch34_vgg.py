"""Exercises of notebook 34, VGG."""

import numpy as np

from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _stack(field, weights):
    """An answer that counts sight and weights by these formulas."""

    def answer(n, k, c):
        return field(n, k), weights(n, k, c)

    return answer


def _grown(n, k):
    return n * (k - 1) + 1


def _shared(n, k, c):
    return n * k * k * c * c


def _column(bias=1, last=None, entry=3):
    """Parameters of a whole column, and by its arguments the ways to miscount them."""

    def count(depths, widths, units, classes):
        total, c = 0, entry or widths[0]
        for depth, width in zip(depths, widths, strict=True):
            for _ in range(int(depth)):
                total, c = total + (9 * c + bias) * width, width
        side = 224 // 2 ** len(depths) if last is None else last
        flat = side * side * c
        return int(total + (flat + bias) * units + (units + bias) * units + (units + bias) * classes)

    return count


def _row(rng):
    stages = int(rng.integers(2, 6))
    return {
        "depths": [int(n) for n in rng.integers(1, 5, stages)],
        "widths": [int(n) for n in 8 * rng.integers(1, 9, stages)],
        "units": int(rng.integers(10, 100)),
        "classes": int(rng.integers(2, 20)),
    }


def _as_convolution(lay_out):
    """The kernel of a dense layer as that of a convolution, by a way to lay out its rows."""

    def kernel(weights, h, w, c):
        return lay_out(weights, h, w, c)

    return kernel


def _rows_first(weights, h, w, c):
    return weights.reshape(h, w, c, -1)


def _channels_first(weights, h, w, c):
    return weights.reshape(c, h, w, -1).transpose(1, 2, 0, 3)


def _score(answer, h, w, c, units, seed):
    """What the convolution gives at the only place it fits, on a map whose flattened form the dense layer read."""
    rng = np.random.default_rng(seed)
    x, weights = rng.normal(size=(h, w, c)), rng.normal(size=(h * w * c, units))
    kernel = np.asarray(answer(weights.copy(), h, w, c))
    if kernel.shape != (h, w, c, units):
        raise ValueError(f"a kernel of shape {(h, w, c, units)} is wanted, got {kernel.shape}")
    return np.einsum("ijc,ijcu->u", x, kernel)


def _dense(h, w, c, units, seed):
    return _score(_rows_first, h, w, c, units, seed)


WIDTHS, SIDE = (64, 128, 256, 512), 128


def _judged(answer):
    """Whether a column of four stages sees far enough, and how many multiply-adds its convolutions make."""
    depths = [int(depth) for depth in np.ravel(answer)]
    if len(depths) != 4 or any(depth < 1 for depth in depths):
        raise ValueError(f"four whole numbers of at least 1 are wanted, one a stage; got {depths}")
    field, jump, channels, side, macs = 1, 1, 3, SIDE, 0
    for depth, width in zip(depths, WIDTHS, strict=True):
        for _ in range(depth):
            field, macs, channels = field + 2 * jump, macs + 9 * channels * width * side**2, width
        seen, field, jump, side = field, field + jump, 2 * jump, side // 2
    return {"sight in pixels": seen, "G multiply-adds": macs / 1e9}


EXERCISES = [
    Exercise(
        "34.1",
        "A stack of small windows",
        cases=[
            Case(n=3, k=3, c=1, expect=(7, 27)),
            Case(n=2, k=3, c=10, expect=(5, 1800)),
            random_cases(
                seed=1,
                make=lambda rng: {
                    "n": int(rng.integers(2, 9)),
                    "k": 2 * int(rng.integers(1, 5)) + 1,
                    "c": int(rng.integers(2, 99)),
                },
            ),
        ],
        hints=[
            "Each further window adds k - 1 pixels, (k - 1) / 2 on each side; before the first one a unit sees 1.",
            "A convolution from c to c channels has k * k * c * c weights: every output sees every input channel.",
            "The stack has n such convolutions, and they share nothing.",
        ],
        mutants=[
            Mutant("windows side by side", _stack(lambda n, k: n * k, _shared), hint=0),
            Mutant("one side only", _stack(lambda n, k: n * (k - 1) // 2 + 1, _shared), hint=0),
            Mutant("one channel only", _stack(_grown, lambda n, k, c: n * k * k * c), hint=1),
            Mutant("one convolution only", _stack(_grown, lambda n, k, c: k * k * c * c), hint=2),
        ],
        reference=_stack(_grown, _shared),
    ),
    Exercise(
        "34.2",
        "All parameters of a column",
        cases=[
            Case(depths=[2, 2, 3, 3, 3], widths=[64, 128, 256, 512, 512], units=4096, classes=1000, expect=138357544),
            random_cases(seed=2, make=_row),
        ],
        hints=[
            "Every unit has a bias: a convolution has (9 * c_in + 1) * c_out parameters, a dense layer (n + 1) * m.",
            "The first convolution reads 3 channels; after that each one reads what the one before it put out.",
            "Each pool halves the side: 224 / 2^stages remain, and side * side * channels numbers enter the head.",
        ],
        mutants=[
            Mutant("biases forgotten", _column(bias=0), hint=0),
            Mutant("the image has as many channels as the first stage", _column(entry=None), hint=1),
            Mutant("the map is pooled to one pixel", _column(last=1), hint=2),
            Mutant("always 7 x 7 at the end", _column(last=7), hint=2),
        ],
        reference=_column(),
    ),
    Exercise(
        "34.3",
        "A dense layer as a convolution",
        cases=[
            Case(h=2, w=2, c=3, units=4, seed=1, expect=_dense(2, 2, 3, 4, 1)),
            Case(h=2, w=3, c=2, units=5, seed=2, expect=_dense(2, 3, 2, 5, 2)),
        ],
        probe=_score,
        given=_as_convolution(_channels_first),
        hints=[
            "In which order does Flatten put the numbers of a map (h, w, c), channels last? That is the rows' order.",
            "No axis has to be moved: rows of the matrix run through h slowest and c fastest, columns are the units.",
            "A layer called convolution does not turn its kernel round, so nothing is to be turned back.",
        ],
        mutants=[
            Mutant("columns before rows", lambda a, h, w, c: a.reshape(w, h, c, -1).transpose(1, 0, 2, 3), hint=0),
            Mutant("units before channels", lambda a, h, w, c: a.reshape(h, w, -1, c).transpose(0, 1, 3, 2), hint=1),
            Mutant("turned round", lambda a, h, w, c: a.reshape(h, w, c, -1)[::-1, ::-1], hint=2),
        ],
        reference=_as_convolution(_rows_first),
    ),
    Exercise(
        "34.4",
        "See far for little",
        cases=[Case(expect={"sight in pixels": AtLeast(150), "G multiply-adds": AtMost(6.5)})],
        probe=_judged,
        hints=[
            "A convolution in stage n adds 2 * 2^(n - 1) pixels: 2, 4, 8, 16. Start from (1, 1, 1, 1).",
            "All convolutions cost the same from stage 2 on, if in and out have the same width. Which stage pays best?",
            "Leave stages 1 to 3 at one convolution each and make the last as deep as the sight asks for.",
        ],
        mutants=[
            Mutant("column A cut to four stages", (1, 1, 2, 2), hint=0),
            Mutant("equal depths", (5, 5, 5, 5), hint=1),
            Mutant("deep early", (20, 10, 3, 3), hint=1),
            Mutant("half early, half late", (1, 5, 5, 5), hint=2),
        ],
    ),
]
