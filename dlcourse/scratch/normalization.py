"""Batch normalisation by hand: forward in training and in inference, moving averages, and the full gradient.

A forward pass returns its output and a function `backward`, which turns the slope of the loss in that output into
the slopes in everything that went in. The last axis holds the channels: features (b, c), or images (b, h, w, c).
"""

import numpy as np


def standardise(x, axes, epsilon):
    """Mean 0 and variance 1 along `axes`: x_hat = (x - mean) / sqrt(variance + epsilon).  (...) -> (...), back

    mean and variance are functions of x as well. Their slopes, added up, leave of a slope d in x_hat only what a
    shift or a stretch of x cannot undo:

        back(d) = (d - mean(d) - x_hat mean(d x_hat)) / sqrt(variance + epsilon)

    Range:   |x_hat| < sqrt(n), where n numbers share a mean; n = 1 gives 0, and a slope of 0
    Source:  Ioffe & Szegedy 2015, section 3, simplified

    >>> standardise(np.array([1.0, 2.0, 3.0]), axes=0, epsilon=0.0)[0].round(3)
    array([-1.225,  0.   ,  1.225])
    """
    x = np.asarray(x, dtype=float)
    centred = x - x.mean(axes, keepdims=True)
    variance = (centred**2).mean(axes, keepdims=True)  # divided by n, not by n - 1, as in Keras
    inverse = 1 / np.sqrt(variance + epsilon)
    x_hat = centred * inverse

    def back(d):
        return inverse * (d - d.mean(axes, keepdims=True) - x_hat * (d * x_hat).mean(axes, keepdims=True))

    return x_hat, back


def scale_and_shift(x_hat, back, gamma, beta=0.0):
    """y = gamma x_hat + beta, one gamma and one beta a channel.  (..., c) -> y (..., c), backward

    `back` leads on from x_hat to x.  backward(dy) -> dx (..., c), dgamma (c,), dbeta (c,)

    Errors:  ValueError where gamma is not (c,)
    """
    if np.shape(gamma) != (x_hat.shape[-1],):
        raise ValueError(
            f"gamma holds one number a channel, got {np.shape(gamma)} for inputs {x_hat.shape}. The last axis is the "
            f"channels: pass ({x_hat.shape[-1]},), or move the channels to the end."
        )

    def backward(dy):
        shared = tuple(range(dy.ndim - 1))  # every number of a channel was scaled by the same gamma
        return back(dy * gamma), (dy * x_hat).sum(shared), dy.sum(shared)

    return gamma * x_hat + beta, backward


class BatchNorm:
    """Standardise each channel over the batch, and over the places of a feature map where there are any.

    In training by the batch's own mean and variance, which also move the averages:

        moving <- momentum moving + (1 - momentum) of the batch

    In inference by those averages alone: an output then depends on no other example.

    Shapes:  x (b, c) or (b, h, w, c); gamma, beta, moving_mean, moving_variance (c,)
    Errors:  ValueError for another number of channels, and for a momentum outside 0 ... 1
    Source:  Ioffe & Szegedy 2015, algorithms 1 and 2; the variance is the biased one throughout, as in Keras

    >>> norm = BatchNorm(channels=1, momentum=0.9)
    >>> y, backward = norm.forward(np.array([[1.0], [3.0]]), training=True)
    >>> y.round(3).ravel(), norm.moving_mean.round(3)  # one step from 0 leaves (1 - 0.9) * 2
    (array([-1.,  1.]), array([0.2]))
    """

    def __init__(self, channels, momentum=0.99, epsilon=1e-3):
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum is the share kept of a moving average, 0 to 1, got {momentum}. Try 0.9.")
        self.momentum, self.epsilon = momentum, epsilon
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.moving_mean, self.moving_variance = np.zeros(channels), np.ones(channels)

    def forward(self, x, training):
        """-> y like x, and backward(dy) -> dx like x, dgamma (c,), dbeta (c,). Only training moves the averages."""
        x = np.asarray(x, dtype=float)
        if x.shape[-1] != len(self.gamma):
            raise ValueError(f"made for {len(self.gamma)} channels, got inputs {x.shape}. The channels come last.")
        if training:
            axes = tuple(range(x.ndim - 1))  # all but the channels
            self.moving_mean = self._moved(self.moving_mean, x.mean(axes))
            self.moving_variance = self._moved(self.moving_variance, x.var(axes))
            x_hat, back = standardise(x, axes, self.epsilon)
        else:
            inverse = 1 / np.sqrt(self.moving_variance + self.epsilon)
            x_hat, back = (x - self.moving_mean) * inverse, lambda d: d * inverse  # the averages do not depend on x
        return scale_and_shift(x_hat, back, self.gamma, self.beta)

    def _moved(self, average, new):
        return self.momentum * average + (1 - self.momentum) * new
