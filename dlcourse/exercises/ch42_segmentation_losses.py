"""Exercises of notebook 42, losses for segmentation."""

import numpy as np

from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

SHARE, STEPS = 0.03, 150  # of the pixels that are foreground, and of the linear model's training


def _tversky(swapped=False, product=True):
    """The slope of the Tversky loss in the probabilities, and by its arguments the ways to get it wrong."""

    def slope(t, p, a, b):
        if swapped:
            a, b = b, a
        tp = (p * t).sum()
        whole = tp + a * (p * (1 - t)).sum() + b * ((1 - p) * t).sum()
        in_whole = t + a * (1 - t) - b * t if product else 0.0
        return -t / whole + tp * in_whole / whole**2

    return slope


def _picture(rng):
    t = (rng.random(12) < 0.4).astype(float)
    t[0] = 1
    return {"t": t, "p": rng.uniform(0.05, 0.95, 12), "a": 0.3, "b": 0.7}


def _lovasz(sign=-1, back=True, steps=True):
    """What each pixel takes off the IoU when its turn comes, and by its arguments the ways to get it wrong."""

    def weights(t, m):
        order = np.argsort(sign * m)
        missed, invented = np.cumsum(t[order]), np.cumsum(1 - t[order])
        loss = 1 - (t.sum() - missed) / (t.sum() + invented)
        gains = np.diff(loss, prepend=0) if steps else loss
        if not back:
            return gains
        placed = np.empty(len(t))
        placed[order] = gains
        return placed

    return weights


def _errors(rng):
    t = (rng.random(10) < 0.4).astype(float)
    t[0] = 1
    return {"t": t, "m": rng.permutation(10) / 10 + 0.05}


def _distances(first=1, second=1, root=True):
    """Distances axis by axis: the powers that are taken of the columns' and of the rows' part."""

    def distances(mask):
        y, x = np.arange(mask.shape[0]), np.arange(mask.shape[1])
        far = np.where(mask[None], np.inf, np.abs(y[:, None] - y)[..., None])
        g = far.min(axis=1)
        d = (g[:, None] ** first + np.abs(x[:, None] - x)[None] ** second).min(axis=2)
        return np.sqrt(d) if root else d

    return distances


def _points(rng):
    mask = np.ones((9, 11), bool)
    mask[rng.integers(9, size=11), np.arange(11)] = False
    mask[:, 3:8] = True  # far from the False pixels ...
    mask[rng.integers(0, 2, size=5) * 8, np.arange(3, 8)] = False  # ... but for one in each column
    return {"mask": mask}


def _pixels(seed):
    """Features (n, 5), the last one 1, and targets (n,): two clouds that overlap."""
    rng = np.random.default_rng(seed)
    t = (rng.random(12_000) < SHARE).astype(float)
    x = rng.normal(size=(len(t), 4))
    x[:, 0] += 2 * t
    return np.column_stack([x, np.ones(len(t))]), t


def _trained_dice(answer, seed):
    """Dice on new pixels, at a threshold of 0, of a linear model trained by the slope that `answer` gives."""
    (x, t), (x_new, t_new) = _pixels(seed), _pixels(seed + 1)
    w = np.zeros(5)
    w[-1] = np.log(SHARE / (1 - SHARE))
    mean, square = np.zeros(5), np.zeros(5)
    for k in range(1, STEPS + 1):
        slope = np.asarray(answer(t, x @ w), dtype=float)
        if slope.shape != t.shape:
            raise ValueError(f"give one slope for each score, shape {t.shape}, got {slope.shape}")
        g = x.T @ slope
        mean, square = 0.9 * mean + 0.1 * g, 0.99 * square + 0.01 * g * g
        w = w - 0.05 * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.99**k)) + 1e-12)
    called = x_new @ w >= 0
    return 2 * (called * t_new).sum() / (called.sum() + t_new.sum())


def _sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -50, 50)))


def _crossentropy(t, z, weights=(1, 1)):
    return np.where(t > 0, weights[1], weights[0]) * (_sigmoid(z) - t)


def _dice(t, z, inner=True):
    p = _sigmoid(z)
    whole = p.sum() + t.sum()
    in_p = -2 * t / whole + 2 * (p * t).sum() / whole**2
    return in_p * p * (1 - p) if inner else in_p


EXERCISES = [
    Exercise(
        "42.1",
        "The slope of the Tversky loss",
        cases=[
            Case(t=np.array([1.0, 0.0]), p=np.array([0.5, 0.5]), a=0.5, b=0.5, expect=[-0.75, 0.25]),
            random_cases(seed=1, make=_picture),
        ],
        hints=[
            "With T = TP + a FP + b FN the loss is 1 - TP / T. What does one p_i change in TP, in FP and in FN?",
            "A false alarm is p (1 - t) and weighs a, a miss is (1 - p) t and weighs b: do not swap them.",
            "A quotient has two parts: -TP' / T + TP T' / T^2, with TP' = t and T' = t + a (1 - t) - b t.",
        ],
        mutants=[
            Mutant("a and b swapped", _tversky(swapped=True), hint=1),
            Mutant("the denominator held fixed", _tversky(product=False), hint=2),
        ],
        reference=_tversky(),
    ),
    Exercise(
        "42.2",
        "The weights of the Lovasz loss",
        cases=[
            Case(t=np.array([1.0, 0.0]), m=np.array([0.9, 0.2]), expect=[1.0, 0.0]),
            Case(t=np.array([1.0, 0.0]), m=np.array([0.2, 0.9]), expect=[0.5, 0.5]),
            random_cases(seed=2, make=_errors),
        ],
        hints=[
            "Sort: the worst pixel goes wrong first, with all others still right.",
            "J_k is the loss after k pixels; a weight is what the k-th adds, J_k - J_(k-1).",
            "The weights stand in the order of the errors. Put each back where its pixel is: w[order] = gains.",
        ],
        mutants=[
            Mutant("the smallest error first", _lovasz(sign=1), hint=0),
            Mutant("the losses and not their steps", _lovasz(steps=False), hint=1),
            Mutant("left in sorted order", _lovasz(back=False), hint=2),
        ],
        reference=_lovasz(),
    ),
    Exercise(
        "42.3",
        "A distance transform that walks around corners",
        cases=[
            Case(mask=np.array([[1, 1, 0], [1, 1, 1], [0, 0, 1]], bool), expect=[[2, 1, 0], [1, 1, 1], [0, 0, 1]]),
            random_cases(seed=3, make=_points),
        ],
        given=_distances(root=False),
        hints=[
            "What does it give for a pixel that is 3 below and 4 beside the nearest False? What should it?",
            "Only squares may be added, and both parts are needed as squares: g^2 + (x - u)^2.",
            "Once the smallest sum of squares is found, a distance is its root.",
        ],
        mutants=[
            Mutant("only the rows squared", _distances(second=2), hint=1),
            Mutant("only the columns squared", _distances(first=2), hint=1),
            Mutant("without the root", _distances(first=2, second=2, root=False), hint=2),
        ],
        reference=_distances(first=2, second=2),
    ),
    Exercise(
        "42.4",
        "A loss of your own",
        cases=[Case(seed=seed, expect=AtLeast(0.42)) for seed in (20, 60)],
        probe=_trained_dice,
        hints=[
            "Cross entropy means its probabilities: few of a rare class pass 1/2. Something has to weigh them more.",
            "As much weight in all for both classes is too much: it calls foreground what is hardly more likely so.",
            "A loss of p needs the slope in z: times p (1 - p).",
        ],
        mutants=[
            Mutant("cross entropy", _crossentropy, hint=0),
            Mutant("both classes of the same weight", lambda t, z: _crossentropy(t, z, (SHARE, 1 - SHARE)), hint=1),
            Mutant("the slope in the probability", lambda t, z: _dice(t, z, inner=False), hint=2),
        ],
    ),
]
