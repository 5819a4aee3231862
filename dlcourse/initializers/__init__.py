"""Initial weights that Keras lacks, and what any initial weights do to the signal in a network."""

from dlcourse.initializers.bilinear import Bilinear
from dlcourse.initializers.failures import MisreadGlorot, failures
from dlcourse.initializers.fan_in_range import FanInRange
from dlcourse.initializers.fan_in_uniform import FanInUniform, fans
from dlcourse.initializers.lsuv import lsuv
from dlcourse.initializers.signal_propagation import signal_propagation

__all__ = ["Bilinear", "FanInRange", "FanInUniform", "MisreadGlorot", "failures", "fans", "lsuv", "signal_propagation"]
