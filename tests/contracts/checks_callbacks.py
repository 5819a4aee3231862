"""The contract of a callback."""

import keras

from tests.contracts import ramp
from tests.contracts.checks_shared import assert_close, check_errors

START, EPOCHS = 0.5, 3


def _fit(row, callback):
    """Three epochs of two batches from a rate of 0.5: the model, and the rate of each batch as the optimizer had it."""
    model, recorder = ramp.model(START, row.optimizer), ramp.Recorder()
    x, y = ramp.data(examples=ramp.BATCHES)
    model.fit(x, y, batch_size=1, epochs=EPOCHS, callbacks=[callback, recorder], verbose=0)
    return model, recorder.rates


def check_rates(row):
    """The optimizer has the documented rate in each batch, and the weights moved by these rates."""
    model, rates = _fit(row, row.make())
    assert_close(rates, row.rates, what="rate of each batch")
    assert_close(ramp.descended(model), sum(row.rates), what="the way the weight went")


def check_afterwards(row):
    """The optimizer is left as documented."""
    model, _ = _fit(row, row.make())
    assert_close(ramp.rate(model), row.after, what="the rate afterwards")


def check_again(row):
    """One callback object in a second fit of a new model does the same again."""
    callback = row.make()
    (_, first), (_, second) = _fit(row, callback), _fit(row, callback)
    assert_close(second, first, what="rates of the second fit")


def check_no_copy(row):
    """Holds no optimizer and no variable of one: on JAX such a reference is stale within an epoch."""
    callback = row.make()
    model, _ = _fit(row, callback)
    theirs = {id(variable) for variable in model.optimizer.variables}
    for name, value in vars(callback).items():
        assert not isinstance(value, keras.optimizers.Optimizer), f"{name} holds the optimizer"
        assert id(value) not in theirs, f"{name} holds a variable of the optimizer"


CHECKS = {
    "rates": check_rates,
    "afterwards": check_afterwards,
    "again": check_again,
    "no_copy": check_no_copy,
    "errors": check_errors,
}
