"""A softmax over very many classes that costs a path through a tree instead of a dot product a class."""

import operator

import keras
import numpy as np
from keras import ops

from dlcourse.ops.hierarchical import leaf_log_probabilities, path_log_probability
from dlcourse.ops.trees import balanced_tree, huffman_tree


def _class_number(classes):
    """`classes` as a plain int, which a saved configuration can hold."""
    try:
        number = None if isinstance(classes, bool) else operator.index(classes)
    except TypeError:
        number = None
    if number is None:
        raise ValueError(
            f"HierarchicalSoftmax: classes must be an integer, got {classes!r}. Pass int(y.max()) + 1 or the like."
        )
    if number < 2:
        raise ValueError(f"HierarchicalSoftmax needs at least 2 classes, got {number}. One class leaves no choice.")
    return number


def _class_counts(counts, classes):
    """`counts` as a plain list of numbers, one for each class."""
    try:
        array = np.asarray(counts)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise ValueError(
            f"HierarchicalSoftmax: counts must be one number for each class, (V,), got {counts!r}. Pass a flat list or "
            f"array in the order of the classes, such as np.bincount(y, minlength={classes})."
        )
    if len(array) != classes:
        raise ValueError(
            f"HierarchicalSoftmax needs a count for each of its {classes} classes, got {len(array)}. Give a class "
            "that was never seen the count 0."
        )
    return array.tolist()


@keras.saving.register_keras_serializable("dlcourse")
class HierarchicalSoftmax(keras.layers.Layer):
    """Log-probabilities over `classes` (V) classes, as the leaves of a binary tree of logistic choices.

    log p(y | x) = sum over the inner nodes i on the path to y of log sigmoid(sign_yi * (w_i . x + b_i))

    - `layer(x, labels=y)`, for training: log p(y | x), from the `depth` nodes on the path of y. Its loss is
      `dlcourse.losses.HierarchicalCrossentropy`.
    - `layer(x)`, for prediction: log p of all V classes, from all V - 1 nodes. It sums to 1 by construction; there
      is nothing to normalise. Evaluate it with `SparseCategoricalCrossentropy(from_logits=True)`.

    With V = 2 this is logistic regression for class 1. In training the products, the activations and their gradients
    grow with `depth`, not with V. What may still grow with V is the update of the table: JAX and PyTorch hand the
    optimizer a full (V - 1, d) gradient, and an optimizer with moments, such as Adam, walks through all of them on
    every backend. SGD without momentum on TensorFlow changes the touched rows alone. None of it is a product with a
    (V, d) matrix, which is what a `Dense` softmax pays for; benchmarks/hierarchical_softmax.py has the figures.

    Args:
        classes: V >= 2, an integer of Python or NumPy.
        counts: how often each class occurs, (V,): builds a Huffman tree, the fewest nodes per example on average.
            All paths are padded to the longest one, so very uneven counts make the padded work larger. None builds
            a balanced tree of depth ceil(log2 V).
        use_bias: whether a node has a bias b_i.
        kernel_initializer, bias_initializer: of `nodes` and `bias`; zeros in both make all turns even.

    Shapes:  x (b, ..., d), labels integer (b, ...) or (b, ..., 1) -> (b, ...); x alone -> (b, ..., V);
             weights: nodes (V - 1, d), bias (V - 1,)
    Range:   (-inf, 0], in nats; sums are made in float32 and returned in the compute dtype. Under a mixed policy
             give this layer dtype="float32", as any last softmax
    Errors:  a label outside 0 .. V-1 gives NaN, since under jit nothing can raise; NaN in x gives NaN. ValueError for
             labels that are not integers or do not fit x, for x with another d than the layer was built with, for
             classes that are no integer or fewer than 2, and for counts that are not V finite numbers >= 0
    Source:  Morin & Bengio 2005; Huffman trees: Mikolov et al. 2013

    >>> import keras, numpy as np
    >>> from dlcourse.layers import HierarchicalSoftmax
    >>> from dlcourse.losses import HierarchicalCrossentropy
    >>> x, label = keras.Input((4,)), keras.Input((), dtype="int32")
    >>> softmax = HierarchicalSoftmax(1000)
    >>> trained = keras.Model([x, label], softmax(x, labels=label))
    >>> trained.compile("sgd", HierarchicalCrossentropy())
    >>> features, y = np.ones((8, 4), "float32"), np.arange(8, dtype="int32")
    >>> history = trained.fit([features, y], y, verbose=0)      # ten nodes an example
    >>> model = keras.Model(x, softmax(x))                      # shares the weights
    >>> model.predict(features, verbose=0).shape
    (8, 1000)
    """

    def __init__(
        self,
        classes,
        counts=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.classes = _class_number(classes)
        self.counts = None if counts is None else _class_counts(counts, self.classes)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.tree = balanced_tree(self.classes) if counts is None else huffman_tree(self.counts)

    def build(self, input_shape):
        # No autocast: it would cast the whole table where a few rows are read.
        size, features = self.classes - 1, input_shape[-1]
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: features})  # of x; Keras leaves labels out
        self.nodes = self.add_weight((size, features), self.kernel_initializer, name="nodes", autocast=False)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight((size,), self.bias_initializer, name="bias", autocast=False)

    def call(self, inputs, labels=None):
        return self._all(inputs) if labels is None else self._one(inputs, labels)

    def compute_output_shape(self, inputs_shape, labels_shape=None):
        return (*inputs_shape[:-1], self.classes) if labels_shape is None else tuple(inputs_shape[:-1])

    def get_config(self):
        return {
            **super().get_config(),
            "classes": self.classes,
            "counts": self.counts,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    def _all(self, inputs):
        logits = ops.matmul(inputs, ops.cast(ops.transpose(self.nodes), inputs.dtype))  # (b, ..., V - 1)
        if self.bias is not None:
            logits = logits + ops.cast(self.bias, inputs.dtype)
        return ops.cast(leaf_log_probabilities(ops.cast(logits, "float32"), self.tree), self.compute_dtype)

    def _one(self, inputs, labels):
        labels = self._aligned(inputs, labels)  # (b, ...)
        known = ops.logical_and(labels >= 0, labels < self.classes)
        row = ops.where(known, labels, 0)  # backends differ in what they gather out of range
        path, signs = ops.take(self.tree.paths, row, axis=0), ops.take(self.tree.signs, row, axis=0)  # (b, ..., depth)
        nodes = ops.cast(ops.take(self.nodes, path, axis=0), inputs.dtype)  # (b, ..., depth, d)
        logits = ops.squeeze(ops.matmul(nodes, ops.expand_dims(inputs, -1)), -1)  # (b, ..., depth)
        if self.bias is not None:
            logits = logits + ops.cast(ops.take(self.bias, path, axis=0), inputs.dtype)
        picked = path_log_probability(ops.cast(logits, "float32"), signs)  # (b, ...)
        return ops.cast(ops.where(known, picked, float("nan")), self.compute_dtype)

    def _aligned(self, inputs, labels):
        labels = ops.convert_to_tensor(labels)
        dtype = keras.backend.standardize_dtype(labels.dtype)
        if "int" not in dtype:
            raise ValueError(
                f"HierarchicalSoftmax takes integer labels, got {dtype}. Declare the input as "
                'keras.Input(..., dtype="int32"), or cast the labels.'
            )
        leading = len(inputs.shape) - 1
        if len(labels.shape) == leading + 1 and labels.shape[-1] == 1:
            labels = ops.squeeze(labels, axis=-1)
        pairs = zip(labels.shape, inputs.shape[:-1], strict=False)
        if len(labels.shape) != leading or any(a != b and a is not None and b is not None for a, b in pairs):
            raise ValueError(
                f"HierarchicalSoftmax needs one label for each row of x, got labels of shape {tuple(labels.shape)} for "
                f"x of shape {tuple(inputs.shape)}. Give labels the shape of x without its last axis."
            )
        return labels
