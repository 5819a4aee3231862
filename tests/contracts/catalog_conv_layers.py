"""Rows of grouped and transposed convolutions, of gates and shortcuts, and of poolings."""

import numpy as np

from dlcourse.initializers import Bilinear
from dlcourse.layers import (
    BilinearConv2DTranspose,
    GroupedConv2D,
    L2Pooling2D,
    ScaledResidual,
    SpatialPyramidPooling2D,
    SqueezeExcite,
    StochasticPooling2D,
    ZeroChannels,
)
from tests.contracts import conv_twins
from tests.contracts.rows import InitializerRow, LayerRow


def _images(*shape, low=None):
    def inputs(rng):
        x = rng.normal(size=shape).astype("float32")
        return {"inputs": x if low is None else np.maximum(x, low)}

    return inputs


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _hard_sigmoid(z):
    return np.clip(z / 6 + 0.5, 0, 1)


def _grouped(case, groups, **options):
    kept = {"strides": 1, "padding": "valid", "dilation_rate": 1, **options}

    def twin(weights, inputs):
        kernel, bias = weights
        twice = [(n, n) for n in (kept["strides"], kept["dilation_rate"])]
        return np.tanh(
            conv_twins.grouped_convolution(inputs, kernel, groups, twice[0], kept["padding"], twice[1]) + bias
        )

    return LayerRow(
        GroupedConv2D,
        make=lambda: GroupedConv2D(8, 3, groups=groups, activation="tanh", **options),
        case=case,
        inputs=_images(2, 5, 6, 4),
        twin=twin,
        invalid=(
            lambda: GroupedConv2D(8, 3, groups=3),
            lambda: GroupedConv2D(8, 3, groups=0),
            lambda: GroupedConv2D(8, 3, groups=4)(np.ones((1, 5, 5, 6), "float32")),
        ),
    )


def _squared_mean(window):
    total = window.sum(axis=(1, 2))
    return (window**2).sum(axis=(1, 2)) / np.where(total == 0, 1, total)


ROWS = [
    _grouped("bundled", 2, strides=2, padding="same"),
    _grouped("depthwise", 4),
    LayerRow(
        SqueezeExcite,
        make=lambda: SqueezeExcite(ratio=2),
        case="ratio",
        inputs=_images(3, 4, 5, 6),
        twin=lambda weights, inputs: conv_twins.squeeze_excite(inputs, weights, _sigmoid),
        invalid=(
            lambda: SqueezeExcite(ratio=0),
            lambda: SqueezeExcite(ratio=2.5),
            lambda: SqueezeExcite(units=0),
            lambda: SqueezeExcite(units=True),
            lambda: SqueezeExcite()(np.ones((2, 5), "float32")),
        ),
    ),
    LayerRow(
        SqueezeExcite,
        make=lambda: SqueezeExcite(units=4, gate_activation="hard_sigmoid", kernel_initializer="glorot_uniform"),
        case="units-in-time",
        inputs=_images(4, 5, 3),
        twin=lambda weights, inputs: conv_twins.squeeze_excite(inputs, weights, _hard_sigmoid),
    ),
    LayerRow(
        ScaledResidual,
        make=lambda: ScaledResidual(0.3),
        inputs=lambda rng: {name: rng.normal(size=(2, 4, 4, 3)).astype("float32") for name in ("inputs", "residual")},
        twin=lambda weights, inputs, residual: inputs + 0.3 * residual,
        invalid=(
            lambda: ScaledResidual("0.1"),
            lambda: ScaledResidual(float("nan")),
            lambda: ScaledResidual()(np.ones((2, 4, 4, 3), "float32"), np.ones((2, 4, 4, 1), "float32")),
        ),
    ),
    LayerRow(
        ZeroChannels,
        make=lambda: ZeroChannels(5),
        inputs=_images(2, 4, 4, 3),
        twin=lambda weights, inputs: np.concatenate([inputs, np.zeros((2, 4, 4, 2))], axis=-1),
        invalid=(
            lambda: ZeroChannels(0),
            lambda: ZeroChannels(2.5),
            lambda: ZeroChannels(2)(np.ones((2, 4, 4, 3), "float32")),
        ),
    ),
    LayerRow(
        BilinearConv2DTranspose,
        make=lambda: BilinearConv2DTranspose(3, factor=3),
        inputs=_images(2, 4, 5, 3),
        twin=lambda weights, inputs: conv_twins.transposed_convolution(inputs, weights[0], 3),
        invalid=(
            lambda: BilinearConv2DTranspose(3, factor=0),
            lambda: BilinearConv2DTranspose(3, factor=1.5),
            lambda: BilinearConv2DTranspose(4)(np.ones((1, 3, 3, 3), "float32")),
        ),
    ),
    LayerRow(
        L2Pooling2D,
        make=lambda: L2Pooling2D((3, 2), strides=1, padding="same"),
        inputs=_images(2, 5, 6, 3),
        twin=lambda weights, inputs: conv_twins.pooled(
            inputs, lambda window: np.sqrt((window**2).sum(axis=(1, 2))), (3, 2), (1, 1), "same"
        ),
        invalid=(
            lambda: L2Pooling2D(0),
            lambda: L2Pooling2D(strides=(1, 2, 3)),
            lambda: L2Pooling2D(padding="full"),
            lambda: L2Pooling2D()(np.ones((2, 5), "float32")),
            lambda: L2Pooling2D(4)(np.ones((1, 8, 3, 1), "float32")),
        ),
    ),
    LayerRow(
        StochasticPooling2D,
        make=lambda: StochasticPooling2D(2, strides=(2, 1), seed=3),
        inputs=_images(2, 5, 6, 3, low=0.0),
        twin=lambda weights, inputs: conv_twins.pooled(inputs, _squared_mean, (2, 2), (2, 1)),
        exempt={"jit": "it draws in training, so that the loss is not that of the inference"},
        invalid=(
            lambda: StochasticPooling2D(0),
            lambda: StochasticPooling2D(seed="1"),
            lambda: StochasticPooling2D(padding=1),
            lambda: StochasticPooling2D()(np.ones((2, 5), "float32")),
        ),
    ),
    LayerRow(
        SpatialPyramidPooling2D,
        make=lambda: SpatialPyramidPooling2D((3, 2, 1)),
        case="max",
        inputs=_images(2, 7, 5, 3),
        twin=lambda weights, inputs: conv_twins.spatial_pyramid(inputs, (3, 2, 1), np.max),
        invalid=(
            lambda: SpatialPyramidPooling2D(()),
            lambda: SpatialPyramidPooling2D((2, 0)),
            lambda: SpatialPyramidPooling2D(1.0),
            lambda: SpatialPyramidPooling2D(pooling="sum"),
            lambda: SpatialPyramidPooling2D()(np.ones((2, 5), "float32")),
        ),
    ),
    LayerRow(
        SpatialPyramidPooling2D,
        make=lambda: SpatialPyramidPooling2D([4], pooling="average"),
        case="average",
        inputs=_images(2, 3, 6, 2),
        twin=lambda weights, inputs: conv_twins.spatial_pyramid(inputs, (4,), np.mean),
    ),
]

FIXED = "it draws nothing: the weights follow from the shape"
INITIALIZER_ROWS = [
    InitializerRow(
        Bilinear,
        make=lambda seed=1: Bilinear(),
        spread=lambda shape: 0.0,
        exempt=dict.fromkeys(("spread", "dtypes", "seeds", "calls", "from_config", "saves"), FIXED),
        invalid=(lambda: Bilinear()((3, 3, 4)), lambda: Bilinear()((3, 3, 4, 5))),
    )
]
