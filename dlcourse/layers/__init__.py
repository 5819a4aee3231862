"""Layers that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.layers.augmented_batches import AugmentedBatches
from dlcourse.layers.cut_mix import CutMix
from dlcourse.layers.freeze_batch_norm import FrozenBatchNorm, freeze_batch_norm
from dlcourse.layers.hierarchical_softmax import HierarchicalSoftmax

__all__ = ["AugmentedBatches", "CutMix", "FrozenBatchNorm", "HierarchicalSoftmax", "freeze_batch_norm"]
