"""Exercises of notebook 44, FCN, DeepLab and FastFCN."""

import numpy as np

from dlcourse.datasets import SceneStyle, digit_scenes
from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

STRIDE, SIDE = 8, 48  # pixels to one coarse value; height and width of the scenes of the open task


def _atrous(spread=True, flipped=False, dense=False):
    """Atrous convolution along one axis, and by its arguments the ways to get it wrong."""

    def atrous(x, w, rate):
        w = w[::-1] if flipped else w
        step = rate if spread else 1
        reach = rate * (len(w) - 1)
        n = len(x) - reach
        y = sum(w[a] * x[step * a : step * a + n] for a in range(len(w)))
        return y[::rate] if dense else y

    return atrous


def _signal(rng):
    return {"x": rng.normal(size=20), "w": rng.normal(size=4), "rate": int(rng.integers(2, 5))}


def _stamp(even=0.5, ends=0, scaled=False):
    """The row of bilinear interpolation, and by its arguments the ways to get it wrong."""

    def stamp(factor):
        k = 2 * factor - factor % 2
        middle = factor - 1 if factor % 2 else factor - even
        w = 1 - np.abs(np.arange(k) - middle) / (factor + ends)
        return w / w.sum() if scaled else w

    return stamp


def _refine(votes, own=True):
    """Mean field of two labels with the votes that `votes(q)` casts; own: whether the net keeps its say."""

    def refine(z, k, steps):
        q = 1 / (1 + np.exp(-z))
        t = z
        for _ in range(steps):
            t = (z if own else t) + k @ votes(q)
            q = 1 / (1 + np.exp(-t))
        return q

    return refine


def _pairs(rng):
    k = np.abs(rng.normal(size=(6, 6)))
    k = 0.2 * (k + k.T)
    np.fill_diagonal(k, 0)
    return {"z": rng.normal(size=6), "k": k, "steps": int(rng.integers(1, 5))}


def _view(rates):
    places = {0}
    for rate in rates:
        places = {p + rate * tap for p in places for tap in (-1, 0, 1)}
    return max(places) - min(places) + 1, len(places)


def _taken_for_full(rates):
    return _view(rates)[0], _view(rates)[0]


def _paths(rates):
    return _view(rates)[0], 3 ** len(rates)


def _largest_alone(rates):
    return 2 * max(rates) + 1, _view(rates)[1]


def _smooth(coarse):
    """Bilinear interpolation of the coarse shares: (SIDE, SIDE)"""
    n = coarse.shape[0]
    place = np.clip((np.arange(STRIDE * n) + 0.5) / STRIDE - 0.5, 0, n - 1)
    u = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n)))
    return u @ coarse @ u.T


def _kernel(image, weight, alpha, beta):
    place = np.indices(image.shape).reshape(2, -1).astype("float32")
    far = ((place[:, :, None] - place[:, None]) ** 2).sum(axis=0)
    unlike = (image.ravel()[:, None] - image.ravel()).astype("float32") ** 2
    k = weight * np.exp(-far / (2 * alpha**2) - unlike / (2 * beta**2))
    np.fill_diagonal(k, 0)
    return k


def _restored(weight=0.4, beta=0.06, steps=5):
    """A mask by mean field, from the shares and the picture; by its arguments worse ways."""

    def restore(image, coarse):
        p = np.clip(_smooth(coarse), 0.02, 0.98)
        t = z = 2 * np.log(p / (1 - p)).ravel()
        if weight:
            k = _kernel(image, weight, 4.0, beta)
            for _ in range(steps):
                t = z + k @ np.tanh(t / 2)
        return t.reshape(image.shape) > 0

    return restore


def _nearest(image, coarse):
    return np.kron(coarse, np.ones((STRIDE, STRIDE))) > 0.5


def _restored_iou(answer, seed):
    """Mean IoU of the masks that `answer` restores in 6 scenes."""
    style = SceneStyle(digits=(1, 2))
    scenes = digit_scenes(6, "test", seed=seed, size=SIDE, foreground=(0.15, 0.3), style=style)
    true = scenes.labels > 0
    shares = true.reshape(-1, SIDE // STRIDE, STRIDE, SIDE // STRIDE, STRIDE).mean(axis=(2, 4))
    called = []
    for image, coarse in zip(scenes.images[..., 0], shares, strict=True):
        mask = np.asarray(answer(image, coarse))
        if mask.shape != image.shape:
            raise ValueError(f"give True or False for each pixel, shape {image.shape}, got {mask.shape}")
        called.append(mask.astype(bool))
    called = np.array(called)
    return np.mean([(t & c).sum() / (t | c).sum() for t, c in ((true, called), (~true, ~called))])


EXERCISES = [
    Exercise(
        "44.1",
        "Atrous convolution",
        cases=[
            Case(x=np.arange(6.0), w=np.array([1.0, 0.0, -1.0]), rate=1, expect=[-2.0, -2.0, -2.0, -2.0]),
            Case(x=np.array([1.0, 5.0, 2.0, 7.0, 4.0]), w=np.array([1.0, 10.0]), rate=3, expect=[71.0, 45.0]),
            random_cases(seed=1, make=_signal),
        ],
        hints=[
            "For output i the taps lie at i, i + rate, i + 2 rate, ...",
            "As in Keras the kernel is not turned round: w[0] meets the first of the pixels.",
            "The rate spreads the taps; the outputs stay one pixel apart.",
        ],
        mutants=[
            Mutant("taps side by side", _atrous(spread=False), hint=0),
            Mutant("kernel turned round", _atrous(flipped=True), hint=1),
            Mutant("a stride as well", _atrous(dense=True), hint=2),
        ],
        reference=_atrous(),
    ),
    Exercise(
        "44.2",
        "The stamp of bilinear interpolation",
        cases=[
            Case(factor=1, expect=[1.0]),
            Case(factor=2, expect=[0.25, 0.75, 0.75, 0.25]),
            Case(factor=3, expect=[1 / 3, 2 / 3, 1.0, 2 / 3, 1 / 3]),
            Case(factor=4),
            Case(factor=8),
        ],
        hints=[
            "The stamp is symmetric: where is the middle of its k places, counted from 0?",
            "Two neighbouring stamps, `factor` apart, must add up to 1 everywhere between their middles.",
            "The weights fall by 1 / factor a pixel. They need not add up to 1: the overlapping stamps do.",
        ],
        mutants=[
            Mutant("even stamps off the middle", _stamp(even=1.0), hint=0),
            Mutant("ends too far out", _stamp(ends=1), hint=1),
            Mutant("made to add up to 1", _stamp(scaled=True), hint=2),
        ],
        reference=_stamp(),
    ),
    Exercise(
        "44.3",
        "A mean field that drowns all in ink",
        cases=[
            Case(z=np.array([-1.0, -1.0]), k=np.array([[0.0, 2.0], [2.0, 0.0]]), steps=1),
            Case(z=np.array([0.0, 0.0, 0.0]), k=np.ones((3, 3)) - np.eye(3), steps=3, expect=[0.5, 0.5, 0.5]),
            random_cases(seed=3, make=_pairs),
        ],
        given=_refine(lambda q: q),
        hints=[
            "Whom does a pixel hear? One that is surely background has q = 0: does it say anything here?",
            "Ink votes +1, background -1, and a pixel that cannot tell votes 0.",
            "The net's score z comes in at every step, unchanged: z + k @ votes, not what came out before.",
        ],
        mutants=[
            Mutant("votes against", _refine(lambda q: 1 - 2 * q), hint=1),
            Mutant("half votes", _refine(lambda q: q - 0.5), hint=1),
            Mutant("the score forgotten", _refine(lambda q: 2 * q - 1, own=False), hint=2),
        ],
        reference=_refine(lambda q: 2 * q - 1),
    ),
    Exercise(
        "44.4",
        "What a stack of atrous convolutions reads",
        cases=[
            Case(rates=[1], expect=(3, 3)),
            Case(rates=[2, 2, 2], expect=(13, 7)),
            Case(rates=[1, 2, 3], expect=(13, 13)),
            Case(rates=[2, 4, 8]),
            Case(rates=[1, 2, 5]),
            Case(rates=[3, 3]),
            Case(rates=[1, 1, 4]),
        ],
        hints=[
            "Each convolution widens the window by its rate on both sides: all of them count.",
            "The window has holes. Keep the set of places that are read, and let each convolution spread it.",
            "Many paths lead to the same pixel; count a pixel once.",
        ],
        mutants=[
            Mutant("only the largest rate", _largest_alone, hint=0),
            Mutant("a window without holes", _taken_for_full, hint=1),
            Mutant("paths for pixels", _paths, hint=2),
        ],
        reference=_view,
    ),
    Exercise(
        "44.5",
        "Restoring a mask",
        cases=[Case(seed=seed, expect=AtLeast(0.83)) for seed in (13, 14)],
        probe=_restored_iou,
        hints=[
            "Blocks are squares. Interpolate the shares first; that gives a probability for each pixel.",
            "Interpolation alone does not know where the edge is. The picture does: pixels of like grey go together.",
            "Let the log odds of the interpolated share be z and run some steps of mean field with a bilateral kernel.",
        ],
        mutants=[
            Mutant("squares", _nearest, hint=0),
            Mutant("interpolation alone", _restored(weight=0.0), hint=1),
            Mutant("greys that count for nothing", _restored(beta=100.0), hint=2),
        ],
    ),
]
