"""What `dlcourse.complexity` reads off the gates, shortcuts, poolings and grouped convolutions."""

import keras

from dlcourse.complexity import profile
from dlcourse.layers import (
    BilinearConv2DTranspose,
    GroupedConv2D,
    L2Pooling2D,
    ScaledResidual,
    SpatialPyramidPooling2D,
    SqueezeExcite,
    StochasticPooling2D,
)


def test_each_layer_tells_what_it_costs():
    x = keras.Input((8, 8, 4))
    grouped = GroupedConv2D(8, 3, groups=2, padding="same", use_bias=False, name="grouped")(x)
    gated = SqueezeExcite(ratio=4, name="gated")(grouped)
    summed = ScaledResidual(0.1, name="summed")(grouped, gated)
    larger = BilinearConv2DTranspose(8, factor=2, name="larger")(summed)
    length = L2Pooling2D(2, name="length")(larger)
    drawn = StochasticPooling2D(3, strides=2, padding="same", name="drawn")(length)
    pyramid = SpatialPyramidPooling2D((2, 1), name="pyramid")(drawn)
    found = profile(keras.Model(x, pyramid))
    assert not found.not_counted
    macs = found.table["macs"]
    assert macs["grouped"] == 8 * 8 * 8 * 2 * 9  # each filter sees two channels
    assert macs["gated"] == 2 * 8 * 2  # once an image
    assert macs["larger"] == 8 * 8 * 8 * 8 * 4 * 4  # each pixel of the input stamps its window
    assert macs[["summed", "length", "drawn", "pyramid"]].sum() == 0
    other = found.table["other_ops"]
    assert other["gated"] == 2 * 8 * 8 * 8 + 2 * (2 + 8)
    assert other["summed"] == 2 * 8 * 8 * 8
    assert other["length"] == 2 * 8 * 8 * 8 * 4 and other["drawn"] == 2 * 4 * 4 * 8 * 9
    assert other["pyramid"] == 2 * 4 * 4 * 8
    assert found.table.loc["grouped", "parameters"] == 3 * 3 * 2 * 8
