"""All that is usually asked about a segmentation, class by class, in one table."""

import numpy as np
import pandas as pd
from keras import ops

from dlcourse.metrics.average_precision import PixelAveragePrecision
from dlcourse.metrics.segmentation import MeanIoU
from dlcourse.metrics.surface import AverageSurfaceDistance, HausdorffDistance


class SegmentationReport:
    """Collects batches of targets and predictions, and makes a table of them.

    Every column is what the metric of that name says of the class: `MeanIoU`, `MeanDice`, `PixelAveragePrecision`,
    `HausdorffDistance(percentile=95)`, `AverageSurfaceDistance`. Precision is the share of the pixels predicted as a
    class that have it, recall the share of those that have it that were found, share the part of all target pixels. The
    distances are means over images; all else counts the pixels of all images together. Ignored pixels are nowhere.

    Shapes:  y_pred (b, h, w, k) or, of volumes, (b, d, h, w, k); y_true (b, ...), (b, ..., 1) or (b, ..., k)
    Args:    classes: how many, or their names: one for the foreground alone, beside one channel; two for background and
             foreground, beside one channel or two; else as many as channels; sampling: distance of neighbours along
             each axis of space; from_logits, ignore_class: as `SegmentationMetric`
    Absent:  NaN where a class has no value, as the metrics document it; precision of a class that was never predicted,
             recall and AP of one that is in no target; the row "mean" leaves it out
    Errors:  ValueError for shapes that do not match, labels out of range (listed), names that occur twice

    >>> import numpy as np
    >>> report = SegmentationReport(["ground", "leaf"])
    >>> target = np.array([[[0, 0, 0, 1, 1]]])
    >>> report.update(target, np.array([0.1, 0.2, 0.7, 0.8, 0.9]).reshape(1, 1, 5, 1))
    >>> report.frame().round(3)[["IoU", "Dice", "precision", "recall", "share"]]
              IoU  Dice  precision  recall  share
    ground  0.667   0.8      1.000   0.667    0.6
    leaf    0.667   0.8      0.667   1.000    0.4
    mean    0.667   0.8      0.833   0.833    0.5
    """

    def __init__(self, classes, sampling=None, from_logits=False, ignore_class=None):
        names = [] if isinstance(classes, str) else range(classes) if isinstance(classes, int) else classes
        names = [str(name) for name in names]
        if not names or len({*names, "mean"}) <= len(names):
            raise ValueError(
                f"SegmentationReport: classes is their number or their names, all different and none of them 'mean', "
                f"got {classes!r}."
            )
        options = {"classes": len(names), "from_logits": from_logits, "ignore_class": ignore_class}
        self.names = names
        self.pixels, self.ranks = MeanIoU(**options), PixelAveragePrecision(**options)
        self.worst = HausdorffDistance(percentile=95, sampling=sampling, **options)
        self.average = AverageSurfaceDistance(sampling=sampling, **options)

    def update(self, y_true, y_pred):
        """Adds a batch."""
        for metric in self._metrics():
            metric.update_state(y_true, y_pred)

    def reset(self):
        """Forgets all batches."""
        for metric in self._metrics():
            metric.reset_state()

    def frame(self):
        """The table so far.

        Returns:
            DataFrame, one row a class and a row "mean": IoU, Dice, precision, recall, AP, Hausdorff95,
            surface_distance, share.
        """
        shared, predicted, true = map(_array, self.pixels.areas())
        columns = {
            "IoU": _ratio(shared, predicted + true - shared),
            "Dice": _ratio(2 * shared, predicted + true),
            "precision": _ratio(shared, predicted),
            "recall": _ratio(shared, true),
            "AP": _array(self.ranks.per_class()),
            "Hausdorff95": _array(self.worst.per_class()),
            "surface_distance": _array(self.average.per_class()),
            "share": _ratio(true, _array(self.pixels.confusion).sum()),
        }
        frame = pd.DataFrame(columns, index=self.names)
        frame.loc["mean"] = frame.mean()
        return frame

    def evaluate(self, model, images, y_true, batch_size=32):
        """Adds what a model predicts of images, a batch at a time, and returns the table.

        Args:
            model: images (b, ..., c) -> y_pred (b, ..., k).
            images, y_true: arrays of the same length.
            batch_size: images predicted at once.

        Returns:
            DataFrame, that of `frame`.
        """
        if len(images) != len(y_true):
            raise ValueError(f"Each image has a mask, got {len(images)} images and {len(y_true)} masks.")
        for start in range(0, len(images), batch_size):
            part = slice(start, start + batch_size)
            self.update(y_true[part], model.predict_on_batch(images[part]))
        return self.frame()

    def _metrics(self):
        return self.pixels, self.ranks, self.worst, self.average


def _array(tensor):
    return np.asarray(ops.convert_to_numpy(tensor), np.float64)


def _ratio(part, whole):
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=np.broadcast_to(whole, part.shape) != 0)
