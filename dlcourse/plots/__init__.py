"""Figures of the course, in one quiet style."""

from dlcourse.plots.confusion import confusion_matrix
from dlcourse.plots.curves import curves
from dlcourse.plots.images import image_grid, weight_images
from dlcourse.plots.regions import decision_regions
from dlcourse.plots.style import MARKERS, PALETTE, use_style

__all__ = [
    "MARKERS",
    "PALETTE",
    "confusion_matrix",
    "curves",
    "decision_regions",
    "image_grid",
    "use_style",
    "weight_images",
]
