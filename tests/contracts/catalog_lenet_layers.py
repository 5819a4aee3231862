"""Rows of the layers, the loss and the initializer that LeNet-5 and AlexNet brought."""

import numpy as np

from dlcourse.initializers import FanInRange
from dlcourse.layers import (
    LocalResponseNormalization,
    RBFOutput,
    SparseConnections,
    TrainableSubsampling,
    digit_codes,
    lenet5_table,
)
from dlcourse.losses import MaximumAPosteriori
from tests.contracts.rows import InitializerRow, LayerRow, LossRow

TABLE = [[1, 0, 1, 1], [0, 1, 1, 0], [0, 1, 0, 0]]


def _normal(rng, *shape):
    return rng.normal(size=shape).astype("float32")


def _images(rng):
    return {"inputs": _normal(rng, 2, 7, 6, 3)}


def _across(size, k, alpha, beta):
    def twin(weights, inputs):
        y = np.empty_like(inputs)
        for i in range(inputs.shape[-1]):
            near = inputs[..., max(0, i - size // 2) : i + size // 2 + 1]
            y[..., i] = inputs[..., i] / (k + alpha * (near**2).sum(axis=-1)) ** beta
        return y

    return twin


def _within(size, k, alpha, beta):
    def twin(weights, inputs):
        y, side = np.empty_like(inputs), size // 2
        for row in range(inputs.shape[1]):
            for column in range(inputs.shape[2]):
                near = inputs[:, max(0, row - side) : row + side + 1, max(0, column - side) : column + side + 1]
                y[:, row, column] = inputs[:, row, column] / (k + alpha * (near**2).sum(axis=(1, 2))) ** beta
        return y

    return twin


def _subsample(coefficient, bias, x, window=(2, 2), scale=1.0):
    p, q = window
    height, width = x.shape[1] // p, x.shape[2] // q
    y = np.empty((len(x), height, width, x.shape[3]))
    for row in range(height):
        for column in range(width):
            cut = x[:, p * row : p * row + p, q * column : q * column + q]
            y[:, row, column] = cut.sum(axis=(1, 2)) * scale * coefficient + bias
    return y


def _sparse(weights, x, table, strides=1, before=0, behind=0):
    """Convolution of the connected pairs one after the other, images padded with zeros before and behind."""
    kernel, bias = weights
    table = np.asarray(table)
    kh, kw, _ = kernel.shape
    x = np.pad(x, ((0, 0), (before, behind), (before, behind), (0, 0)))
    height, width = ((n - k) // strides + 1 for n, k in zip(x.shape[1:3], (kh, kw), strict=True))
    y = np.zeros((len(x), height, width, table.shape[1])) + bias
    for number, (c, f) in enumerate(np.argwhere(table)):
        for row in range(height):
            for column in range(width):
                cut = x[:, row * strides : row * strides + kh, column * strides : column * strides + kw, c]
                y[:, row, column, f] += (cut * kernel[:, :, number]).sum(axis=(1, 2))
    return y


LAYER_ROWS = [
    LayerRow(
        LocalResponseNormalization,
        make=lambda: LocalResponseNormalization(size=3, k=0.7, alpha=0.4, beta=0.6),
        case="across",
        inputs=lambda rng: {"inputs": _normal(rng, 2, 7, 6, 3)},
        twin=_across(3, 0.7, 0.4, 0.6),
        invalid=(
            lambda: LocalResponseNormalization(size=4),
            lambda: LocalResponseNormalization(size=2.5),
            lambda: LocalResponseNormalization(size=-1),
            lambda: LocalResponseNormalization(k=0),
            lambda: LocalResponseNormalization(alpha=-1e-4),
            lambda: LocalResponseNormalization(beta=float("nan")),
            lambda: LocalResponseNormalization(region="channels"),
        ),
    ),
    LayerRow(
        LocalResponseNormalization,
        make=lambda: LocalResponseNormalization(size=3, k=0.7, alpha=0.4, beta=0.6, region="within_channel"),
        case="within",
        inputs=_images,
        twin=_within(3, 0.7, 0.4, 0.6),
        invalid=(lambda: LocalResponseNormalization(region="within_channel")(np.ones((2, 5), "float32")),),
    ),
    LayerRow(
        TrainableSubsampling,
        make=lambda: TrainableSubsampling(activation="tanh", bias_initializer="ones"),
        case="sum",
        inputs=_images,
        twin=lambda weights, inputs: np.tanh(_subsample(*weights, inputs)),
        invalid=(
            lambda: TrainableSubsampling(pool_size=0),
            lambda: TrainableSubsampling(pool_size=(2, 2, 2)),
            lambda: TrainableSubsampling(pool_size=1.5),
            lambda: TrainableSubsampling(reduction="max"),
            lambda: TrainableSubsampling()(np.ones((2, 5), "float32")),
            lambda: TrainableSubsampling(pool_size=4)(np.ones((1, 8, 3, 1), "float32")),
        ),
    ),
    LayerRow(
        TrainableSubsampling,
        make=lambda: TrainableSubsampling((3, 2), reduction="average"),
        case="average",
        inputs=_images,
        twin=lambda weights, inputs: _subsample(*weights, inputs, window=(3, 2), scale=1 / 6),
    ),
    LayerRow(
        SparseConnections,
        make=lambda: SparseConnections(TABLE, kernel_size=(3, 2), activation="tanh"),
        case="valid",
        inputs=_images,
        twin=lambda weights, inputs: np.tanh(_sparse(weights, inputs, TABLE)),
        invalid=(
            lambda: SparseConnections([1, 0], 3),
            lambda: SparseConnections([[1, 2]], 3),
            lambda: SparseConnections([[1, 0], [1]], 3),
            lambda: SparseConnections([[1, 0], [1, 0]], 3),
            lambda: SparseConnections(TABLE, 0),
            lambda: SparseConnections(TABLE, 3, strides="2"),
            lambda: SparseConnections(TABLE, 3, padding="full"),
            lambda: SparseConnections(lenet5_table(), 5)(np.ones((1, 14, 14, 3), "float32")),
        ),
    ),
    LayerRow(
        SparseConnections,
        make=lambda: SparseConnections(TABLE, 3, strides=2, padding="same", kernel_initializer="he_normal"),
        case="strided-same",
        inputs=lambda rng: {"inputs": _normal(rng, 2, 7, 7, 3)},
        twin=lambda weights, inputs: _sparse(weights, inputs, TABLE, strides=2, before=1, behind=1),
    ),
    LayerRow(
        RBFOutput,
        make=lambda: RBFOutput(digit_codes()[:3, 20:25]),
        case="fixed",
        inputs=lambda rng: {"inputs": _normal(rng, 6, 5)},
        twin=lambda weights, inputs: ((inputs[:, None] - digit_codes()[:3, 20:25]) ** 2).sum(axis=-1),
        invalid=(
            lambda: RBFOutput(10),
            lambda: RBFOutput("digits"),
            lambda: RBFOutput([[1.0, float("inf")]]),
            lambda: RBFOutput([[1.0, 2.0], [1.0]]),
            lambda: RBFOutput(digit_codes())(np.ones((2, 85), "float32")),
        ),
    ),
    LayerRow(
        RBFOutput,
        make=lambda: RBFOutput([[0.5, 1.0, -1.0], [2.0, 0.0, 1.0]], trainable=True),
        case="trainable-in-time",
        inputs=lambda rng: {"inputs": _normal(rng, 4, 2, 3)},
        twin=lambda weights, inputs: ((inputs[:, :, None] - weights[0]) ** 2).sum(axis=-1),
    ),
]


def _criterion(y_true, penalties, rubbish=1.5):
    far = np.concatenate([-penalties, np.full((*penalties.shape[:-1], 1), -rubbish)], axis=-1)
    own = np.take_along_axis(penalties, np.maximum(y_true, 0)[..., None], axis=-1)[..., 0]
    return np.where(y_true == -1, 0.0, own + np.log(np.exp(far).sum(axis=-1)))


LOSS_ROWS = [
    LossRow(
        MaximumAPosteriori,
        make=lambda: MaximumAPosteriori(rubbish=1.5, from_logits=True),
        case="scores-in-time",
        sample=lambda rng: (rng.integers(3, size=(6, 2)).astype("int32"), _normal(rng, 6, 2, 3)),
        twin=lambda y_true, scores: _criterion(y_true, -scores),
        extremes=((np.array([0, 1]), np.array([[-1e4, 1e4], [0.0, -1e4]], "float32")),),
        degenerate={"empty": (np.zeros((0, 2), "int32"), np.zeros((0, 2, 3), "float32"), 0.0)},
    ),
    LossRow(
        MaximumAPosteriori,
        make=lambda: MaximumAPosteriori(rubbish=1.5, ignore_class=-1),
        sample=lambda rng: (np.array([3, -1, 0, 1, -1, 1, 2, 2]), 2 * np.abs(_normal(rng, 8, 4))),
        twin=_criterion,
        kept=lambda y_true: y_true != -1,
        extremes=(
            (np.array([0, 1, 2, 3] * 2), np.array([[0.0, 1e4, 1e4, 1e4], [1e4, 0, 1e4, -1e4]] * 4, "float32")),
            (np.array([0, 1, 2, 3] * 2), np.full((8, 4), 1e4, "float32")),
        ),
        degenerate={
            "empty": (np.zeros(0, "int32"), np.zeros((0, 4), "float32"), 0.0),
            "all at the rubbish": (np.zeros(8, "int32"), np.full((8, 4), 1.5, "float32"), 8 * np.log(5)),
            "all ignored": (np.full(8, -1), np.full((8, 4), np.nan, "float32"), 0.0),
        },
        invalid=(
            lambda: MaximumAPosteriori(rubbish=0),
            lambda: MaximumAPosteriori(rubbish=float("inf")),
            lambda: MaximumAPosteriori(rubbish="10"),
            lambda: MaximumAPosteriori(reduction="average"),
            lambda: MaximumAPosteriori()(np.eye(4, dtype="float32"), np.ones((4, 4), "float32")),
            lambda: MaximumAPosteriori()(np.zeros(3, "int32"), np.ones((4, 4), "float32")),
        ),
    ),
]


INITIALIZER_ROWS = [
    InitializerRow(
        FanInRange,
        make=lambda seed=1: FanInRange(seed=seed),
        spread=lambda shape: 2.4 / np.prod(shape[:-1]) / np.sqrt(3),
        bound=lambda shape: 2.4 / np.prod(shape[:-1]),
        invalid=(
            lambda: FanInRange(fan_in=0),
            lambda: FanInRange(fan_in="3"),
            lambda: FanInRange(fan_in=[[3, 4]]),
            lambda: FanInRange(fan_in=[3, 4])((5, 3)),
            lambda: FanInRange(seed=0.5),
        ),
    )
]
