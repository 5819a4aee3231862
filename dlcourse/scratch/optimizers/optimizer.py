"""What all optimizers share: a rate, a memory for each array of weights, and the count of steps."""

from abc import ABC, abstractmethod
from types import SimpleNamespace

import numpy as np

from dlcourse.scratch.optimizers.arrays import point, unpack, unpack_like
from dlcourse.scratch.optimizers.descent import Descent
from dlcourse.scratch.optimizers.scalars import count, fraction, positive, schedule


class Optimizer(ABC):
    """Abstract: turns weights and gradients into the next weights. Each kind writes its equations in `update`.

    rate      a number above 0, or a function of the step 0, 1, ...
    steps     how many steps were made
    memory    what `update` remembers of each array, e.g. `memory[0].v`; empty before the first step

    The weights are one array or a list of arrays; a step returns new ones in the same form and changes none of yours.
    """

    def __init__(self, rate, look_ahead=0.0, **memory):
        self.rate, self.look_ahead = schedule(rate), look_ahead
        self.steps, self.memory = 0, []
        self._shapes, self._start = [], memory  # a memory starts as one number for all elements of an array

    @abstractmethod
    def update(self, w, g, s, t, rate):
        """The next weights, from the weights w and their gradient g, two arrays of one shape.

        s holds what is remembered, and is changed; t = 1, 2, ... counts the steps; rate is that of this step.
        """

    def step(self, weights, gradients):
        """The weights after one step: an array, or a list of arrays, as given.

        Raises:
            ValueError: gradients and weights differ in number or shape, hold integers, NaN or infinity, or are not
                those that the optimizer remembers.
        """
        arrays, pack = unpack(weights, "weights")
        slopes = unpack_like(gradients, [w.shape for w in arrays], "gradients")
        if not self.memory:
            self.memory = [SimpleNamespace(**self._start) for _ in arrays]
            self._shapes = [w.shape for w in arrays]
        if self._shapes != [w.shape for w in arrays]:
            raise ValueError(
                f"weights must keep the shapes {self._shapes} of the first step, got {[w.shape for w in arrays]}. "
                "Make a new optimizer for other weights."
            )
        rate, t = self.rate(self.steps), self.steps + 1
        moved = [self.update(w, g, s, t, rate) for w, g, s in zip(arrays, slopes, self.memory, strict=True)]
        self.steps = t
        return pack(moved)

    def where(self, weights):
        """The point at which the gradient is wanted: the weights, but for `Nesterov`, who looks ahead."""
        if not self.look_ahead or not self.memory:
            return weights
        arrays, pack = unpack(weights, "weights")
        return pack([w + self.look_ahead * s.v for w, s in zip(arrays, self.memory, strict=True)])


class TwoMoments(Optimizer):
    """Abstract: Adam and its kin, with leaky averages of the gradient (beta_1) and of its square (beta_2)."""

    def __init__(self, rate, beta_1, beta_2, epsilon, **memory):
        super().__init__(rate, **memory)
        self.beta_1, self.beta_2 = fraction(beta_1, "beta_1"), fraction(beta_2, "beta_2")
        self.epsilon = positive(epsilon, "epsilon")


def minimize(optimizer, start, gradient, steps):
    """Let a fresh optimizer make `steps` steps from `start` (d,) and keep the path.

    Returns:
        a `Descent` whose reason is "max_steps", or "diverged" where a point or a gradient was not finite

    Raises:
        ValueError: an optimizer that has made steps before; a start or a first gradient that is no finite float (d,).

    >>> from dlcourse.scratch.optimizers import Momentum
    >>> walk = minimize(Momentum(0.1, beta=0.5), [1.0], lambda x: x, steps=2)
    >>> walk.path.ravel().round(4).tolist(), walk.reason
    ([1.0, 0.9, 0.76], 'max_steps')
    """
    if optimizer.steps:
        raise ValueError(f"minimize wants a fresh optimizer, got one that has made {optimizer.steps} steps. Make anew.")
    x = point(start)
    path, rates = [x], []
    for step in range(count(steps, "steps")):
        with np.errstate(over="ignore", invalid="ignore"):  # a walk that runs away is reported, not warned of
            g = np.asarray(gradient(optimizer.where(x)))
            fine = step == 0 or np.isfinite(g).all()  # the first gradient has to be finite: `step` sees to it
            if not fine or not np.isfinite(x := optimizer.step(x, g)).all():
                return Descent(np.array(path), np.array(rates), "diverged")
        path.append(x)
        rates.append(optimizer.rate(step))
    return Descent(np.array(path), np.array(rates), "max_steps")
