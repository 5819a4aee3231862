"""Adam's kin: another norm (AdaMax), Nesterov's look ahead (Nadam), and decay beside the gradient (AdamW)."""

import numpy as np

from dlcourse.scratch.optimizers.optimizer import TwoMoments
from dlcourse.scratch.optimizers.scalars import positive, schedule


class AdaMax(TwoMoments):
    """Adam with the largest recent |g| in place of the root mean square; it needs no correction.

    u <- max(beta_2 u, |g|),   w <- w - rate / (1 - beta_1^t) * m / (u + epsilon)

    The maximum is over beta_2 times the last u, not over v.

    Keras:   `Adamax(rate)` does the same. The paper has no epsilon; it keeps 0 from being divided by 0.
    Source:  Kingma & Ba 2015, algorithm 2
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, u=0.0)

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.u = np.maximum(self.beta_2 * s.u, np.abs(g))
        return w - rate / (1 - self.beta_1**t) * s.m / (s.u + self.epsilon)


class Nadam(TwoMoments):
    """Adam whose momentum part is already that of the next step, with a momentum mu that warms up.

    mu_t = beta_1 (1 - 0.96^(t / 250) / 2),   product <- product * mu_t,   m <- mu_t m + (1 - mu_t) g
    m_hat = mu_{t+1} m / (1 - product * mu_{t+1}) + (1 - mu_t) g / (1 - product)
    w <- w - rate m_hat / (sqrt(v_hat) + epsilon)

    v and v_hat are Adam's. The weights of g in m sum to 1 - product, which is what the two divisions correct: under a
    constant g both fractions are whole gradients, weighted by about mu_{t+1} and 1 - mu_t.

    Keras:   departs, see `KerasNadam`.
    Source:  Dozat 2016, algorithm 2, and his report of 2015 for the schedule
    """

    def __init__(self, rate=0.001, beta_1=0.99, beta_2=0.999, epsilon=1e-8):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0, product=1.0)

    def update(self, w, g, s, t, rate):
        mu = self.beta_1 * (1 - 0.5 * 0.96 ** (t / 250))
        mu_next = self.beta_1 * (1 - 0.5 * 0.96 ** ((t + 1) / 250))
        s.product = s.product * mu  # mu_1 mu_2 ... mu_t
        s.m = mu * s.m + (1 - mu) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = mu_next * s.m / (1 - s.product * mu_next) + (1 - mu) * g / (1 - s.product)
        v_hat = s.v / (1 - self.beta_2**t)
        return w - rate * m_hat / (np.sqrt(v_hat) + self.epsilon)


class KerasNadam(TwoMoments):
    """Nadam as Keras has it: mu warms up 250 times faster, and m is averaged with beta_1 instead of mu.

    mu_t = beta_1 (1 - 0.96^t / 2),   m <- beta_1 m + (1 - beta_1) g,   the rest as `Nadam`

    After a hundred steps mu is almost beta_1; in the paper that takes 25,000. The products of the mu no longer fit m,
    so that its start at 0 is not corrected in full: the first step is 1.06 rates long, the paper's 1.31, at 0.9.

    Keras:   `Nadam(rate)` does the same, with beta_1 = 0.9 and epsilon = 1e-7.
    """

    def __init__(self, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0, product=1.0)

    def update(self, w, g, s, t, rate):
        mu = self.beta_1 * (1 - 0.5 * 0.96**t)
        mu_next = self.beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
        s.product = s.product * mu
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = mu_next * s.m / (1 - s.product * mu_next) + (1 - mu) * g / (1 - s.product)
        v_hat = s.v / (1 - self.beta_2**t)
        return w - rate * m_hat / (np.sqrt(v_hat) + self.epsilon)


class AdamW(TwoMoments):
    """Adam that also shrinks the weights, beside the gradient and not through it: v never sees the decay.

    w <- w - eta_t (rate m_hat / (sqrt(v_hat) + epsilon) + decay w)

    `multiplier` is eta_t, a number or a function of the step 0, 1, ...; it scales both parts. The rate (alpha) does
    not touch the decay: a weight without gradient shrinks by eta_t * decay.

    Keras:   departs, see `KerasAdamW`.
    Source:  Loshchilov & Hutter 2019, algorithm 2
    """

    def __init__(self, rate=0.001, decay=0.01, multiplier=1.0, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0)
        self.decay, self.multiplier = positive(decay, "decay"), schedule(multiplier, "multiplier")

    def update(self, w, g, s, t, rate):
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = s.m / (1 - self.beta_1**t)
        v_hat = s.v / (1 - self.beta_2**t)
        step = rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return w - self.multiplier(t - 1) * (step + self.decay * w)


class KerasAdamW(TwoMoments):
    """AdamW as Keras has it: w <- w - rate decay w, then a step of `KerasAdam`.

    The decay is multiplied by the rate, so a decay of the paper is decay / rate here, and a schedule of the rate acts
    as the paper's multiplier. Epsilon is that of `KerasAdam`.

    Keras:   `AdamW(rate, weight_decay=decay)` does the same.
    """

    def __init__(self, rate=0.001, decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(rate, beta_1, beta_2, epsilon, m=0.0, v=0.0)
        self.decay = positive(decay, "decay")

    def update(self, w, g, s, t, rate):
        w = w - rate * self.decay * w
        s.m = self.beta_1 * s.m + (1 - self.beta_1) * g
        s.v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        alpha = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return w - alpha * s.m / (np.sqrt(s.v) + self.epsilon)
