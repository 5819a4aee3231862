"""What a `Value` can do besides arithmetic: exponential, root, logarithm, the activations, softmax, cross entropy.

Each function computes its result and hands over one edge: the function from the slope in the result to the slope in
the operand, which for a function of single numbers is a multiplication by its derivative.
"""

import numpy as np
from scipy.special import expit, ndtr

from dlcourse.scratch.labels import class_numbers

_QUIET = {"divide": "ignore", "invalid": "ignore"}


class Functions:
    """Abstract: functions of one value, as its methods. (...) -> (...) unless another shape is given.

    Whoever inherits has `data` and `made(operation, data, *edges)`; see `dlcourse.scratch.autograd.Value`.
    """

    __slots__ = ()

    def exp(self):
        y = np.exp(self.data)
        return self.made("exp", y, (self, lambda g: g * y))

    def log(self):
        x = self.data
        with np.errstate(**_QUIET):
            return self.made("log", np.log(x), (self, lambda g: g / x))

    def sqrt(self):
        with np.errstate(**_QUIET):
            y = np.sqrt(self.data)
        return self.made("sqrt", y, (self, lambda g: g / (2 * y)))

    def sigmoid(self):
        """1 / (1 + e^-x), in [0, 1]"""
        y = _sigmoid(self.data)
        return self.made("sigmoid", y, (self, lambda g: g * y * (1 - y)))

    def tanh(self):
        y = np.tanh(self.data)
        return self.made("tanh", y, (self, lambda g: g * (1 - y * y)))

    def relu(self):
        """max(0, x); the slope at 0 is taken as 0"""
        x = self.data
        return self.made("relu", np.maximum(x, 0), (self, lambda g: np.where(x > 0, g, 0)))

    def leaky_relu(self, slope=0.2):
        """x above 0, slope * x below. Keras takes 0.2 in `leaky_relu`, 0.3 in `LeakyReLU`."""
        x = self.data
        factor = np.where(x > 0, 1, slope).astype(x.dtype)
        return self.made("leaky_relu", x * factor, (self, lambda g: g * factor))

    def softplus(self):
        """log(1 + e^x), a ReLU without the corner"""
        x = self.data
        return self.made("softplus", np.logaddexp(x, 0).astype(x.dtype), (self, lambda g: g * _sigmoid(x)))

    def silu(self):
        """x sigmoid(x), also called swish"""
        x, s = self.data, _sigmoid(self.data)
        return self.made("silu", x * s, (self, lambda g: g * s * (1 + x * (1 - s))))

    def gelu(self):
        """x P(a standard normal number < x), in its exact form"""
        x, p = self.data, ndtr(self.data).astype(self.data.dtype)

        def pull(g):
            density = np.exp(-(x.astype(np.float64) ** 2) / 2) / np.sqrt(2 * np.pi)
            return g * (p + x * density).astype(x.dtype)

        return self.made("gelu", x * p, (self, pull))

    def softmax(self):
        """e^x / sum(e^x) over the last axis: (..., k) -> (..., k), rows sum to 1"""
        e = np.exp(self.data - self.data.max(axis=-1, keepdims=True))
        p = e / e.sum(axis=-1, keepdims=True)
        return self.made("softmax", p, (self, lambda g: p * (g - (g * p).sum(axis=-1, keepdims=True))))

    def softmax_cross_entropy(self, labels):
        """Mean over the rows of -log softmax(scores)[label]: scores (n, k), labels (n,) in 0 .. k - 1 -> ()

        One operation, so that no logarithm of a rounded 0 is taken; its slope in the scores is (p - y) / n.

        Raises:
            ValueError: the scores are not (n, k) with n > 0, or the labels are not n whole numbers in 0 .. k - 1.
        """
        z = self.data
        if z.ndim != 2 or len(z) == 0 or np.shape(labels) != z.shape[:1]:
            raise ValueError(
                f"expected scores (n, k) with n > 0 and labels (n,), got {z.shape} and {np.shape(labels)}. "
                "Take argmax(axis=-1) of one-hot labels."
            )
        own = np.arange(len(z)), _in_range(labels, z.shape[1])
        shifted = z - z.max(axis=-1, keepdims=True)
        e = np.exp(shifted)
        total = e.sum(axis=-1, keepdims=True)

        def pull(g):
            slope = e / total  # the probabilities
            slope[own] -= 1
            return slope * (g / len(z))

        return self.made("softmax cross entropy", (np.log(total[:, 0]) - shifted[own]).sum() / len(z), (self, pull))


def _sigmoid(x):
    return expit(x).astype(x.dtype)  # SciPy answers float16 with float64


def _in_range(labels, classes):
    """`class_numbers`, which the usual case need not pass: whole numbers of which none is below 0 or too large."""
    labels = np.asarray(labels)
    if labels.dtype.kind == "i" and 0 <= labels.min() and labels.max() < classes:
        return labels
    return class_numbers(labels, classes)
