"""Momentum that moves against the learning rate: high where the rate is low, low where the rate is high."""

import math
from abc import ABC, abstractmethod

import keras
from keras import ops

from dlcourse.callbacks.checks import own_optimizer, refuse_skipped_steps
from dlcourse.schedules.arguments import LAST_STEP, between, whole
from dlcourse.schedules.cycles import mode_and_gamma, turn_and_anneal


class MovingMomentum(keras.callbacks.Callback, ABC):
    """Abstract: before each batch, sets the optimizer's momentum by the optimizer's step.

    The step is `optimizer.iterations`, which schedules go by as well: the momentum stays in phase with the rate over
    several fits and after a resume, and there is no state to save.

    Leaves:  the optimizer with the momentum of the last step
    Errors:  ValueError at the begin of the training where the optimizer's momentum is no variable, as it is in
             dlcourse.optimizers.SGD and Adam; for steps_per_execution > 1 and gradient accumulation
    """

    @abstractmethod
    def momentum_at(self, step):
        """The momentum of step `step` (from 0): int -> float"""

    def on_train_begin(self, logs=None):
        refuse_skipped_steps(self, self.model)
        self._attribute()

    def on_train_batch_begin(self, batch, logs=None):
        optimizer = own_optimizer(self.model)
        step = int(ops.convert_to_numpy(optimizer.iterations))
        setattr(optimizer, self._attribute(), self.momentum_at(step))

    def _attribute(self):
        """Under which name the optimizer keeps its momentum."""
        optimizer = own_optimizer(self.model)
        for name in ("momentum", "beta_1"):
            if isinstance(getattr(optimizer, name, None), keras.Variable):
                return name
        raise ValueError(
            f"{type(self).__name__} needs an optimizer whose momentum is a variable, got {type(optimizer).__name__}, "
            "whose compiled step would not see a change. Compile with dlcourse.optimizers.SGD or "
            "dlcourse.optimizers.Adam, which take the same arguments."
        )


class CyclicalMomentum(MovingMomentum):
    """From `high` down to `low` in `step_size` steps, back up in as many, and again: against CyclicalLearningRate.

    momentum(t) = high - (high - low) * height(t) * scale(t), with the height and scale of CyclicalLearningRate

    Give both the same step_size (half a cycle, in steps), mode and gamma, and the momentum is lowest where the rate is
    highest. The values are those of PyTorch's CyclicLR with cycle_momentum=True.

    Args:    step_size; low, high with 0 <= low <= high <= 1; mode "triangular", "triangular2" or "exp_range"; gamma in
             (0, 1], with "exp_range" only
    Errors:  ValueError for arguments out of range, an unknown mode, gamma missing or where it does not belong; at the
             begin of the training as in `MovingMomentum`
    Leaves:  the optimizer with the momentum of the last step
    Source:  Smith 2018, section 4.3

    >>> moving = CyclicalMomentum(step_size=4, low=0.8, high=0.9)
    >>> [round(moving.momentum_at(step), 3) for step in (0, 2, 4, 6, 8)]
    [0.9, 0.85, 0.8, 0.85, 0.9]
    """

    def __init__(self, step_size, low=0.85, high=0.95, mode="triangular", gamma=None):
        super().__init__()
        self.step_size = whole("CyclicalMomentum", "step_size", step_size, LAST_STEP // 2)
        self.low, self.high = _bounds("CyclicalMomentum", low, high)
        self.mode, self.gamma = mode_and_gamma("CyclicalMomentum", mode, gamma)

    def momentum_at(self, step):
        cycle, place = divmod(step, 2 * self.step_size)
        height = min(place, 2 * self.step_size - place) / self.step_size
        if self.mode == "triangular2":
            height /= 2**cycle
        elif self.mode == "exp_range":
            height *= self.gamma**step
        return self.high - (self.high - self.low) * height


class OneCycleMomentum(MovingMomentum):
    """From `high` down to `low` while OneCycle's rate rises, and back up to `high` while it falls.

    Give it the total_steps, pct_start and anneal of the schedule. The values are those of PyTorch's OneCycleLR with
    cycle_momentum=True; after total_steps the momentum stays `high`, where PyTorch refuses to go on.

    Args:    total_steps; low, high with 0 <= low <= high <= 1; pct_start in (1 / total_steps, 1); anneal "cos"
             or "linear"
    Errors:  ValueError for arguments out of range and an unknown anneal; at the begin of the training as in
             `MovingMomentum`
    Leaves:  the optimizer with the momentum of the last step
    Source:  Smith & Topin 2018; Smith 2018, section 4.3

    >>> moving = OneCycleMomentum(total_steps=11, low=0.8, high=0.9, pct_start=0.5, anneal="linear")
    >>> [round(moving.momentum_at(step), 3) for step in (0, 4, 5, 10, 99)]
    [0.9, 0.811, 0.809, 0.9, 0.9]
    """

    def __init__(self, total_steps, low=0.85, high=0.95, pct_start=0.3, anneal="cos"):
        super().__init__()
        self.total_steps = whole("OneCycleMomentum", "total_steps", total_steps)
        self.low, self.high = _bounds("OneCycleMomentum", low, high)
        self.pct_start, self.anneal = turn_and_anneal("OneCycleMomentum", pct_start, self.total_steps, anneal)

    def momentum_at(self, step):
        turn, end = self.pct_start * self.total_steps - 1, self.total_steps - 1
        share = step / turn if step <= turn else max(end - step, 0) / (end - turn)  # how much of the way to `low`
        if self.anneal == "cos":
            share = (1 - math.cos(math.pi * share)) / 2
        return self.high - (self.high - self.low) * share


def _bounds(owner, low, high):
    """The two bounds as floats with 0 <= low <= high <= 1."""
    high = between(owner, "high", high, 0.0, 1.0)
    return between(owner, "low", low, 0.0, high), high
