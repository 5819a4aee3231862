"""Steps with inertia: plain descent, momentum, and Nesterov's look ahead. The gradient may be that of a batch."""

from dlcourse.scratch.optimizers.optimizer import Optimizer
from dlcourse.scratch.optimizers.scalars import fraction


class SGD(Optimizer):
    """w <- w - rate g. With the gradient of all examples it is gradient descent, with that of a batch it is SGD.

    Keras:   `SGD(rate)` does the same.
    Source:  Robbins & Monro 1951
    """

    def __init__(self, rate=0.01):
        super().__init__(rate)

    def update(self, w, g, s, t, rate):
        return w - rate * g


class Momentum(Optimizer):
    """The heavy ball: v <- beta v - rate g,  w <- w + v.

    v is the last step, w_t - w_{t-1}. Under a constant g it tends to -rate g / (1 - beta): ten steps in one at 0.9.

    Keras:   `SGD(rate, momentum=beta)` does the same. (Other libraries keep v <- beta v + g and step by -rate v; it
             differs as soon as the rate changes on the way.)
    Source:  Polyak 1964
    """

    def __init__(self, rate=0.01, beta=0.9):
        super().__init__(rate, v=0.0)
        self.beta = fraction(beta, "beta")

    def update(self, w, g, s, t, rate):
        s.v = self.beta * s.v - rate * g
        return w + s.v


class AveragedMomentum(Optimizer):
    """Momentum as a leaky average of gradients: v <- beta v + (1 - beta) g,  w <- w - rate v.

    Under a constant g the average v tends to g, so that beta does not change the length of the steps. With a constant
    rate it walks as `Momentum` does at (1 - beta) times that rate. Keras has no such optimizer.
    """

    def __init__(self, rate=0.1, beta=0.9):
        super().__init__(rate, v=0.0)
        self.beta = fraction(beta, "beta")

    def update(self, w, g, s, t, rate):
        s.v = self.beta * s.v + (1 - self.beta) * g
        return w - rate * s.v


class Nesterov(Optimizer):
    """Look before the step: g is the gradient at w + beta v, then v <- beta v - rate g,  w <- w + v.

    Ask `where(weights)` for the point at which to take the gradient; `minimize` does so.

    Keras:   departs, see `KerasNesterov`.
    Source:  Nesterov 1983, in the form of Sutskever et al. 2013, eqs. 3 and 4
    """

    def __init__(self, rate=0.01, beta=0.9):
        self.beta = fraction(beta, "beta")
        super().__init__(rate, look_ahead=self.beta, v=0.0)

    def update(self, w, g, s, t, rate):
        s.v = self.beta * s.v - rate * g
        return w + s.v


class KerasNesterov(Optimizer):
    """Nesterov with the look-ahead point itself as weights: v <- beta v - rate g,  w <- w + beta v - rate g.

    The w of this class is w + beta v of `Nesterov`, so the gradient is taken where the weights are. With a constant
    rate the two walks are one, seen from two points; they meet where v comes to rest.

    Keras:   `SGD(rate, momentum=beta, nesterov=True)` does the same.
    Source:  Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5
    """

    def __init__(self, rate=0.01, beta=0.9):
        super().__init__(rate, v=0.0)
        self.beta = fraction(beta, "beta")

    def update(self, w, g, s, t, rate):
        s.v = self.beta * s.v - rate * g
        return w + self.beta * s.v - rate * g
