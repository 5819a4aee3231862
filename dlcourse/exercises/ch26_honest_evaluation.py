"""Exercises of notebook 26, honest evaluation."""

import numpy as np

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _auc(ties=0.5, sign=1.0):
    """The share of pairs that stand in the right order, with what a tie counts."""

    def auc(y, s):
        gap = sign * (s[y == 1][:, None] - s[y == 0])
        return (gap > 0).mean() + ties * (gap == 0).mean()

    return auc


def _accuracy(y, s):
    return ((s > 0.5) == y).mean()


def _scores(rng):
    y = rng.permutation(np.repeat([0, 1], [9, 4]))
    return {"y": y, "s": np.round(y + rng.normal(size=13), 1)}


def _ece(weighted=True, signed=False, place=lambda p, bins: np.maximum(np.ceil(p * bins), 1)):
    """The calibration error, with the arguments the ways to get it wrong."""

    def error(y, p, bins):
        total, filled = 0.0, 0
        for b in range(1, bins + 1):
            inside = place(p, bins) == b
            if inside.any():
                gap = (y[inside] - p[inside]).mean()
                total += (gap if signed else abs(gap)) * (inside.mean() if weighted else 1)
                filled += 1
        return total if weighted else total / filled

    return error


def _promises(rng):
    p = rng.beta(0.7, 0.7, size=60)
    return {"y": (rng.random(60) < p**2).astype(int), "p": p, "bins": int(rng.integers(3, 9))}


def _balanced(split_first=True, repeat_train=True, repeat_test=False):
    """Split and repeat rare rows, in the order and the parts that the arguments say."""

    def even(y, rows, rng):
        rare, common = rows[y[rows] == 1], rows[y[rows] == 0]
        return np.concatenate([common, rng.choice(rare, len(common))])

    def split(y, seed):
        rng = np.random.default_rng(seed)
        rows = np.arange(len(y))
        rows = rng.permutation(rows if split_first else even(y, rows, rng))
        train, test = rows[len(rows) // 4 :], rows[: len(rows) // 4]
        if split_first and repeat_train:
            train = even(y, train, rng)
        return train, even(y, test, rng) if repeat_test else test

    return split


def _fewer_common(y, seed):
    """Equal classes by throwing common rows away before the split: the test part is no longer as it comes."""
    rng = np.random.default_rng(seed)
    rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    rows = rng.permutation(np.concatenate([rare, rng.choice(common, len(rare), replace=False)]))
    return rows[len(rows) // 4 :], rows[: len(rows) // 4]


def _sides(answer, n, share, seed):
    """What is true of a split of n rows of which a share is rare."""
    y = (np.random.default_rng(seed).permutation(n) < share * n).astype(int)
    train, test = (np.asarray(rows, dtype=int) for rows in answer(y, seed))
    return {
        "rows on both sides": len(np.intersect1d(train, test)),
        "rows twice in the test part": len(test) - len(np.unique(test)),
        "rows on no side": n - len(np.union1d(train, test)),
        "rare minus common in training": int(2 * y[train].sum() - len(train)),
        "test part is about a quarter": bool(abs(len(test) / n - 0.25) <= 0.02),
    }


SIDES = {
    "rows on both sides": 0,
    "rows twice in the test part": 0,
    "rows on no side": 0,
    "rare minus common in training": 0,
    "test part is about a quarter": True,
}


def _dealt(y, k, seed):
    """Mix, sort by class, and deal out like cards: neighbours of a class land in different folds."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), int)
    folds[order] = np.arange(len(y)) % k
    return folds


def _dealt_each(y, k, seed):
    """Each class dealt out from fold 0: the first folds get every remainder."""
    folds = np.empty(len(y), int)
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        folds[np.random.default_rng(seed).permutation(rows)] = np.arange(len(rows)) % k
    return folds


def _in_blocks(y, k, seed):
    folds = np.empty(len(y), int)
    folds[np.argsort(y, kind="stable")] = np.arange(len(y)) * k // len(y)
    return folds


def _fold_sizes(answer, sizes, k, seed):
    """How uneven the folds are, over all and within a class."""
    y = np.random.default_rng([seed, 7]).permutation(np.repeat(np.arange(len(sizes)), np.asarray(sizes, dtype=int)))
    folds = np.asarray(answer(y, k, seed))
    if folds.shape != y.shape or not np.isin(folds, np.arange(k)).all():
        raise ValueError(f"expected a whole number 0 to {k - 1} for each of {len(y)} rows, got shape {folds.shape}")
    counts = np.array([[((folds == fold) & (y == label)).sum() for label in range(len(sizes))] for fold in range(k)])
    return {
        "largest difference of fold sizes": int(np.ptp(counts.sum(axis=1))),
        "and within a class": int(np.ptp(counts, axis=0).max()),
    }


EVEN = {"largest difference of fold sizes": AtMost(1), "and within a class": AtMost(1)}


def _pick(x, y):
    """The ten columns in which the classes differ most."""
    return np.argsort(-np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)))[:10]


def _fit(x, y):
    """The class whose mean is nearer."""
    ill, well = x[y == 1].mean(axis=0), x[y == 0].mean(axis=0)
    return lambda new: (((new - well) ** 2).sum(axis=1) > ((new - ill) ** 2).sum(axis=1)).astype(int)


def _draw(rng, n, signal):
    y = rng.permutation(np.arange(n) % 2)
    x = rng.normal(size=(n, 400))
    x[:, :5] += signal * y[:, None]
    return x, y


def _far_off(answer, signal, seed):
    """Distance of the answer from the truth, both meant over eight sets; the truth is that of 1,000 new rows each."""
    told, true = [], []
    for n in range(8):
        rng = np.random.default_rng([seed, n])
        x, y = _draw(rng, 120, signal)
        columns = _pick(x, y)
        new, labels = _draw(rng, 1000, signal)
        true.append((_fit(x[:, columns], y)(new[:, columns]) == labels).mean())
        told.append(float(answer(x.copy(), y.copy(), _pick, _fit)))
    return abs(np.mean(told) - np.mean(true))


def _by_folds(pick_inside=True, train_on_all=False):
    def score(x, y, pick, fit):
        right = np.zeros(len(y), bool)
        known = pick(x, y)
        for test in np.array_split(np.random.default_rng(0).permutation(len(y)), 10):
            train = np.arange(len(y)) if train_on_all else np.setdiff1d(np.arange(len(y)), test)
            columns = pick(x[train], y[train]) if pick_inside else known
            right[test] = fit(x[train][:, columns], y[train])(x[test][:, columns]) == y[test]
        return right.mean()

    return score


EXERCISES = [
    Exercise(
        "26.1",
        "AUC is a chance",
        cases=[
            Case(y=np.array([0, 0, 1, 1]), s=np.array([0.1, 0.6, 0.4, 0.9]), expect=0.75),
            Case(y=np.array([0, 1, 1]), s=np.array([0.5, 0.5, 0.8]), expect=0.75),
            random_cases(seed=1, make=_scores),
        ],
        hints=[
            "Take every positive with every negative: s[y == 1][:, None] against s[y == 0]. No threshold is needed.",
            "A tie is half a success: add half the share of pairs with equal scores.",
            "Count pairs in which the positive is above. Below 0.5 means that you have them the wrong way round.",
        ],
        mutants=[
            Mutant("accuracy at one half", _accuracy, hint=0),
            Mutant("ties count nothing", _auc(ties=0.0), hint=1),
            Mutant("ties count fully", _auc(ties=1.0), hint=1),
            Mutant("the wrong way round", _auc(sign=-1.0), hint=2),
        ],
        reference=_auc(),
    ),
    Exercise(
        "26.2",
        "Expected calibration error",
        cases=[
            Case(y=np.array([0, 1, 1, 1]), p=np.array([0.1, 0.4, 0.9, 1.0]), bins=2, expect=0.15),
            Case(y=np.array([1, 0, 0, 1]), p=np.array([0.0, 0.5, 0.5, 0.25]), bins=2, expect=0.1875),
            random_cases(seed=2, make=_promises),
        ],
        hints=[
            "Within a bin, take the mean of y minus the mean of p. Its size counts, so that bins cannot cancel: abs.",
            "A bin with half of the examples counts half: weigh each gap by n_b / n. Empty bins add nothing.",
            "p = 0.5 belongs to the first of two bins: np.ceil(p * bins), and 0 becomes 1.",
        ],
        mutants=[
            Mutant("gaps cancel", _ece(signed=True), hint=0),
            Mutant("every bin counts the same", _ece(weighted=False), hint=1),
            Mutant(
                "edges in the upper bin",
                _ece(place=lambda p, bins: np.minimum(np.floor(p * bins), bins - 1) + 1),
                hint=2,
            ),
            Mutant("p = 0 in no bin", _ece(place=lambda p, bins: np.ceil(p * bins)), hint=2),
        ],
        reference=_ece(),
    ),
    Exercise(
        "26.3",
        "A split that remembers",
        cases=[Case(n=200, share=0.1, seed=1, expect=SIDES), Case(n=403, share=0.05, seed=2, expect=SIDES)],
        probe=_sides,
        given=_balanced(split_first=False),
        hints=[
            "A rare row that is repeated before the split lands on both sides. Which step comes first?",
            "The test part stays as it comes: every row once, no class changed, a quarter of all.",
            "Permute np.arange(len(y)), cut off a quarter, then repeat rare rows of the training part until both "
            "classes are equal.",
        ],
        mutants=[
            Mutant("the test part is balanced too", _balanced(repeat_test=True), hint=1),
            Mutant("common rows thrown away", _fewer_common, hint=1),
            Mutant("nothing is balanced", _balanced(repeat_train=False), hint=2),
        ],
        reference=_balanced(),
    ),
    Exercise(
        "26.4",
        "Folds that keep the classes",
        cases=[
            Case(sizes=[40, 7], k=5, seed=1, expect=EVEN),
            Case(sizes=[11, 12, 13], k=4, seed=2, expect=EVEN),
            Case(sizes=[21, 21, 21, 21], k=10, seed=3, expect=EVEN),
        ],
        probe=_fold_sizes,
        hints=[
            "Plain folds leave the classes to luck. Deal the rows out class by class, like cards: 0, 1, ..., k - 1, 0.",
            "Rows of one class must go to different folds, not into one block.",
            "Do not begin again at fold 0 with each class, or the first folds get all the odd rows: order all rows by "
            "class and deal them out in one go.",
        ],
        mutants=[
            Mutant(
                "classes left to luck", lambda y, k, seed: np.random.default_rng(seed).permutation(len(y)) % k, hint=0
            ),
            Mutant("a class in one block", _in_blocks, hint=1),
            Mutant("every class begins at fold 0", _dealt_each, hint=2),
        ],
        reference=_dealt,
    ),
    Exercise(
        "26.5",
        "How good is this recipe?",
        cases=[Case(signal=0.0, seed=1, expect=AtMost(0.06)), Case(signal=0.8, seed=2, expect=AtMost(0.06))],
        probe=_far_off,
        hints=[
            "A row that was trained on tells nothing about new rows. Use folds: score what was not seen.",
            "Picking columns is a part of training: it looks at the labels. Where is it done, and with which rows?",
            "For each of ten folds: pick on the other nine, fit on them, predict the fold. Return the share right.",
        ],
        mutants=[
            Mutant("scored on what it knows", _by_folds(pick_inside=False, train_on_all=True), hint=0),
            Mutant("columns picked before the folds", _by_folds(pick_inside=False), hint=1),
            Mutant("always one half", lambda x, y, pick, fit: 0.5, hint=2),
        ],
        reference=_by_folds(),
    ),
]
