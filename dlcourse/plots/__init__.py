"""Figures of the course, in one quiet style."""

from dlcourse.plots.activation_curves import activation_curves
from dlcourse.plots.animation import animate
from dlcourse.plots.architecture import architecture
from dlcourse.plots.architecture_block import block
from dlcourse.plots.confusion import confusion_matrix
from dlcourse.plots.curves import curves
from dlcourse.plots.group_rates import group_rates
from dlcourse.plots.images import image_grid, weight_images
from dlcourse.plots.landscapes import landscape, landscape_lines
from dlcourse.plots.regions import decision_regions
from dlcourse.plots.reliability import reliability_diagram
from dlcourse.plots.seeds import seed_dots
from dlcourse.plots.share_bars import share_bars
from dlcourse.plots.signals import signal_propagation
from dlcourse.plots.spectra import spectrum
from dlcourse.plots.style import MARKERS, PALETTE, use_style
from dlcourse.plots.surfaces import surface

__all__ = [
    "MARKERS",
    "PALETTE",
    "activation_curves",
    "animate",
    "architecture",
    "block",
    "confusion_matrix",
    "curves",
    "decision_regions",
    "group_rates",
    "image_grid",
    "landscape",
    "landscape_lines",
    "reliability_diagram",
    "seed_dots",
    "share_bars",
    "signal_propagation",
    "spectrum",
    "surface",
    "use_style",
    "weight_images",
]
