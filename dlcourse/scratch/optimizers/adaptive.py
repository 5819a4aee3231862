"""A rate for each weight: divide the gradient by a running measure of its own size.

The squares here are squares of first derivatives. None of these methods looks at a second derivative.
"""

import numpy as np

from dlcourse.scratch.optimizers.optimizer import Optimizer
from dlcourse.scratch.optimizers.scalars import fraction, positive


class AdaGrad(Optimizer):
    """Divide by the root of the sum of all squared gradients: total <- total + g^2.

    w <- w - rate g / (sqrt(total) + epsilon)

    The first step is rate * sign(g), but for epsilon. Under a constant g the step t is 1 / sqrt(t) of the first.

    Keras:   departs, see `KerasAdaGrad`.
    Source:  Duchi, Hazan & Singer 2011, figure 1 with H = delta I + diag(s)
    """

    def __init__(self, rate=0.01, epsilon=1e-7):
        super().__init__(rate, total=0.0)
        self.epsilon = positive(epsilon, "epsilon")

    def update(self, w, g, s, t, rate):
        s.total = s.total + g**2
        return w - rate * g / (np.sqrt(s.total) + self.epsilon)


class KerasAdaGrad(Optimizer):
    """AdaGrad as Keras has it: the sum begins at `initial` and epsilon is added under the root.

    With initial = 0.1 the first steps are short where |g| is well below 0.3: rate g / sqrt(0.1 + g^2).

    Keras:   `Adagrad(rate)` does the same.
    """

    def __init__(self, rate=0.001, initial=0.1, epsilon=1e-7):
        super().__init__(rate, total=0.0 if initial == 0 else positive(initial, "initial"))
        self.epsilon = positive(epsilon, "epsilon")

    def update(self, w, g, s, t, rate):
        s.total = s.total + g**2
        return w - rate * g / np.sqrt(s.total + self.epsilon)


class AdaDelta(Optimizer):
    """Divide by a leaky root mean square of g, and multiply by that of the past steps: no rate has to be chosen.

    g2 <- rho g2 + (1 - rho) g^2
    d  = sqrt(d2 + epsilon) / sqrt(g2 + epsilon) * g
    d2 <- rho d2 + (1 - rho) d^2,   w <- w - rate d

    The ratio of the two roots gives the step the unit of w. Epsilon is what starts it: the first step is about
    sqrt(epsilon / (1 - rho)) long, whatever the gradient.

    Keras:   `Adadelta(rate)` does the same. The paper has rate = 1 and epsilon = 1e-6; Keras's own defaults, 0.001 and
             1e-7, make it thousands of times slower.
    Source:  Zeiler 2012, algorithm 1
    """

    def __init__(self, rate=1.0, rho=0.95, epsilon=1e-6):
        super().__init__(rate, g2=0.0, d2=0.0)
        self.rho, self.epsilon = fraction(rho, "rho"), positive(epsilon, "epsilon")

    def update(self, w, g, s, t, rate):
        rho, eps = self.rho, self.epsilon
        s.g2 = rho * s.g2 + (1 - rho) * g**2
        d = np.sqrt((s.d2 + eps) / (s.g2 + eps)) * g
        s.d2 = rho * s.d2 + (1 - rho) * d**2
        return w - rate * d


class RMSprop(Optimizer):
    """Divide by a leaky root mean square of g: v <- rho v + (1 - rho) g^2,  w <- w - rate g / sqrt(v + epsilon).

    AdaGrad's sum, made forgetful. It holds no momentum. Since v begins at 0 and is not corrected, the first step is
    rate / sqrt(1 - rho) long, 3.2 rates at 0.9; under a constant g the steps settle at one rate.

    Keras:   `RMSprop(rate)` does the same. The slide has no epsilon; it keeps 0 from being divided by 0.
    Source:  Tieleman & Hinton 2012, lecture 6e
    """

    def __init__(self, rate=0.001, rho=0.9, epsilon=1e-7):
        super().__init__(rate, v=0.0)
        self.rho, self.epsilon = fraction(rho, "rho"), positive(epsilon, "epsilon")

    def update(self, w, g, s, t, rate):
        s.v = self.rho * s.v + (1 - self.rho) * g**2
        return w - rate * g / np.sqrt(s.v + self.epsilon)


class CenteredRMSprop(Optimizer):
    """RMSprop by the spread of g about its leaky mean, with momentum on the steps.

    v <- rho v + (1 - rho) g^2,   mean <- rho mean + (1 - rho) g
    step <- beta step + rate g / sqrt(v - mean^2 + epsilon),   w <- w - step

    Under a constant g the spread tends to 0 and the steps grow: epsilon is then all that holds them.

    Keras:   `RMSprop(rate, centered=True, momentum=beta)` does the same.
    Source:  Graves 2013, eqs. 38 to 41
    """

    def __init__(self, rate=0.001, rho=0.9, beta=0.0, epsilon=1e-7):
        super().__init__(rate, v=0.0, mean=0.0, step=0.0)
        self.rho, self.beta = fraction(rho, "rho"), fraction(beta, "beta")
        self.epsilon = positive(epsilon, "epsilon")

    def update(self, w, g, s, t, rate):
        s.v = self.rho * s.v + (1 - self.rho) * g**2
        s.mean = self.rho * s.mean + (1 - self.rho) * g
        s.step = self.beta * s.step + rate * g / np.sqrt(s.v - s.mean**2 + self.epsilon)
        return w - s.step
