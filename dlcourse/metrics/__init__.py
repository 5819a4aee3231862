"""Metrics that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.metrics.average_precision import PixelAveragePrecision
from dlcourse.metrics.segmentation import FrequencyWeightedIoU, MeanDice, MeanIoU, PixelAccuracy
from dlcourse.metrics.segmentation_metric import SegmentationMetric
from dlcourse.metrics.segmentation_report import SegmentationReport
from dlcourse.metrics.surface import AverageSurfaceDistance, HausdorffDistance

__all__ = [
    "AverageSurfaceDistance",
    "FrequencyWeightedIoU",
    "HausdorffDistance",
    "MeanDice",
    "MeanIoU",
    "PixelAccuracy",
    "PixelAveragePrecision",
    "SegmentationMetric",
    "SegmentationReport",
]
