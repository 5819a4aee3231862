"""One row for each object under contract. A newly exported class gets its row here, and with it all checks of its kind.

Each list begins with objects of Keras: they show that the checks ask for nothing that a sound object does not keep.
Rows share shapes, so that JAX, which compiles each operation for each shape, has less to compile.
"""

import keras
import numpy as np

from dlcourse.initializers import FanInUniform, MisreadGlorot
from dlcourse.layers import HierarchicalSoftmax
from dlcourse.losses import HierarchicalCrossentropy, SquaredWestonWatkins, WestonWatkins
from dlcourse.ops import balanced_tree, huffman_tree
from tests.contracts import (
    catalog_callbacks,
    catalog_classifiers,
    catalog_conv_layers,
    catalog_cut_mix,
    catalog_lenet_layers,
    catalog_map_layers,
    catalog_schedules,
    catalog_segmentation,
    catalog_segmentation_metrics,
    catalog_segmentation_others,
    catalog_segmenters,
    twins,
)
from tests.contracts.rows import CallbackRow, InitializerRow, LayerRow, LossRow, MetricRow, ModelRow, ScheduleRow

COUNTS = [40, 1, 7, 0, 20, 3, 3]


def _normal(rng, *shape):
    return rng.normal(size=shape).astype("float32")


def _hierarchical(case, counts, labelled, *lead):
    """A row for HierarchicalSoftmax over 7 classes, x (b, *lead, 5)."""
    tree = huffman_tree(counts) if counts else balanced_tree(7)

    def inputs(rng):
        x = {"inputs": _normal(rng, 6, *lead, 5)}
        return {**x, "labels": rng.integers(7, size=(6, *lead)).astype("int32")} if labelled else x

    def twin(weights, inputs, labels=None):
        return twins.hierarchical_softmax(tree, *weights, inputs, labels)

    return LayerRow(
        HierarchicalSoftmax,
        make=lambda: HierarchicalSoftmax(7, counts, bias_initializer="ones"),
        case=case,
        inputs=inputs,
        twin=twin,
        invalid=(
            lambda: HierarchicalSoftmax(1),
            lambda: HierarchicalSoftmax(2.5),
            lambda: HierarchicalSoftmax("3"),
            lambda: HierarchicalSoftmax(3, counts=[1, 2]),
            lambda: HierarchicalSoftmax(3, counts=5),
            lambda: HierarchicalSoftmax(2, counts={0: 1, 1: 2}),
            lambda: HierarchicalSoftmax(2, counts=[1, -2]),
            lambda: HierarchicalSoftmax(2, counts=[1, np.nan]),
            lambda: HierarchicalSoftmax(3)(np.ones((4, 2), "float32"), labels=np.ones(4, "float32")),
            lambda: HierarchicalSoftmax(3)(np.ones((4, 2), "float32"), labels=np.ones((4, 3), "int32")),
            lambda: HierarchicalSoftmax(3)(np.ones((4, 2), "float32"), labels=np.ones(5, "int32")),
        ),
    )


LAYERS = [
    LayerRow(
        keras.layers.Dense,
        make=lambda: keras.layers.Dense(3, activation="softsign"),
        inputs=lambda rng: {"inputs": _normal(rng, 6, 5)},
        twin=lambda weights, inputs: (z := inputs @ weights[0] + weights[1]) / (1 + np.abs(z)),
        exempt={"config": "Keras leaves arguments that are None out of it"},
        invalid=(lambda: keras.layers.Dense(-1),),
    ),
    LayerRow(
        keras.layers.PReLU,
        make=lambda: keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.3), shared_axes=[1]),
        inputs=lambda rng: {"inputs": _normal(rng, 2, 6, 3)},
        twin=lambda weights, inputs: np.maximum(inputs, 0) + weights[0] * np.minimum(inputs, 0),
    ),
    _hierarchical("balanced", None, labelled=False),
    _hierarchical("balanced-labels", None, labelled=True),
    _hierarchical("huffman", COUNTS, labelled=False),
    _hierarchical("huffman-labels-in-time", COUNTS, True, 4),
    *catalog_cut_mix.ROWS,
    *catalog_lenet_layers.LAYER_ROWS,
    *catalog_map_layers.ROWS,
    *catalog_conv_layers.ROWS,
]


def _margin(cls, case, margin, power, ignore, *lead):
    """A row for a Weston-Watkins loss over 4 classes, scores (8, *lead, 4)."""
    far = np.array([[1e4, -1e4, -1e4, -1e4], [-1e4, 1e4, 1e4, 1e4], [0, 0, 0, 0], [1e4, 1e4, 1e4, 1e4]] * 2, "float32")

    def sample(rng):
        y_true = rng.integers(4, size=(8, *lead)).astype("int32")
        if ignore is not None:
            y_true[[1, 6]] = ignore
        return y_true, _normal(rng, 8, *lead, 4)

    return LossRow(
        cls,
        make=lambda: cls(margin=margin, ignore_class=ignore),
        case=case,
        sample=sample,
        twin=lambda y, s: twins.weston_watkins(y, s, margin, power, ignore),
        kept=None if ignore is None else lambda y_true: y_true != ignore,
        extremes=((np.array([0, 0, 2, 3, 1, 2, 2, 1]), far),),
        degenerate={
            "empty": (np.zeros(0, "int32"), np.zeros((0, 4), "float32"), 0.0),
            "empty, labels in a column": (np.zeros((0, 1), "int32"), np.zeros((0, 4), "float32"), 0.0),
            "one class": (np.zeros(8, "int32"), np.ones((8, 1), "float32"), 0.0),
            "one label everywhere": (np.ones(8, "int32"), np.zeros((8, 4), "float32"), 24 * margin**power),
        }
        | ({} if ignore is None else {"all ignored": (np.full(8, ignore), np.full((8, 4), np.nan, "float32"), 0.0)}),
        invalid=(
            lambda: cls(margin=-1.0),
            lambda: cls(margin=float("nan")),
            lambda: cls(margin="1"),
            lambda: cls(reduction="average"),
            lambda: cls()(np.eye(4, dtype="float32"), np.ones((4, 4), "float32")),
            lambda: cls()(np.zeros(3, "int32"), np.ones((4, 4), "float32")),
        ),
    )


def _sparse_sample(rng):
    return np.array([0, 2, -1, 1, 2, -1, 0, 1]), _normal(rng, 8, 4)


def _cross_entropy(y_true, logits):
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return np.where(y_true < 0, 0.0, -np.take_along_axis(log_p, np.maximum(y_true, 0)[:, None], 1)[:, 0])


LOSSES = [
    LossRow(
        keras.losses.BinaryCrossentropy,
        make=lambda: keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        sample=lambda rng: (rng.integers(2, size=(8, 4)).astype("float32"), _normal(rng, 8, 4)),
        twin=lambda y, z: (np.logaddexp(0, z) - (0.9 * y + 0.05) * z).mean(axis=-1),
        extremes=((np.array([[0, 1, 1, 0]] * 8), np.array([[1e4, -1e4, 0, -1e4]] * 8, "float32")),),
        degenerate={"empty": (np.zeros((0, 4)), np.zeros((0, 4)), 0.0)},
        invalid=(lambda: keras.losses.BinaryCrossentropy(reduction="average"),),
    ),
    LossRow(
        keras.losses.SparseCategoricalCrossentropy,
        make=lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1),
        sample=_sparse_sample,
        twin=_cross_entropy,
        kept=lambda y_true: y_true >= 0,
        extremes=((np.array([0, 1] * 4), np.array([[1e4, -1e4, 0, 0]] * 8, "float32")),),
        degenerate={
            "empty": (np.zeros(0, "int32"), np.zeros((0, 4), "float32"), 0.0),
            "all ignored": (np.full(8, -1), np.zeros((8, 4), "float32"), 0.0),
        },
        exempt={"nan": "a score of -inf is a way to rule a class out", "config": "Keras does not save its axis"},
    ),
    _margin(WestonWatkins, "", 0.8, 1, None),
    _margin(WestonWatkins, "ignoring-in-time", 1.0, 1, -1, 3),
    _margin(SquaredWestonWatkins, "", 0.8, 2, None),
    _margin(SquaredWestonWatkins, "ignoring", 1.0, 2, -1),
    LossRow(
        HierarchicalCrossentropy,
        make=lambda: HierarchicalCrossentropy(ignore_class=-1),
        sample=lambda rng: (np.array([3, -1, 0, 1, -1, 9, 2, 2]), -np.abs(_normal(rng, 8))),
        twin=lambda y, log_p: np.where(y == -1, 0.0, -log_p),
        kept=lambda y_true: y_true != -1,
        extremes=((np.array([0, 1] * 4), np.array([0.0, -1e4] * 4, "float32")),),
        degenerate={
            "empty": (np.zeros(0, "int32"), np.zeros(0, "float32"), 0.0),
            "certain": (np.zeros(8, "int32"), np.zeros(8, "float32"), 0.0),
            "all ignored": (np.full(8, -1), np.full(8, np.nan, "float32"), 0.0),
        },
        invalid=(
            lambda: HierarchicalCrossentropy(reduction="average"),
            lambda: HierarchicalCrossentropy()(np.zeros(4, "int32"), np.zeros((4, 9), "float32")),
        ),
    ),
    *catalog_lenet_layers.LOSS_ROWS,
    *catalog_segmentation.ROWS,
    *catalog_segmentation_others.ROWS,
]

METRICS = [
    MetricRow(
        keras.metrics.MeanSquaredError,
        make=lambda: keras.metrics.MeanSquaredError(name="error"),
        sample=lambda rng: (_normal(rng, 10, 2), _normal(rng, 10, 2)),
        twin=lambda y, p, w: (((y - p) ** 2).mean(axis=-1) * w).sum() / w.sum(),
    ),
    *catalog_segmentation_metrics.ROWS,
]

SCHEDULES = [
    ScheduleRow(
        keras.optimizers.schedules.CosineDecay,
        make=lambda: keras.optimizers.schedules.CosineDecay(0.3, decay_steps=600, alpha=0.1),
        formula=lambda step: 0.3 * (0.9 * 0.5 * (1 + np.cos(np.pi * min(step, 600) / 600)) + 0.1),
        invalid=(lambda: keras.optimizers.schedules.CosineDecay(0.3, decay_steps=-1),),
    ),
    *catalog_schedules.ROWS,
]


def _fan_sum(shape):
    """Inputs of a unit plus units of an input, counted by the window of a convolution."""
    return int(np.prod(shape[:-2])) * (shape[-2] + shape[-1])


INITIALIZERS = [
    InitializerRow(
        keras.initializers.GlorotUniform,
        make=lambda seed=1: keras.initializers.GlorotUniform(seed=seed),
        spread=lambda shape: np.sqrt(2 / _fan_sum(shape)),
        bound=lambda shape: np.sqrt(6 / _fan_sum(shape)),
        invalid=(lambda: keras.initializers.GlorotUniform(seed=0.5),),
    ),
    InitializerRow(
        FanInUniform,
        make=lambda seed=1: FanInUniform(seed=seed),
        spread=lambda shape: np.sqrt(1 / 3 / np.prod(shape[:-1])),
        bound=lambda shape: np.sqrt(1 / np.prod(shape[:-1])),
        invalid=(lambda: FanInUniform(seed="0"),),
    ),
    InitializerRow(
        MisreadGlorot,
        make=lambda seed=1: MisreadGlorot(seed=seed),
        spread=lambda shape: 2 / _fan_sum(shape),
        invalid=(lambda: MisreadGlorot(seed=[0]),),
    ),
    *catalog_lenet_layers.INITIALIZER_ROWS,
    *catalog_conv_layers.INITIALIZER_ROWS,
]

CALLBACKS = [
    CallbackRow(
        keras.callbacks.LearningRateScheduler,
        make=lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1)),
        rates=(0.5, 0.5, 0.25, 0.25, 0.5 / 3, 0.5 / 3),
        after=0.5 / 3,
    ),
    CallbackRow(
        keras.callbacks.ReduceLROnPlateau,
        make=lambda: keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, mode="max"),
        rates=(0.5, 0.5, 0.5, 0.5, 0.25, 0.25),
        after=0.125,
        invalid=(lambda: keras.callbacks.ReduceLROnPlateau(factor=1.5),),
    ),
    *catalog_callbacks.ROWS,
]


def two_levels(shape):
    """A small feature pyramid: two strided convolutions, named by how much smaller than the image they are."""
    image = keras.Input(shape)
    c1 = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="softplus")(image)
    c2 = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="softplus")(c1)
    return keras.Model(image, {"C1": c1, "C2": c2})


MODELS = [
    ModelRow(
        two_levels,
        make=two_levels,
        shapes=((12, 16, 3), (7, 9, 3)),
        params=(27 + 1) * 4 + (36 + 1) * 6,
        strides={"C1": 2, "C2": 4},
    ),
    *catalog_classifiers.ROWS,
    *catalog_segmenters.ROWS,
]
MODELS_ALIKE = catalog_classifiers.ALIKE
