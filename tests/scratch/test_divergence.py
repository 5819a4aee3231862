"""Entropy, cross entropy and divergence, against SciPy and the limits."""

import numpy as np
import pytest
from scipy.stats import entropy as peer

from dlcourse.scratch.divergence import cross_entropy_of, entropy, kl_divergence
from dlcourse.scratch.softmax import cross_entropy


def pair(seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(6), size=7), rng.dirichlet(np.ones(6), size=7)


def test_they_agree_with_scipy():
    p, q = pair()
    assert np.allclose(entropy(p), peer(p, axis=-1)) and np.allclose(kl_divergence(p, q), peer(p, q, axis=-1))


def test_cross_entropy_is_entropy_and_divergence():
    p, q = pair(1)
    assert np.allclose(cross_entropy_of(p, q), entropy(p) + kl_divergence(p, q))
    assert np.allclose(cross_entropy_of(p, q), cross_entropy(p, np.log(q)))


def test_divergence_is_0_for_equals_positive_else_and_not_symmetric():
    p, q = pair(2)
    assert np.allclose(kl_divergence(p, p), 0) and np.all(kl_divergence(p, q) > 0)
    assert np.abs(kl_divergence(p, q) - kl_divergence(q, p)).max() > 0.05


def test_zeros():
    sure, fair = [0.0, 1.0], [0.5, 0.5]
    with np.errstate(all="raise"):
        assert entropy(sure) == 0 and entropy(np.full(8, 1 / 8)) == pytest.approx(np.log(8))
        assert kl_divergence(sure, fair) == pytest.approx(np.log(2))
        assert kl_divergence(fair, sure) == np.inf and cross_entropy_of(fair, sure) == np.inf


@pytest.mark.parametrize("p", [[0.5, 0.6], [-0.1, 1.1]])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(ValueError, match="sum to 1"):
        entropy(p)
