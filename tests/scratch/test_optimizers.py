"""The optimizers by hand: first steps, limits under a constant gradient, and what they refuse."""

import numpy as np
import pytest

from dlcourse.scratch import optimizers as o

G = np.array([3.0, -0.2, 1e-3])  # a gradient of three sizes


def steps(optimizer, gradients, start=None):
    """Weights after each of the gradients, from `start` (zeros): a list of arrays."""
    w, seen = np.zeros_like(gradients[0]) if start is None else start, []
    for g in gradients:
        w = optimizer.step(w, g)
        seen.append(w)
    return seen


def test_sgd():
    assert np.allclose(steps(o.SGD(0.1), [G, G])[-1], -0.2 * G)


def test_momentum_under_a_constant_gradient_is_worth_1_over_1_minus_beta_steps():
    classic, averaged = o.Momentum(0.1, 0.8), o.AveragedMomentum(0.1, 0.8)
    first = steps(classic, [G] * 3)[:3]
    assert np.allclose(first, np.outer([-0.1, -0.1 - 0.18, -0.1 - 0.18 - 0.244], G))  # 1, 1.8, 2.44 gradients
    steps(classic, [G] * 200), steps(averaged, [G] * 200)
    assert np.allclose(classic.memory[0].v, -0.1 * G / (1 - 0.8))
    assert np.allclose(averaged.memory[0].v, G)


def test_momentum_is_the_heavy_ball_of_the_paper():
    """x' = x - rate g + beta (x - x_before), with gradients and rates that change."""
    rng, rate = np.random.default_rng(0), lambda step: 0.1 / (1 + step)
    gradients = rng.normal(size=(6, 3))
    before = x = np.zeros(3)
    for step, g in enumerate(gradients):
        before, x = x, x - rate(step) * g + 0.9 * (x - before)
    assert np.allclose(steps(o.Momentum(rate, 0.9), gradients)[-1], x)


def test_averaged_momentum_is_momentum_at_a_smaller_rate():
    gradients = np.random.default_rng(1).normal(size=(30, 4))
    assert np.allclose(steps(o.AveragedMomentum(0.5, 0.9), gradients), steps(o.Momentum(0.05, 0.9), gradients))


def test_nesterov_takes_the_gradient_ahead_and_keras_stands_there():
    valley = o.long_valley(20.0)
    paper, keras = o.Nesterov(0.03, 0.9), o.KerasNesterov(0.03, 0.9)
    w = seen = valley.start
    for _ in range(40):
        w = paper.step(w, valley.gradient(paper.where(w)))
        seen = keras.step(seen, valley.gradient(keras.where(seen)))
        assert np.allclose(paper.where(w), seen, atol=1e-12) and keras.where(seen) is seen
    by_hand = o.minimize(o.Nesterov(0.03, 0.9), valley.start, valley.gradient, 40)
    assert np.array_equal(by_hand.end, w)
    x, v = valley.start, np.zeros(2)
    for _ in range(2):  # the paper, line by line
        v = 0.9 * v - 0.03 * valley.gradient(x + 0.9 * v)
        x = x + v
    assert np.allclose(by_hand.path[2], x)


def test_adagrad():
    seen = steps(o.AdaGrad(0.1, epsilon=1e-12), [G] * 4)
    lengths = -np.diff([np.zeros(3), *seen], axis=0) / (0.1 * np.sign(G))
    assert np.allclose(lengths, np.array([1, 1 / np.sqrt(2), 1 / np.sqrt(3), 0.5])[:, None])
    assert np.allclose(steps(o.AdaGrad(0.1, epsilon=1.0), [G])[0], -0.1 * G / (np.abs(G) + 1))  # outside the root
    keras = steps(o.KerasAdaGrad(0.1, initial=0.1, epsilon=0.5), [G])[0]
    assert np.allclose(keras, -0.1 * G / np.sqrt(0.1 + G**2 + 0.5))  # inside


def test_adadelta_starts_by_epsilon_whatever_the_gradient():
    first = steps(o.AdaDelta(rho=0.95, epsilon=1e-12), [G])[0]
    assert np.allclose(first, -np.sqrt(1e-12 / 0.05) * np.sign(G), rtol=1e-4)
    optimizer = o.AdaDelta(rho=0.5, epsilon=0.1)
    w1, w2 = steps(optimizer, [np.array([2.0]), np.array([1.0])])
    d1 = np.sqrt(0.1) / np.sqrt(2.0 + 0.1) * 2.0  # g2 = 0.5 * 4
    d2 = np.sqrt(d1**2 / 2 + 0.1) / np.sqrt(1.5 + 0.1)  # g2 = 0.5 * 2 + 0.5 * 1
    assert np.allclose([w1[0], w2[0]], [-d1, -d1 - d2])


def test_rmsprop_begins_long_and_settles_at_one_rate():
    seen = steps(o.RMSprop(0.01, 0.9, epsilon=1e-14), [G] * 300)
    assert np.allclose(seen[0], -0.01 * np.sign(G) / np.sqrt(0.1), rtol=1e-6)
    assert np.allclose(seen[-1] - seen[-2], -0.01 * np.sign(G), rtol=1e-6)
    assert np.allclose(steps(o.RMSprop(0.01, 0.9, epsilon=0.5), [G])[0], -0.01 * G / np.sqrt(0.1 * G**2 + 0.5))


def test_centered_rmsprop_divides_by_the_spread():
    rng = np.random.default_rng(2)
    gradients = 5 + rng.choice([-1.0, 1.0], size=(4000, 200))  # mean 5, spread 1
    optimizer = o.CenteredRMSprop(0.01, rho=0.99, beta=0.0, epsilon=1e-8)
    steps(optimizer, gradients)
    s = optimizer.memory[0]
    assert np.mean(s.v - s.mean**2) == pytest.approx(1.0, abs=0.02)
    assert np.mean(s.step) == pytest.approx(0.01 * gradients[-1].mean(), rel=0.02)  # RMSprop: a fifth of it


@pytest.mark.parametrize("kind", [o.Adam, o.KerasAdam, o.AdaMax])
def test_under_a_constant_gradient_every_step_is_one_rate(kind):
    seen = steps(kind(0.01, epsilon=1e-14), [G] * 50)
    assert np.allclose(seen, np.outer(np.arange(1, 51), -0.01 * np.sign(G)), rtol=1e-6)


def test_where_adam_and_keras_put_epsilon():
    g = np.array([1.0])
    assert np.allclose(steps(o.Adam(1.0, epsilon=0.1), [g])[0], -1 / (1 + 0.1))
    assert np.allclose(steps(o.KerasAdam(1.0, epsilon=0.1), [g])[0], -1 / (1 + 0.1 / np.sqrt(0.001)))


def test_adam_by_hand_over_two_steps():
    w1, w2 = steps(o.Adam(0.1, 0.5, 0.75, epsilon=1e-12), [np.array([4.0]), np.array([-2.0])])
    m, v = 0.5 * 2.0 - 1.0, 0.75 * 4.0 + 1.0  # after 2 and 4
    assert np.allclose([w1, w2], [[-0.1], [-0.1 - 0.1 * (m / 0.75) / np.sqrt(v / (1 - 0.75**2))]])


def test_amsgrad_remembers_the_largest():
    gradients = np.array([[10.0]] + [[1.0]] * 400)
    adam, ams = o.Adam(0.1, 0.5, 0.9), o.AMSGrad(0.1, 0.5, 0.9, epsilon=1e-12)
    late_adam = np.diff(steps(adam, gradients), axis=0)[-1]
    seen = steps(ams, gradients)
    assert np.allclose(seen[0], -0.1 * 0.5 * 10 / np.sqrt(0.1 * 100))  # no correction
    assert np.allclose(late_adam, -0.1) and np.allclose(seen[-1] - seen[-2], -0.1 / np.sqrt(10))
    keras = steps(o.KerasAMSGrad(0.1, 0.5, 0.9, epsilon=1e-12), gradients)
    assert np.allclose(keras[0], -0.1) and np.allclose(keras[-1] - keras[-2], -0.1 / np.sqrt(10))


def test_adamax_takes_the_maximum_over_its_own_past():
    """u = max(beta_2 u, |g|): 4, then max(2, 1) = 2, then max(1, 3) = 3."""
    optimizer, seen = o.AdaMax(0.1, 0.0, 0.5), []
    for g in (4.0, -1.0, 3.0):
        optimizer.step(np.zeros(1), np.array([g]))
        seen.append(float(optimizer.memory[0].u[0]))
    assert seen == [4.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "kind, beta, length", [(o.Nadam, 0.99, 1.331), (o.Nadam, 0.9, 1.310), (o.KerasNadam, 0.9, 1.063)]
)
def test_first_step_of_nadam(kind, beta, length):
    assert np.allclose(steps(kind(1.0, beta, epsilon=1e-14), [G])[0], -length * np.sign(G), atol=1e-3)


def test_nadam_weighs_whole_gradients():
    """Under a constant g, m / (1 - product) is g itself, however far mu has warmed up."""
    optimizer = o.Nadam(1.0, 0.9)
    steps(optimizer, [G] * 25)
    assert np.allclose(optimizer.memory[0].m / (1 - optimizer.memory[0].product), G)
    assert optimizer.memory[0].product == pytest.approx(
        np.prod([0.9 * (1 - 0.5 * 0.96 ** (t / 250)) for t in range(1, 26)])
    )


def test_decay_of_adamw_is_apart_from_the_rate_and_from_the_gradient():
    w, still = np.array([2.0]), np.zeros(1)
    assert np.allclose(o.AdamW(0.001, decay=0.1).step(w, still), 2 * 0.9)
    assert np.allclose(o.AdamW(0.001, decay=0.1, multiplier=0.5).step(w, still), 2 * 0.95)
    assert np.allclose(o.KerasAdamW(0.001, decay=0.1).step(w, still), 2 * (1 - 0.0001))
    for kind in (o.AdamW, o.KerasAdamW):
        optimizer = kind(0.001, decay=0.1)
        optimizer.step(w, still)
        assert (optimizer.memory[0].v == 0).all()
    schedule = o.AdamW(0.01, decay=0.1, multiplier=lambda step: 1 / (1 + step))
    assert np.allclose(steps(schedule, [still, still], w)[-1], 2 * 0.9 * 0.95)
    g = np.array([1.0])
    paper = steps(o.AdamW(0.01, decay=0.1 * 0.01, epsilon=1e-12), [g] * 20, w)
    assert np.allclose(paper, steps(o.KerasAdamW(0.01, decay=0.1, epsilon=1e-12), [g] * 20, w), rtol=1e-8)


def test_weights_come_back_as_they_went_in_and_yours_stay():
    w, g = [np.ones((2, 3)), np.ones(3)], (np.full((2, 3), 2.0), np.zeros(3))
    optimizer = o.Adam(0.5)
    moved = optimizer.step(w, g)
    assert type(moved) is list and [a.shape for a in moved] == [(2, 3), (3,)] and optimizer.steps == 1
    assert (w[0] == 1).all() and np.allclose(moved[0], 0.5) and (moved[1] == 1).all()
    assert o.SGD(1.0).step([1.0, 2.0], [1.0, 0.0]).tolist() == [0.0, 2.0]


def test_arrays_do_not_mix():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 10, 3)), rng.normal(size=(10, 4))
    together, alone = o.Adam(0.1), o.Adam(0.1)
    pair, single = [np.zeros(3), np.zeros(4)], np.zeros(4)
    for i in range(10):
        pair, single = together.step(pair, [a[0, i], b[i]]), alone.step(single, b[i])
    assert np.array_equal(pair[1], single)


def test_minimize_keeps_the_path_and_says_when_it_runs_away():
    bowl = o.long_valley(1.0)
    found = o.minimize(o.Adam(lambda step: 0.1 / (1 + step)), bowl.start, bowl.gradient, 5)
    assert (
        found.path.shape == (6, 2) and found.reason == "max_steps" and np.allclose(found.rates, 0.1 / np.arange(1, 6))
    )
    away = o.minimize(o.SGD(1e200), bowl.start, bowl.gradient, 50)
    assert away.reason == "diverged" and np.isfinite(away.path).all() and 0 < away.steps < 5
    hole = o.minimize(o.SGD(1.0), [2.0], lambda x: np.where(x > 0, 1.5, np.nan), 9)
    assert hole.reason == "diverged" and hole.path.ravel().tolist() == [2, 0.5, -1]
    assert o.minimize(o.SGD(), [1.0], lambda x: x, 0).steps == 0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: o.SGD(0.0), "rate must be a number above 0, got 0.0"),
        (lambda: o.Adam(-1.0), "rate must be"),
        (lambda: o.Adam(float("nan")), "rate must be"),
        (lambda: o.Adam("0.1"), "rate must be"),
        (lambda: o.Momentum(0.1, 1.0), r"beta must lie in \[0, 1\), got 1.0"),
        (lambda: o.Adam(0.1, beta_2=-0.1), "beta_2 must lie"),
        (lambda: o.RMSprop(0.1, rho=1.5), "rho must lie"),
        (lambda: o.AdaGrad(0.1, epsilon=0), "epsilon must be"),
        (lambda: o.KerasAdaGrad(0.1, initial=-1.0), "initial must be"),
        (lambda: o.AdamW(0.1, decay=-1.0), "decay must be"),
        (lambda: o.SGD(lambda step: -1.0).step([1.0], [1.0]), "rate at step 0"),
        (lambda: o.SGD().step([1, 2], [1.0, 2.0]), "weights must hold floats, got int64"),
        (lambda: o.SGD().step([1.0, 2.0], [1, 2]), "gradients.* must hold floats"),
        (lambda: o.SGD().step([1.0, 2.0], [np.nan, 2.0]), "must be finite, got 1 of 2"),
        (lambda: o.SGD().step([1.0, np.inf], [1.0, 2.0]), "weights must be finite"),
        (lambda: o.SGD().step([1.0, 2.0], [1.0]), r"must have shape \(2,\), got \(1,\)"),
        (lambda: o.SGD().step([np.ones(2), np.ones(2)], [np.ones(2)]), "must hold 2 arrays"),
        (lambda: o.minimize(o.SGD(), [[1.0]], lambda x: x, 3), r"must be a vector"),
        (lambda: o.minimize(o.SGD(), [1.0], lambda x: x * np.nan, 3), "must be finite"),
        (lambda: o.minimize(o.SGD(), [1.0], lambda x: x, 3.5), "steps must be a whole number"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_used_optimizer_is_not_begun_with_and_not_given_other_weights():
    optimizer = o.Adam()
    optimizer.step([1.0], [1.0])
    with pytest.raises(ValueError, match="made 1 steps"):
        o.minimize(optimizer, [1.0], lambda x: x, 3)
    with pytest.raises(ValueError, match="keep the shapes"):
        optimizer.step([1.0, 2.0], [1.0, 2.0])
