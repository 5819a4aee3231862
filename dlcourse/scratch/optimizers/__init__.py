"""Optimizers from scratch, in NumPy: walks that keep their path, the paper's equations beside Keras's, and constraints.

The paper's equations bear the plain name. Where Keras departs from them a class `Keras...` stands beside it; where
there is none, the one class equals both.
"""

from dlcourse.scratch.optimizers.adam import Adam, AMSGrad, KerasAdam, KerasAMSGrad
from dlcourse.scratch.optimizers.adam_kin import AdaMax, AdamW, KerasAdamW, KerasNadam, Nadam
from dlcourse.scratch.optimizers.adaptive import AdaDelta, AdaGrad, CenteredRMSprop, KerasAdaGrad, RMSprop
from dlcourse.scratch.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value, global_norm
from dlcourse.scratch.optimizers.constrained import Constrained, Problem, augmented_lagrangian
from dlcourse.scratch.optimizers.descent import Descent, gradient_descent
from dlcourse.scratch.optimizers.dual import dual_function, quadratic_dual, quadratic_problem
from dlcourse.scratch.optimizers.line_search import backtracking, backtracking_descent
from dlcourse.scratch.optimizers.momentum import SGD, AveragedMomentum, KerasNesterov, Momentum, Nesterov
from dlcourse.scratch.optimizers.newton import bfgs, damped_newton, newton
from dlcourse.scratch.optimizers.optimizer import Optimizer, minimize
from dlcourse.scratch.optimizers.surfaces import Surface, long_valley, noisy_bowl, rosenbrock, saddle

__all__ = [
    "SGD",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "AveragedMomentum",
    "CenteredRMSprop",
    "Constrained",
    "Descent",
    "KerasAMSGrad",
    "KerasAdaGrad",
    "KerasAdam",
    "KerasAdamW",
    "KerasNadam",
    "KerasNesterov",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "Problem",
    "RMSprop",
    "Surface",
    "augmented_lagrangian",
    "backtracking",
    "backtracking_descent",
    "bfgs",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "damped_newton",
    "dual_function",
    "global_norm",
    "gradient_descent",
    "long_valley",
    "minimize",
    "newton",
    "noisy_bowl",
    "quadratic_dual",
    "quadratic_problem",
    "rosenbrock",
    "saddle",
]
