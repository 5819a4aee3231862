"""The range test: the loss of each batch alone, the rates that arrive, where it stops, and what it refuses."""

import functools

import keras
import numpy as np
import pytest

from dlcourse.callbacks import LRFinder
from dlcourse.schedules import CyclicalLearningRate
from tests.contracts.backends import jit_compile, numpy


def test_the_losses_are_those_of_single_batches():
    """At rates of 1e-30 nothing moves, so each batch can be asked again: weighted, regularised, the last one short."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_regularizer="l2")])
    model.compile("sgd", "mse", jit_compile=jit_compile())
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)).astype("float32"), rng.normal(size=(30, 1)).astype("float32")
    weights = rng.uniform(0.2, 2.0, size=30).astype("float32")
    finder = LRFinder(1e-31, 1e-30, steps=10, diverge=1e9)
    result = finder.run(model, x, y, batch_size=8, sample_weight=weights, shuffle=False)
    each = [slice(0, 8), slice(8, 16), slice(16, 24), slice(24, 30)]
    alone = [model.evaluate(x[rows], y[rows], sample_weight=weights[rows], verbose=0) for rows in each]
    np.testing.assert_allclose(result.losses, [alone[batch % 4] for batch in range(10)], rtol=2e-6)


class Weight(keras.callbacks.Callback):
    """The one weight of `scripted` after each batch."""

    def on_train_begin(self, logs=None):
        self.way = []

    def on_train_batch_end(self, batch, logs=None):
        self.way.append(float(numpy(self.model.layers[-1].kernel)[0, 0]))


@functools.cache
def scripted(optimizer=None, **options):
    """A model whose batches have the losses that the targets say, and whose weight goes down by each rate. The finder
    itself puts it back for the next test."""
    given = keras.Input((1,))
    model = keras.Model(given, keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(given))

    def loss(y, pred):
        mean = keras.ops.mean(pred)
        return keras.ops.mean(y) + mean - keras.ops.stop_gradient(mean)

    model.compile(optimizer or keras.optimizers.SGD(0.25), loss, jit_compile=jit_compile(), **options)
    return model


def play(losses, callbacks=(), **arguments):
    """The range test of `scripted`, one example a batch, in order."""
    y = np.array(losses, "float32")[:, None]
    finder = LRFinder(**{"start": 0.01, "end": 1.0, "steps": len(losses), **arguments})
    return finder.run(scripted(), np.ones_like(y), y, batch_size=1, shuffle=False, callbacks=[*callbacks])


@pytest.mark.parametrize("mode, spaced", [("exponential", np.geomspace), ("linear", np.linspace)])
def test_each_rate_is_the_one_that_moves_the_weights(mode, spaced):
    weight = Weight()
    result = play([1.0] * 9, [weight], mode=mode)
    np.testing.assert_allclose(result.rates, spaced(0.01, 1.0, 9))
    np.testing.assert_allclose(weight.way, -np.cumsum(result.rates), rtol=1e-6)


def test_the_average_is_corrected_for_its_start():
    losses = [3.0, 1.0, 2.0, 0.5, 4.0]
    result = play(losses, smoothing=0.75)
    slow = [
        sum(0.75**k * losses[t - k] for k in range(t + 1)) / sum(0.75**k for k in range(t + 1))
        for t in range(len(losses))
    ]
    np.testing.assert_allclose(result.smoothed, slow, rtol=1e-6)
    assert result.losses.tolist() == losses and result.stopped == "end"
    assert play(losses, smoothing=0.0).smoothed.tolist() == losses


@pytest.mark.parametrize(
    "losses, stopped, seen",
    [
        ([1.0, 0.5, 1.4, 1.6, 0.1, 0.1], "diverged", 4),  # 1.6 > 3 * 0.5
        ([1.0, 0.5, 1.4, 1.4, 1.4, 1.4], "end", 6),
        ([1.0, 0.001, 0.1, 0.2, 0.3, 0.1], "diverged", 5),  # 0.3 > 0.001 + 2 * 0.1
        ([-1.0, -2.0, 1.9, 2.1, 0.0, 0.0], "diverged", 4),  # 2.1 > -2 + 2 * 2
        ([1.0, 0.5, float("nan"), 1.0, 1.0, 1.0], "nan", 3),
        ([1.0, 0.5, float("inf"), 1.0, 1.0, 1.0], "nan", 3),
    ],
)
def test_it_stops_where_the_loss_diverges_or_is_no_number(losses, stopped, seen):
    weight = Weight()
    result = play(losses, [weight], smoothing=0.0, diverge=3.0)
    assert (result.stopped, len(result.losses), len(result.rates), len(weight.way)) == (stopped, seen, seen, seen)
    assert result.planned == 6


def test_a_state_taken_on_the_way_lets_another_finder_go_on():
    losses = np.array([3.0, 2.5, 2.0, 1.5, 1.0, 0.9, 0.8, 0.7], "float32")[:, None]

    class TakesState(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 4:
                self.state, self.weight = finder.get_state(), self.model.get_weights()

    class GivesState(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            second.set_state(taken.state)
            self.model.set_weights(taken.weight)

    finder, second, taken = LRFinder(0.01, 1.0, 8), LRFinder(0.01, 1.0, 8), TakesState()
    finder.run(scripted(), np.ones_like(losses), losses, batch_size=1, shuffle=False, callbacks=[taken])
    model, weight = scripted(), Weight()
    options = {"batch_size": 1, "shuffle": False, "verbose": 0, "callbacks": [second, GivesState(), weight]}
    model.fit(np.ones((4, 1), "float32"), losses[4:], **options)
    assert second.result.losses.tolist() == finder.result.losses.tolist()
    np.testing.assert_allclose(second.result.smoothed, finder.result.smoothed, rtol=1e-12)
    np.testing.assert_allclose(weight.way[-1], -finder.result.rates.sum(), rtol=1e-6)
    assert model.get_weights() == [0.0] and float(numpy(model.optimizer.learning_rate)) == 0.25


def test_a_finder_that_stands_in_no_list_is_refused_where_keras_runs_it_beside_the_training():
    ones, finder = np.ones((9, 1), "float32"), LRFinder(0.01, 1.0, 9)
    if keras.backend.backend() == "tensorflow":
        scripted().fit(ones, ones, batch_size=1, verbose=0, callbacks=finder)
        assert finder.result.losses.tolist() == [1.0] * 9
    else:
        with pytest.raises(ValueError, match="unless it stands in a list"):
            scripted().fit(ones, ones, batch_size=1, verbose=0, callbacks=finder)
        finder.restore()


@pytest.mark.parametrize(
    "model, message",
    [
        (lambda: scripted(keras.optimizers.SGD(CyclicalLearningRate(0.1, 1.0, 5))), "has a schedule"),
        (lambda: scripted(keras.optimizers.SGD(lambda: 0.1)), "has a schedule"),
        (lambda: scripted(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)), "gradient_accumulation_steps=2"),
        (lambda: scripted(steps_per_execution=2), "steps_per_execution=2"),
        (lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), "compiled model"),
    ],
)
def test_a_model_whose_rate_cannot_be_driven_is_refused(model, message):
    ones = np.ones((2, 1), "float32")
    with pytest.raises(ValueError, match=message):
        LRFinder().run(model(), ones, ones)


def test_a_model_that_is_not_built_is_refused():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="not built"):
        LRFinder().run(model, np.ones((2, 1)), np.ones((2, 1)))


def test_a_fit_that_says_how_often_is_refused():
    with pytest.raises(ValueError, match="epochs"):
        LRFinder().run(scripted(), np.ones((2, 1)), np.ones((2, 1)), epochs=3)


def test_logs_without_a_loss_are_refused():
    finder, model = LRFinder(), scripted()
    finder.set_model(model)
    finder.on_train_begin()
    with pytest.raises(ValueError, match=r"hold \['cost'\]"):
        finder.on_train_batch_end(0, {"cost": 1.0})


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": 0.0},
        {"start": 2.0, "end": 1.0},
        {"start": 1.0, "end": 1.0},
        {"end": -1.0},
        {"end": float("inf")},
        {"steps": 0},
        {"steps": 1},
        {"steps": 2.5},
        {"mode": "cubic"},
        {"smoothing": 1.0},
        {"smoothing": -0.1},
        {"diverge": 1.0},
        {"diverge": None},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match="got"):
        LRFinder(**arguments)
