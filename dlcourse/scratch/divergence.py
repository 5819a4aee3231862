"""How far one distribution is from another: entropy and the Kullback-Leibler divergence, in nats.

Source: Shannon 1948; Kullback & Leibler 1951.
"""

import numpy as np


def entropy(p):
    """-sum(p log p) over the last axis, with 0 log 0 = 0.  p (..., k) -> (...) in [0, log k]

    >>> float(entropy([0.5, 0.5]).round(4)), float(entropy([0.0, 1.0]))
    (0.6931, 0.0)
    """
    p = _distributions(p)
    return 0.0 - _times_log(p, p).sum(axis=-1)


def cross_entropy_of(p, q):
    """-sum(p log q): nats an outcome of p costs in a code made for q.  (..., k), (..., k) -> (...) in [0, inf]

    Infinite where q rules out what p allows. It equals entropy(p) + kl_divergence(p, q).

    >>> float(cross_entropy_of([0.0, 1.0, 0.0], [0.2, 0.7, 0.1]).round(4))
    0.3567
    """
    p, q = _distributions(p), _distributions(q)
    return 0.0 - _times_log(p, q).sum(axis=-1)


def kl_divergence(p, q):
    """KL(p || q) = sum(p log(p / q)): what coding p with q costs above the entropy.  (..., k), (..., k) -> (...)

    Range: [0, inf], 0 only for p = q, infinite where q = 0 < p. The order matters: p is the truth, q the model.

    >>> float(kl_divergence([0.5, 0.5], [0.9, 0.1]).round(3)), float(kl_divergence([0.9, 0.1], [0.5, 0.5]).round(3))
    (0.511, 0.368)
    """
    p, q = _distributions(p), _distributions(q)
    return (_times_log(p, p) - _times_log(p, q)).sum(axis=-1)


def _times_log(p, q):
    """p log q, with 0 log 0 = 0."""
    with np.errstate(divide="ignore"):
        return p * np.log(np.where(p == 0, 1.0, q))


def _distributions(p):
    p = np.asarray(p, dtype=float)
    if np.any(p < 0) or np.any(np.abs(p.sum(axis=-1) - 1) > 1e-6):
        raise ValueError("probabilities must be at least 0 and sum to 1 along the last axis. Divide by their sum.")
    return p
