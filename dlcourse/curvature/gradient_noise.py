"""How far the gradient of a batch strays from the gradient of all examples."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from dlcourse.curvature.flat import read_weights
from dlcourse.ops import compiled, value_and_grad


class ExampleGradients:
    """The gradient of each example by itself, compiled once for nets of one architecture.

    gradients = ExampleGradients(fn);  gradients(weights, x, y) is (n, p) float32, p the number of weights

    Args:
        fn: fn(weights, x, y) -> the mean loss of a batch, a scalar; weights a list of tensors, x (b, ...), y (b, ...).
            An example's loss must not depend on the others in its batch, as it does under batch normalisation.

    Memory:  4 n p bytes
    Errors:  ValueError for bad weights, x and y of different lengths or none, or a gradient that is NaN

    >>> gradients = ExampleGradients(lambda w, x, y: ops.mean((ops.matmul(x, w[0]) - y) ** 2))
    >>> gradients([np.array([1.0, 0.0])], np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([0.0, 3.0])).tolist()
    [[2.0, 4.0], [0.0, 0.0]]
    """

    def __init__(self, fn):
        def gradient(weights, x, y):
            _, slopes = value_and_grad(lambda w: fn(w, x, y), weights)
            return ops.concatenate([ops.reshape(slope, (-1,)) for slope in slopes])

        def every(weights, x, y):
            def one(i):
                return gradient(weights, ops.take(x, [i], axis=0), ops.take(y, [i], axis=0))

            return ops.map(one, ops.arange(x.shape[0]))

        self._every = compiled(every)

    def __call__(self, weights, x, y):
        if len(x) != len(y) or len(x) == 0:
            raise ValueError(
                f"ExampleGradients needs as many x as y, and at least one; got {len(x)} and {len(y)}. "
                "Pass the rows of one set of examples."
            )
        return np.asarray(ops.convert_to_numpy(self._every(read_weights(weights, "ExampleGradients"), x, y)))


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """The mean gradient of n examples and the scatter around it.

    mean      (p,) float64, the gradient of all examples
    variance  the mean squared distance of an example's gradient from it: the trace of the covariance (divisor n)
    n         number of examples
    """

    mean: np.ndarray
    variance: float
    n: int

    @property
    def scale(self):
        """variance / |mean|^2: the batch size at which noise and gradient are equally long; inf where the mean is 0.

        Source:  McCandlish et al. 2018, equation 2.9 (the simple noise scale)
        """
        squared = float(self.mean @ self.mean)
        return self.variance / squared if squared > 0 else np.inf

    def squared_error(self, size, replace=False):
        """Expected squared distance of the gradient of a random batch of `size` examples from the mean.

        variance / size, times (n - size) / (n - 1) where no example occurs twice in a batch.

        Range:   [0, variance]
        Errors:  ValueError for a size below 1, or above n without replacement
        Source:  Cochran 1977, theorem 2.2
        """
        if size < 1 or (size > self.n and not replace):
            raise ValueError(
                f"a batch of {self.n} examples holds from 1 to {self.n}, got size={size}. "
                "Choose a smaller one, or draw with replacement."
            )
        left = 1.0 if replace or self.n == 1 else (self.n - size) / (self.n - 1)
        return self.variance / size * left


def gradient_noise(gradients):
    """The noise of mini-batch gradients, told by the gradients of single examples.

    Shapes:  gradients (n, p), as ExampleGradients gives them
    Errors:  ValueError for another number of axes, no example, or NaN or infinity

    >>> noise = gradient_noise(np.array([[3.0, 0.0], [1.0, 0.0]]))
    >>> noise.variance, noise.scale, noise.squared_error(1), noise.squared_error(2)
    (1.0, 0.25, 1.0, 0.0)
    """
    gradients = np.asarray(gradients)
    if gradients.ndim != 2 or len(gradients) == 0 or not np.isfinite(gradients).all():
        raise ValueError(
            f"gradients must be finite and of shape (n, p) with n > 0, one row an example; got shape "
            f"{gradients.shape}. ExampleGradients gives them so."
        )
    mean = gradients.mean(axis=0, dtype="float64")
    return GradientNoise(mean, float(((gradients - mean) ** 2).sum(axis=1).mean()), len(gradients))


def noise_of_two_batches(small, small_squared, big, big_squared):
    """|G|^2, the variance and the noise scale, told by the squared lengths of gradients of two batch sizes.

    For nets whose single gradients are too many to keep. Both estimates are unbiased where batches are drawn with
    replacement, or are a small part of the data; their quotient, the scale, is not, so average many squared lengths.

    variance = (s - b) / (1 / small - 1 / big),  |G|^2 = (big b - small s) / (big - small)

    with s and b the means of the squared lengths at the small and the big size.

    Shapes:  small_squared, big_squared: numbers or arrays of any shape
    Returns: (squared length of the true gradient, variance, scale)
    Errors:  ValueError unless 1 <= small < big
    Source:  McCandlish et al. 2018, appendix A.1

    >>> noise_of_two_batches(1, [9.0, 1.0], 4, [4.0, 2.0])
    (2.3333333333333335, 2.6666666666666665, 1.1428571428571428)
    """
    if not 1 <= small < big:
        raise ValueError(f"two different batch sizes are needed, 1 <= small < big; got {small} and {big}.")
    s, b = float(np.mean(small_squared)), float(np.mean(big_squared))
    variance, squared = (s - b) / (1 / small - 1 / big), (big * b - small * s) / (big - small)
    return squared, variance, variance / squared if squared > 0 else np.inf
