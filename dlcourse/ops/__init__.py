"""Pure functions on tensors and arrays: no state, no weights, the same numbers on every backend."""

from dlcourse.ops.autodiff import compiled, hvp, jvp, value_and_grad, vjp
from dlcourse.ops.borders import border_weights
from dlcourse.ops.distance import distance_transform, signed_distance
from dlcourse.ops.grouped_convolution import grouped_convolution
from dlcourse.ops.hierarchical import leaf_log_probabilities, path_log_probability
from dlcourse.ops.margins import margin_violations
from dlcourse.ops.stateless import loss_of_weights
from dlcourse.ops.trees import Tree, balanced_tree, huffman_tree

__all__ = [
    "Tree",
    "balanced_tree",
    "border_weights",
    "compiled",
    "distance_transform",
    "grouped_convolution",
    "huffman_tree",
    "hvp",
    "jvp",
    "leaf_log_probabilities",
    "loss_of_weights",
    "margin_violations",
    "path_log_probability",
    "signed_distance",
    "value_and_grad",
    "vjp",
]
