"""Layers that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.layers.hierarchical_softmax import HierarchicalSoftmax

__all__ = ["HierarchicalSoftmax"]
