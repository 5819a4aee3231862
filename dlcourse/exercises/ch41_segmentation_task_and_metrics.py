"""Exercises of notebook 41, the task of segmentation and its metrics."""

import numpy as np
from scipy import ndimage

from dlcourse.datasets import touching_cells
from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases

EIGHT = np.ones((3, 3), bool)


def _mean_iou(both=1.0, absent=np.nan, union=True):
    """Mean IoU of a confusion matrix, and by its arguments the ways to get it wrong."""

    def mean_iou(c):
        tp, called, true = np.diag(c), c.sum(axis=0), c.sum(axis=1)
        whole = called + true - both * tp if union else true
        return np.nanmean(np.where(whole > 0, tp / np.maximum(whole, 1), absent))

    return mean_iou


def _table(rng):
    c = rng.integers(0, 50, size=(5, 5))
    absent = rng.integers(5)
    c[absent], c[:, absent] = 0, 0
    return {"c": c}


def _otsu(counts=True, squared=2, shift=0):
    """The last grey value of the dark group, and by its arguments the ways to get it wrong."""

    def threshold(n):
        grey = np.arange(len(n))
        best, place = -np.inf, 0
        for g in range(len(n) - 1):
            low, high = n[: g + 1].sum(), n[g + 1 :].sum()
            if low and high:
                means = (n * grey)[: g + 1].sum() / low, (n * grey)[g + 1 :].sum() / high
                between = (low * high if counts else 1) * (means[1] - means[0]) ** squared
                if between > best:
                    best, place = between, g
        return place + shift

    return threshold


def _histogram(rng):
    greys = np.concatenate([rng.normal(60, 25, size=900), rng.normal(170, 15, size=150)])
    return {"n": np.bincount(np.clip(greys, 0, 255).astype(int), minlength=256)}


def _hausdorff(way):
    """A distance of two masks, by how it puts the two directions together."""

    def hausdorff(truth, called):
        a, b = (m & ~ndimage.binary_erosion(m) for m in (truth, called))
        to_truth = ndimage.distance_transform_edt(~a)[b].max()
        to_called = ndimage.distance_transform_edt(~b)[a].max()
        return float(way(to_truth, to_called))

    return hausdorff


def _masks(*squares):
    """Masks of 24 x 32 pixels with squares (y, x, side)."""
    mask = np.zeros((24, 32), bool)
    for y, x, side in squares:
        mask[y : y + side, x : x + side] = True
    return mask


def _average_precision(how):
    """The area under precision and recall, and the ways to get it wrong."""

    def average_precision(y, p):
        y = y[np.argsort(p if how == "ascending" else -p, kind="stable")]
        hits = np.cumsum(y)
        precision, recall = hits / np.arange(1, len(y) + 1), hits / y.sum()
        if how == "plain mean":
            return precision.mean()
        if how == "next precision":
            return (np.diff(recall, prepend=0) * np.append(precision[1:], precision[-1])).sum()
        return (np.diff(recall, prepend=0) * precision).sum()

    return average_precision


def _scores(rng):
    y = rng.integers(0, 2, size=12)
    y[0] = 1
    return {"y": y, "p": rng.permutation(12) / 12 + 0.01}


def _object_f1(answer, seed):
    """F1 of the objects that `answer` finds in 6 pictures of touching cells; found is an IoU over 1/2."""
    found = total = 0
    for image, true in zip(*touching_cells(6, "test", seed=seed, size=96), strict=True):
        called = np.asarray(answer(image[..., 0]))
        if called.shape != true.shape:
            raise ValueError(f"give an object number for each pixel, shape {true.shape}, got {called.shape}")
        called = np.unique(called, return_inverse=True)[1].reshape(true.shape) + int(called.min() > 0)
        shared = np.zeros((true.max() + 1, called.max() + 1))
        np.add.at(shared, (true, called), 1)
        areas = shared.sum(axis=0) + shared.sum(axis=1)[:, None]
        found += 2 * int((3 * shared > areas)[1:, 1:].sum())
        total += int(true.max()) + int(called.max())
    return found / total


def _cells(grow=True, smooth=1.0, near=5):
    """Cells by seeds at the tops of the distance, each pixel given to the nearest; by its arguments worse ways."""

    def separate(image):
        mask = ndimage.binary_opening(image > 0.4)
        depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), smooth)
        seeds = ndimage.label(mask & (depth == ndimage.maximum_filter(depth, 2 * near + 1)), EIGHT)[0]
        if not grow:
            return seeds
        rows, columns = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
        return np.where(mask, seeds[rows, columns], 0)

    return separate


EXERCISES = [
    Exercise(
        "41.1",
        "Mean IoU from a confusion matrix",
        cases=[
            Case(c=np.array([[7, 3], [4, 2]]), expect=13 / 36),
            Case(c=np.array([[6, 0, 2], [0, 0, 0], [0, 0, 8]]), expect=0.775),
            Case(c=np.array([[6, 2, 0], [0, 0, 0], [0, 0, 8]]), expect=(0.75 + 0 + 1) / 3),
            random_cases(seed=1, make=_table),
        ],
        hints=[
            "Union: what was called so and what is so, and what is both must not be counted twice.",
            "A class whose row and column are both 0 has no IoU: leave it out. One that was called only has IoU 0.",
            "tp / (column sum + row sum - tp), then the mean over the classes whose denominator is not 0.",
        ],
        mutants=[
            Mutant("the shared pixels counted twice", _mean_iou(both=0.0), hint=0),
            Mutant("absent classes count as 0", _mean_iou(absent=0.0), hint=1),
            Mutant("that is the recall", _mean_iou(union=False), hint=2),
        ],
        reference=_mean_iou(),
    ),
    Exercise(
        "41.2",
        "Otsu's threshold",
        cases=[
            Case(n=np.array([4, 6, 1, 0, 0, 2, 3]), expect=2),
            random_cases(seed=2, make=_histogram),
        ],
        hints=[
            "For each g: how many pixels are in each group, and what is the mean grey of each?",
            "A handful of pixels far away has a distant mean: the product of the two counts keeps them from deciding.",
            "The g with the largest n0 * n1 * (mean0 - mean1)**2, where group 0 holds the grey values 0 ... g.",
        ],
        mutants=[
            Mutant("the counts left out", _otsu(counts=False), hint=1),
            Mutant("the difference of means not squared", _otsu(squared=1), hint=2),
            Mutant("one too high", _otsu(shift=1), hint=2),
        ],
        reference=_otsu(),
    ),
    Exercise(
        "41.3",
        "A Hausdorff distance that forgives a miss",
        cases=[
            Case(truth=_masks((2, 2, 5), (2, 20, 5)), called=_masks((2, 2, 5)), expect=18.0),
            Case(truth=_masks((2, 2, 5)), called=_masks((2, 2, 5), (2, 20, 5)), expect=18.0),
            Case(truth=_masks((4, 4, 8)), called=_masks((4, 4, 8)), expect=0.0),
            Case(truth=_masks((4, 4, 8)), called=_masks((5, 6, 7), (20, 20, 1)), expect=np.hypot(9, 9)),
        ],
        given=_hausdorff(lambda to_truth, to_called: to_truth),
        hints=[
            "Look at what is missed: who goes to look for the nearest called pixel from there?",
            "Both directions are needed; a distance must not change when truth and prediction swap places.",
            "max(distance_transform_edt(~a)[b].max(), distance_transform_edt(~b)[a].max())",
        ],
        mutants=[
            Mutant("only the other direction", _hausdorff(lambda to_truth, to_called: to_called), hint=1),
            Mutant("the smaller of both", _hausdorff(min), hint=0),
            Mutant("the sum of both", _hausdorff(lambda to_truth, to_called: to_truth + to_called), hint=2),
        ],
    ),
    Exercise(
        "41.4",
        "Average precision",
        cases=[
            Case(y=np.array([1, 0, 1, 0]), p=np.array([0.9, 0.8, 0.7, 0.1]), expect=(1 + 2 / 3) / 2),
            Case(y=np.array([0, 1, 1]), p=np.array([0.1, 0.6, 0.9]), expect=1.0),
            random_cases(seed=4, make=_scores),
        ],
        hints=[
            "Start at the highest score: which of the two ends of the sorted list is it?",
            "A step of recall is 1 / (number of ones) where a pixel is 1, and 0 where it is 0: only those count.",
            "hits = cumsum of the sorted y; AP is the mean of hits / place over the places where y is 1.",
        ],
        mutants=[
            Mutant("from the lowest score on", _average_precision("ascending"), hint=0),
            Mutant("the plain mean of all precisions", _average_precision("plain mean"), hint=1),
            Mutant("each step times the next precision", _average_precision("next precision"), hint=2),
        ],
        reference=_average_precision("right"),
    ),
    Exercise(
        "41.5",
        "Telling cells apart",
        cases=[Case(seed=seed, expect=AtLeast(0.8)) for seed in (11, 12)],
        probe=_object_f1,
        hints=[
            "Connected pieces of the mask merge neighbours. Where is each cell deepest? Ask the distance transform.",
            "A seed is a small mark. Every pixel of the mask has to get the number of one of the seeds.",
            "Smooth the distance a little before you look for its tops, or each bump becomes a cell of its own.",
        ],
        mutants=[
            Mutant(
                "pieces of the mask",
                lambda image: ndimage.label(ndimage.binary_opening(image > 0.4), EIGHT)[0],
                hint=0,
            ),
            Mutant("seeds that never grow", _cells(grow=False), hint=1),
            Mutant("a seed at every bump", _cells(smooth=0.0, near=1), hint=2),
        ],
    ),
]
