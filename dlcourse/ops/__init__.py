"""Pure functions on tensors and arrays: no state, no weights, the same numbers on every backend."""

from dlcourse.ops.hierarchical import leaf_log_probabilities, path_log_probability
from dlcourse.ops.margins import margin_violations
from dlcourse.ops.trees import Tree, balanced_tree, huffman_tree

__all__ = [
    "Tree",
    "balanced_tree",
    "huffman_tree",
    "leaf_log_probabilities",
    "margin_violations",
    "path_log_probability",
]
