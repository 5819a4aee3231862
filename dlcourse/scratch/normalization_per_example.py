"""Layer, group, instance and RMS normalisation by hand: each example by itself, the same in training and inference.

They differ from each other, and from batch normalisation, in which numbers share a mean and a variance:

    x (b, h, w, c)      numbers that share a mean
    batch norm          one channel, of all places of all examples
    layer norm          all channels, of one place of one example
    group norm          one group of channels, of all places of one example
    instance norm       one channel, of all places of one example
    RMS norm            as layer norm, but no mean is taken off

Each returns y and backward(dy) -> dx, dgamma, dbeta (RMS norm: dx, dgamma).
"""

import numpy as np

from dlcourse.scratch.normalization import scale_and_shift, standardise


def layer_norm(x, gamma, beta, epsilon=1e-3):
    """Standardise over the channels, at each place of each example.  x (..., c), gamma, beta (c,) -> y, backward

    Source:  Ba, Kiros & Hinton 2016

    >>> layer_norm(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), np.ones(3), np.zeros(3), epsilon=0.0)[0].round(3)
    array([[-1.225,  0.   ,  1.225],
           [-1.225,  0.   ,  1.225]])
    """
    x_hat, back = standardise(x, -1, epsilon)
    return scale_and_shift(x_hat, back, gamma, beta)


def group_norm(x, gamma, beta, groups, epsilon=1e-3):
    """Standardise over the places and over the channels of a group.  x (b, ..., c), gamma, beta (c,) -> y, backward

    One group is layer norm over places and channels together; as many groups as channels is instance norm.

    Errors:  ValueError where c is no multiple of `groups`
    Source:  Wu & He 2018
    """
    x = np.asarray(x, dtype=float)
    b, c = x.shape[0], x.shape[-1]
    if groups < 1 or c % groups:
        raise ValueError(f"{c} channels do not split into {groups} equal groups. Choose a divisor of {c}.")
    grouped = (b, -1, groups, c // groups)  # examples, places, groups, channels of a group
    x_hat, back = standardise(x.reshape(grouped), (1, 3), epsilon)
    return scale_and_shift(x_hat.reshape(x.shape), lambda d: back(d.reshape(grouped)).reshape(x.shape), gamma, beta)


def instance_norm(x, gamma, beta, epsilon=1e-3):
    """Standardise each channel of each example over its places.  x (b, ..., c), gamma, beta (c,) -> y, backward

    Source:  Ulyanov, Vedaldi & Lempitsky 2016
    """
    return group_norm(x, gamma, beta, np.shape(x)[-1], epsilon)


def rms_norm(x, gamma, epsilon=1e-6):
    """Divide by the root mean square over the channels: gamma x / sqrt(mean(x^2) + epsilon).  -> y, backward

    backward(dy) -> dx, dgamma. As in layer norm the slope along x_hat is lost, but that of a shift is not:

        back(d) = (d - x_hat mean(d x_hat)) / sqrt(mean(x^2) + epsilon)

    Shapes:  x (..., c), gamma (c,)
    Source:  Zhang & Sennrich 2019

    >>> rms_norm(np.array([[3.0, 4.0]]), np.ones(2), epsilon=0.0)[0].round(4)  # mean(x^2) = 12.5
    array([[0.8485, 1.1314]])
    """
    x = np.asarray(x, dtype=float)
    inverse = 1 / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon)
    x_hat = x * inverse

    def back(d):
        return inverse * (d - x_hat * (d * x_hat).mean(-1, keepdims=True))

    y, backward = scale_and_shift(x_hat, back, gamma)
    return y, lambda dy: backward(dy)[:2]  # there is no beta
