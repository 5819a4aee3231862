"""Losses that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.losses.hierarchical_crossentropy import HierarchicalCrossentropy
from dlcourse.losses.maximum_a_posteriori import MaximumAPosteriori
from dlcourse.losses.sparse import SparseLoss
from dlcourse.losses.weston_watkins import SquaredWestonWatkins, WestonWatkins

__all__ = ["HierarchicalCrossentropy", "MaximumAPosteriori", "SparseLoss", "SquaredWestonWatkins", "WestonWatkins"]
