"""Momentum that moves: it reaches the compiled step, and it is PyTorch's."""

import keras
import numpy as np
import pytest

from dlcourse.callbacks import CyclicalMomentum, OneCycleMomentum
from dlcourse.optimizers import SGD, Adam
from dlcourse.schedules import CyclicalLearningRate, OneCycle, rates
from tests.contracts.backends import jit_compile, numpy


def descent(optimizer, **compiled):
    """w from 0 with a gradient of 1 at each step: y = w x on ones, loss = mean(y)."""
    given = keras.Input((1,))
    model = keras.Model(given, keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(given))
    model.compile(optimizer, lambda y, pred: keras.ops.mean(pred), jit_compile=jit_compile(), **compiled)
    return model


class Trace(keras.callbacks.Callback):
    """The weight after each step."""

    def on_train_begin(self, logs=None):
        self.way = []

    def on_train_batch_end(self, batch, logs=None):
        self.way.append(float(numpy(self.model.layers[-1].kernel)[0, 0]))


def follow(model, callback, steps, epochs=1):
    trace, ones = Trace(), np.ones((steps, 1), "float32")
    model.fit(ones, ones, batch_size=1, epochs=epochs, callbacks=[callback, trace], verbose=0)
    return np.array(trace.way)


def by_hand(rates, momenta, nesterov=False):
    w, velocity, way = 0.0, 0.0, []
    for rate, momentum in zip(rates, momenta, strict=True):
        velocity = momentum * velocity - rate
        w += momentum * velocity - rate if nesterov else velocity
        way.append(w)
    return np.array(way)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_momentum_of_each_step_reaches_the_compiled_step(nesterov):
    moving = CyclicalMomentum(step_size=3, low=0.2, high=0.8)
    way = follow(descent(SGD(0.1, momentum=0.5, nesterov=nesterov)), moving, steps=7)
    momenta = [0.8, 0.6, 0.4, 0.2, 0.4, 0.6, 0.8]
    np.testing.assert_allclose(way, by_hand([0.1] * 7, momenta, nesterov), rtol=1e-6)


def test_momentum_and_rate_cycle_together():
    schedule, moving = OneCycle(0.5, total_steps=12), OneCycleMomentum(total_steps=12, low=0.5, high=0.9)
    model = descent(SGD(schedule))
    way = follow(model, moving, steps=6, epochs=2)
    momenta = [moving.momentum_at(step) for step in range(12)]
    np.testing.assert_allclose(way, by_hand(rates(schedule, 12).astype(float), momenta), rtol=1e-5)
    again = follow(model, moving, steps=3)  # another fit goes on at step 12, where both have come to rest
    went = by_hand([*rates(schedule, 15).astype(float)], [*momenta, 0.9, 0.9, 0.9])
    np.testing.assert_allclose(again, went[12:], rtol=1e-5)
    assert float(numpy(model.optimizer.momentum)) == pytest.approx(0.9)


def test_beta_1_of_each_step_reaches_the_compiled_step():
    """With gradient 1, m follows beta_1 alone and v is corrected to 1."""
    moving = CyclicalMomentum(step_size=2, low=0.1, high=0.9)
    way = follow(descent(Adam(0.01, epsilon=1e-30)), moving, steps=4)
    w, m, expected = 0.0, 0.0, []
    for step, beta in enumerate([0.9, 0.5, 0.1, 0.5], start=1):
        m += (1 - beta) * (1 - m)
        w -= 0.01 * m / (1 - beta**step)
        expected.append(w)
    np.testing.assert_allclose(way, expected, rtol=1e-4)


def torch_momenta(make, steps):
    """The momenta that a PyTorch scheduler sets."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.5)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    found = []
    for step in range(steps):
        found.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    return found


@pytest.mark.parametrize("anneal", ["cos", "linear"])
@pytest.mark.parametrize("pct_start, total", [(0.3, 1000), (0.25, 97), (0.5, 10)])
def test_one_cycle_has_the_values_of_pytorch(anneal, pct_start, total):
    moving = OneCycleMomentum(total, low=0.8, high=0.97, pct_start=pct_start, anneal=anneal)
    momenta = torch_momenta(
        lambda module, optimizer: module.OneCycleLR(
            optimizer, 1.0, total, pct_start=pct_start, anneal_strategy=anneal, base_momentum=0.8, max_momentum=0.97
        ),
        total,
    )
    np.testing.assert_allclose([moving.momentum_at(step) for step in range(total)], momenta, rtol=1e-12)


@pytest.mark.parametrize("mode, gamma", [("triangular", None), ("triangular2", None), ("exp_range", 0.99)])
def test_cycles_have_the_values_of_pytorch(mode, gamma):
    moving = CyclicalMomentum(step_size=37, low=0.8, high=0.97, mode=mode, gamma=gamma)
    momenta = torch_momenta(
        lambda module, optimizer: module.CyclicLR(
            optimizer, 0.1, 1.0, 37, mode=mode, gamma=gamma or 1.0, base_momentum=0.8, max_momentum=0.97
        ),
        1000,
    )
    np.testing.assert_allclose([moving.momentum_at(step) for step in range(1000)], momenta, rtol=1e-9)


@pytest.mark.parametrize("mode, gamma", [("triangular", None), ("triangular2", None), ("exp_range", 0.99)])
def test_the_momentum_mirrors_the_rate(mode, gamma):
    schedule = CyclicalLearningRate(1.0, 3.0, 7, mode, gamma)
    moving = CyclicalMomentum(7, 0.5, 0.7, mode, gamma)
    height = (rates(schedule, 100) - 1.0) / 2.0
    depth = (0.7 - np.array([moving.momentum_at(step) for step in range(100)])) / 0.2
    np.testing.assert_allclose(depth, height, atol=1e-6)


def learner(optimizer):
    """A layer after eight steps on fixed data."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile(optimizer, "mse", jit_compile=jit_compile())
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")
    model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize(
    "ours, theirs, arguments",
    [
        (SGD, keras.optimizers.SGD, {"momentum": 0.9}),
        (SGD, keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "clipnorm": 0.5}),
        (Adam, keras.optimizers.Adam, {"beta_1": 0.8, "beta_2": 0.99}),
        (Adam, keras.optimizers.AdamW, {"amsgrad": True, "weight_decay": 0.1}),
    ],
)
def test_the_optimizers_agree_with_keras(ours, theirs, arguments):
    first, second = learner(ours(0.05, **arguments)), learner(theirs(0.05, **arguments))
    for mine, keras_own in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(mine, keras_own, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer, name", [(SGD(0.05, nesterov=True), "momentum"), (Adam(0.05), "beta_1")])
def test_a_saved_model_goes_on_with_its_momentum(optimizer, name, tmp_path):
    model = learner(optimizer)
    setattr(model.optimizer, name, 0.625)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(numpy(getattr(loaded.optimizer, name))) == 0.625
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    x, y = np.ones((8, 4), "float32"), np.zeros((8, 2), "float32")
    for each in (model, loaded):
        each.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for kept, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(kept, expected, rtol=1e-6)


def test_it_reaches_the_optimizer_inside_one_that_scales_losses():
    scaled = keras.optimizers.LossScaleOptimizer(SGD(0.1), initial_scale=4.0)
    way = follow(descent(scaled), CyclicalMomentum(step_size=2, low=0.2, high=0.8), steps=4)
    np.testing.assert_allclose(way, by_hand([0.1] * 4, [0.8, 0.5, 0.2, 0.5]), rtol=1e-6)


def test_a_change_of_keras_own_momentum_is_lost_once_compiled():
    """Why there are optimizers of ours. PyTorch compiles nothing, so there the change arrives."""

    class Sets(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.momentum = [0.5, 0.25, 0.125][batch]

    way = follow(descent(keras.optimizers.SGD(0.1, momentum=0.5)), Sets(), steps=3)
    reached = [0.5, 0.25, 0.125] if keras.backend.backend() == "torch" else [0.5, 0.5, 0.5]
    np.testing.assert_allclose(way, by_hand([0.1] * 3, reached), rtol=1e-6)


@pytest.mark.parametrize(
    "model, message",
    [
        (lambda: descent(keras.optimizers.SGD(0.1, momentum=0.9)), "got SGD.*dlcourse.optimizers.SGD"),
        (lambda: descent(keras.optimizers.Adam(0.1)), "got Adam.*dlcourse.optimizers.Adam"),
        (lambda: descent(keras.optimizers.RMSprop(0.1, momentum=0.9)), "got RMSprop"),
        (lambda: descent(SGD(0.1, gradient_accumulation_steps=2)), "gradient_accumulation_steps=2"),
    ],
)
def test_a_momentum_that_cannot_change_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        follow(model(), OneCycleMomentum(10), steps=2)


def test_skipped_steps_are_refused():
    model = descent(SGD(0.1), steps_per_execution=2)
    with pytest.raises(ValueError, match="steps_per_execution"):
        follow(model, CyclicalMomentum(2), steps=2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SGD(momentum=1.5),
        lambda: SGD(momentum="0.9"),
        lambda: Adam(beta_1=1.0),
        lambda: Adam(beta_1=-0.1),
        lambda: CyclicalMomentum(0),
        lambda: CyclicalMomentum(2.5),
        lambda: CyclicalMomentum(4, low=0.9, high=0.8),
        lambda: CyclicalMomentum(4, high=1.1),
        lambda: CyclicalMomentum(4, mode="square"),
        lambda: CyclicalMomentum(4, gamma=0.9),
        lambda: CyclicalMomentum(4, mode="exp_range"),
        lambda: CyclicalMomentum(4, mode="exp_range", gamma=1.5),
        lambda: OneCycleMomentum(0),
        lambda: OneCycleMomentum(10, low=-0.1),
        lambda: OneCycleMomentum(10, pct_start=1.0),
        lambda: OneCycleMomentum(10, pct_start=0.1),
        lambda: OneCycleMomentum(10, anneal="sine"),
    ],
)
def test_arguments_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"got"):
        wrong()
