"""The pieces that schedules are made of, in float32 without the loss of digits that the plain formulas have."""

import math

import numpy as np
from keras import ops


def ratio(part, whole):
    """part / whole in float32, for a tensor of counts and a number: (...) -> (...)"""
    return ops.cast(part, "float32") / whole


def half_cosine(left, length):
    """From 1 at left = length down to 0 at left = 0, along half a cosine: (1 - cos(pi left / length)) / 2.

    Written as sin(pi/2 left / length)^2, it keeps its digits near 0, where 1 - cos has none left.

    Shapes:  left (...), how many steps remain; length, a number or (...) -> (...) in [0, 1]
    """
    return ops.square(ops.sin(0.5 * math.pi * (ops.cast(left, "float32") / length)))


def power(base, exponent):
    """base ** exponent for a number 0 < base <= 1 and whole exponents >= 0, right to 5e-7 at any size.

    exp(n log base) in float32 loses digits as n log base grows, and base itself may not be a float32 number. So the
    exponent is read in digits of base 256: base ** (d0 + 256 d1 + ...) = base ** d0 * (base ** 256) ** d1 * ..., where
    each factor stands in a table that was computed in float64.

    Shapes:  exponent (...) int below 2**31 -> (...) float32 in [0, 1]
    """
    product = 1.0
    for digit in range(4):
        table = np.power(base, 256.0**digit * np.arange(256)).astype("float32")
        place = ops.mod(ops.floor_divide(exponent, 256**digit), 256)
        product = product * ops.take(ops.convert_to_tensor(table), place)
    return product
