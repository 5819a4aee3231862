"""Losses that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.losses.border_crossentropy import BorderWeightedCrossentropy
from dlcourse.losses.boundary import Boundary
from dlcourse.losses.compound import Compound
from dlcourse.losses.dice import Dice, Jaccard, LogCoshDice
from dlcourse.losses.focal import Focal
from dlcourse.losses.generalized_dice import GeneralizedDice
from dlcourse.losses.hausdorff import HausdorffDT, HausdorffErosion
from dlcourse.losses.hierarchical_crossentropy import HierarchicalCrossentropy
from dlcourse.losses.lovasz import LovaszHinge, LovaszSoftmax
from dlcourse.losses.maximum_a_posteriori import MaximumAPosteriori
from dlcourse.losses.segmentation import SegmentationLoss
from dlcourse.losses.sparse import SparseLoss
from dlcourse.losses.tversky import FocalTversky, Tversky
from dlcourse.losses.weighted_crossentropy import WeightedCrossentropy
from dlcourse.losses.weston_watkins import SquaredWestonWatkins, WestonWatkins

__all__ = [
    "BorderWeightedCrossentropy",
    "Boundary",
    "Compound",
    "Dice",
    "Focal",
    "FocalTversky",
    "GeneralizedDice",
    "HausdorffDT",
    "HausdorffErosion",
    "HierarchicalCrossentropy",
    "Jaccard",
    "LogCoshDice",
    "LovaszHinge",
    "LovaszSoftmax",
    "MaximumAPosteriori",
    "SegmentationLoss",
    "SparseLoss",
    "SquaredWestonWatkins",
    "Tversky",
    "WeightedCrossentropy",
    "WestonWatkins",
]
