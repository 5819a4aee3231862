"""Learning-rate schedules that Keras lacks: pure functions of the step, for any Keras optimizer."""

from dlcourse.schedules.chain import Chain
from dlcourse.schedules.cyclical import CyclicalLearningRate
from dlcourse.schedules.drawing import plot, rates
from dlcourse.schedules.one_cycle import OneCycle
from dlcourse.schedules.step_decay import StepDecay
from dlcourse.schedules.warm_restarts import CosineWarmRestarts
from dlcourse.schedules.warmup import PolynomialWarmup, Warmup

__all__ = [
    "Chain",
    "CosineWarmRestarts",
    "CyclicalLearningRate",
    "OneCycle",
    "PolynomialWarmup",
    "StepDecay",
    "Warmup",
    "plot",
    "rates",
]
