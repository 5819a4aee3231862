"""Adam: momentum over the root mean square of the gradient, both corrected for having begun at 0."""

import numpy as np

from dlcourse.scratch.optimizers.optimizer import TwoMoments


class Adam(TwoMoments):
    """m and v are leaky averages of g and g^2; each is divided by the weight that its t gradients have by now.

    m <- beta_1 m + (1 - beta_1) g,     m_hat = m / (1 - beta_1^t)
    v <- beta_2 v + (1 - beta_2) g^2,   v_hat = v / (1 - beta_2^t)
    w <- w - rate m_hat / (sqrt(v_hat) + epsilon)

    The first step, and every step under a constant g, is rate * sign(g), but for epsilon.

    Keras:   departs in epsilon, see `KerasAdam`.
    Source:  Kingma & Ba 2015, algorithm 1
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0)

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = s.m / (1 - self.beta_1**t)
        v_hat = s.v / (1 - self.beta_2**t)
        return w - rate * m_hat / (np.sqrt(v_hat) + self.epsilon)


class KerasAdam(TwoMoments):
    """Adam as Keras has it: both corrections go into the rate, and epsilon is added to the uncorrected root.

    alpha = rate sqrt(1 - beta_2^t) / (1 - beta_1^t),   w <- w - alpha m / (sqrt(v) + epsilon)

    It is the paper's own shortcut ("epsilon hat", end of section 2). Against algorithm 1 epsilon counts as
    epsilon / sqrt(1 - beta_2^t): 32 times as much in the first step, and the same in the end.

    Keras:   `Adam(rate)` does the same, with epsilon = 1e-7 for the paper's 1e-8.
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0)

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        alpha = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return w - alpha * s.m / (np.sqrt(s.v) + self.epsilon)


class AMSGrad(TwoMoments):
    """Adam without its corrections, divided by the largest v so far, so that no weight's rate ever grows.

    v_max <- max(v_max, v),   w <- w - rate m / (sqrt(v_max) + epsilon)

    Keras:   departs, see `KerasAMSGrad`. The paper has no epsilon; it keeps 0 from being divided by 0.
    Source:  Reddi, Kale & Kumar 2018, algorithm 2
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0, v_max=0.0)

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        s.v_max = np.maximum(s.v_max, s.v)
        return w - rate * s.m / (np.sqrt(s.v_max) + self.epsilon)


class KerasAMSGrad(TwoMoments):
    """AMSGrad as Keras has it: with the corrections of `KerasAdam`, where the paper has none.

    alpha = rate sqrt(1 - beta_2^t) / (1 - beta_1^t),   w <- w - alpha m / (sqrt(v_max) + epsilon)

    The largest is taken of the uncorrected v, and the correction of the present step is put on it.

    Keras:   `Adam(rate, amsgrad=True)` does the same.
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0, v_max=0.0)

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        s.v_max = np.maximum(s.v_max, s.v)
        alpha = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return w - alpha * s.m / (np.sqrt(s.v_max) + self.epsilon)
