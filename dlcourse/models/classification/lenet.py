"""LeNet-5 as it was published (LeCun et al. 1998)."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from dlcourse.initializers import FanInRange
from dlcourse.layers import RBFOutput, SparseConnections, TrainableSubsampling, digit_codes, lenet5_table
from dlcourse.models.registry import Family


@keras.saving.register_keras_serializable("dlcourse")
def scaled_tanh(x):
    """1.7159 tanh(2 x / 3): steepest at 0, and f(1) = 1, f(-1) = -1, so that targets of +-1 need no saturation.

    Shapes:  x (...) -> (...) in (-1.7159, 1.7159)
    Source:  LeCun et al. 1998, section II.B and appendix A

    >>> round(float(scaled_tanh(np.float32(1.0))), 4)
    1.0
    """
    return 1.7159 * ops.tanh(x * (2 / 3))


@dataclass(frozen=True)
class LeNet:
    """filters: of C5; units: of F6, one for each pixel of a code. C1 and C3 have the 6 and 16 maps of their table."""

    filters: int = 120
    units: int = 84


def _begin(fan_in=None):
    """What every trained layer of the published net has."""
    return {"activation": scaled_tanh, "kernel_initializer": FanInRange(fan_in)}


def _subsample(x, name):
    """(b, h, w, c) -> (b, h // 2, w // 2, c): as the mean to begin with, since the sum's coefficient starts at 1/4"""
    quarter = keras.initializers.Constant(0.25)
    return TrainableSubsampling(2, activation=scaled_tanh, coefficient_initializer=quarter, name=name)(x)


def features(x, row):
    """Image (b, h, w, c) -> {"C1": S2, "C2": S4}. Nothing is padded: at 32 x 32 the maps are 14 x 14 and 5 x 5."""
    table = lenet5_table()
    x = layers.Conv2D(len(table), 5, name="stage1_c1", **_begin())(x)
    s2 = _subsample(x, "stage1_s2")
    fans = (25 * table.sum(axis=0)).tolist()
    x = SparseConnections(table, 5, name="stage2_c3", **_begin(fans))(s2)
    return {"C1": s2, "C2": _subsample(x, "stage2_s4")}


def head(pyramid, row, classes):
    """C5, F6 and the distances to the codes: (b, h, w, 16) -> scores (b, classes), the negative distances.

    More than ten classes get random codes of +-1, the choice that the paper puts beside drawn ones.
    """
    x = layers.Conv2D(row.filters, 5, name="head_c5", **_begin())(pyramid["C2"])
    x = layers.Flatten(name="head_flatten")(x)
    x = layers.Dense(row.units, name="head_f6", **_begin())(x)
    drawn, chance = digit_codes(), np.random.default_rng(0).choice([-1.0, 1.0], size=(classes, row.units))
    codes = drawn[:classes] if classes <= len(drawn) and row.units == drawn.shape[1] else chance
    distances = RBFOutput(codes, name="head_rbf")(x)
    return layers.Rescaling(-1.0, name="head_scores")(distances)


PUBLISHED = Family(
    "lenet",
    features,
    head,
    input_shape=(32, 32, 1),
    least=32,
    source="LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition, 1998, II.B",
)

LeNet5 = PUBLISHED.define(
    "LeNet5",
    LeNet(),
    params=60840,
    trainable=60000,
    classes=10,
    reference="the paper, layer by layer, and 840 fixed codes",
)
"""Trainable subsampling, the sparse table of C3, scaled tanh, distances to drawn digits."""
