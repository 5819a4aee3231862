"""What a schedule must really do in a training run. Each test names a bug that runs without an error message.

The model of tests/contracts/ramp.py moves its one weight by exactly the rate of each step.
"""

import keras
import numpy as np
import pytest

from dlcourse.schedules import (
    Chain,
    CosineWarmRestarts,
    CyclicalLearningRate,
    OneCycle,
    PolynomialWarmup,
    StepDecay,
    Warmup,
    rates,
)
from tests.contracts import ramp
from tests.contracts.backends import jit_compile

BATCHES = 10  # of one example each: an epoch
X, Y = ramp.data(BATCHES)
LEVELS = [0.8, 0.4, 0.2, 0.1]
SCHEDULES = {
    "StepDecay": StepDecay(0.5, 3, 0.5),
    "Warmup": Warmup(0.5, 6),
    "PolynomialWarmup": PolynomialWarmup(0.5, 6),
    "triangular": CyclicalLearningRate(0.1, 0.5, 4),
    "CosineWarmRestarts": CosineWarmRestarts(0.5, 3, 2.0),
    "OneCycle": OneCycle(0.5, 12),
    "Chain": Chain([(0.3, 4), (0.1, None)]),
}


def fitted(rate, epochs, **arguments):
    """The model after `fit`, and the rates that stood in its optimizer at the beginning of each batch."""
    model, recorder = ramp.model(rate), ramp.Recorder()
    model.fit(X, Y, batch_size=1, epochs=epochs, verbose=0, callbacks=[recorder], **arguments)
    return model, np.array(recorder.rates)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_schedule_changes_the_rate_that_is_applied(name):
    """Bug: a schedule is built and plotted, and the optimizer keeps its first rate, compiled in as a constant."""
    schedule, model, weight = SCHEDULES[name], ramp.model(SCHEDULES[name]), [0.0]
    for _ in range(12):
        model.train_on_batch(X[:1], Y[:1])
        weight.append(ramp.descended(model))
    np.testing.assert_allclose(np.diff(weight), rates(schedule, 12), rtol=1e-5, atol=1e-6)
    assert np.ptp(np.diff(weight)) > 0.1


def test_decay_boundaries_are_reached():
    """Bug: boundaries that lie behind the last step of the run, so that nothing ever decays."""
    run = 4 * BATCHES
    for schedule in (
        StepDecay(0.8, every=BATCHES, drop=0.5),
        keras.optimizers.schedules.PiecewiseConstantDecay([BATCHES - 1, 2 * BATCHES - 1, 3 * BATCHES - 1], LEVELS),
    ):
        model, seen = fitted(schedule, epochs=4)
        np.testing.assert_allclose(seen, np.repeat(LEVELS, BATCHES), rtol=1e-6)
        assert abs(ramp.descended(model) - np.repeat(LEVELS, BATCHES).sum()) < 1e-4
    in_samples = StepDecay(0.8, every=BATCHES * 32, drop=0.5)  # as if a step were an example
    model, seen = fitted(in_samples, epochs=4)
    assert len(seen) == run and np.ptp(seen) == 0, "the run ends before the first boundary"


def test_a_schedule_does_not_restart_each_epoch_or_at_the_next_fit():
    """Bug: the rate of epoch 2 begins where that of epoch 1 began."""
    schedule = OneCycle(0.5, 3 * BATCHES)
    model, seen = fitted(schedule, epochs=3)
    np.testing.assert_allclose(seen, rates(schedule, 3 * BATCHES), rtol=1e-5)
    twice = ramp.model(schedule)
    for epochs in (1, 2):
        twice.fit(X, Y, batch_size=1, epochs=epochs, verbose=0)
    assert abs(ramp.descended(twice) - ramp.descended(model)) < 1e-5


def test_a_new_compile_starts_the_schedule_anew():
    """Bug: compiling again between two fits, to add a metric, say, sends the schedule back to its first step."""
    schedule = OneCycle(0.5, 3 * BATCHES)
    model, _ = fitted(schedule, epochs=2)
    config = model.optimizer.get_config()
    model.compile(keras.optimizers.SGD.from_config(config), lambda y_true, y_pred: keras.ops.mean(y_pred))
    assert abs(ramp.rate(model) - rates(schedule, 1)[0]) < 1e-6


def test_step_size_is_counted_in_steps_not_in_epochs():
    """Bug: step_size=2 for "two epochs" makes the rate race up and down within each epoch."""
    base, peak, epochs = 0.1, 0.5, 4
    _, right = fitted(CyclicalLearningRate(base, peak, 2 * BATCHES), epochs)
    _, wrong = fitted(CyclicalLearningRate(base, peak, 2), epochs)
    assert np.flatnonzero(np.isclose(right, peak)).tolist() == [2 * BATCHES]
    assert np.flatnonzero(np.isclose(wrong, peak)).tolist() == list(range(2, epochs * BATCHES, 4))


def test_several_steps_in_one_execution_count_one_by_one():
    """Bug: with steps_per_execution=5 a schedule that is driven from outside would see every fifth step only."""
    model = ramp.model(StepDecay(0.8, 3, 0.5))
    keep = {"optimizer": model.optimizer, "loss": lambda y_true, y_pred: keras.ops.mean(y_pred)}
    if keras.backend.backend() == "torch":
        with pytest.raises(ValueError, match="steps_per_execution"):
            model.compile(**keep, steps_per_execution=5)
            model.fit(X, Y, batch_size=1, verbose=0)
        return
    model.compile(**keep, steps_per_execution=5, jit_compile=jit_compile())
    model.fit(X, Y, batch_size=1, verbose=0)
    assert abs(ramp.descended(model) - rates(StepDecay(0.8, 3, 0.5), BATCHES).sum()) < 1e-5


def test_a_callback_cannot_drive_the_rate_over_a_schedule():
    """Keras refuses; silence would mean that one of the two is not heard."""
    plateau = keras.callbacks.ReduceLROnPlateau("loss", mode="max", patience=1)
    model = ramp.model(StepDecay(0.8, 3))
    with pytest.raises((TypeError, ValueError)):
        model.fit(X, Y, batch_size=1, epochs=4, verbose=0, callbacks=[plateau])
