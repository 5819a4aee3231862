"""After a range test the model is as it was, bit for bit, however the test ended."""

import pickle

import keras
import numpy as np
import pytest

from dlcourse.callbacks import LRFinder
from dlcourse.callbacks.run_state import read_variables, write_variables
from dlcourse.ops.random_state import random_state
from tests.contracts.backends import jit_compile, numpy

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 4)).astype("float32"), RNG.integers(3, size=32)


def train(model):
    model.fit(X, Y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    return model


@pytest.fixture(scope="module")
def compiled():
    """With everything that has a state: batch norm, dropout, slots, metrics. With its state after four steps."""
    keras.utils.set_random_seed(1)
    given = keras.Input((4,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(6)(given))
    model = keras.Model(given, keras.layers.Dense(3, "softmax")(keras.layers.Dropout(0.3, seed=2)(hidden)))
    optimizer, loss = keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=jit_compile())
    return model, read_variables(train(model))


@pytest.fixture
def model(compiled):
    """After four steps of training, whatever another test did with it."""
    write_variables(*compiled)
    return compiled[0]


def everything(model):
    return {name: [array.tobytes() for array in arrays] for name, arrays in read_variables(model).items()}


def generators():
    """Every number that Python's, NumPy's and PyTorch's generators go by."""
    return pickle.dumps(random_state())


class Raises(keras.callbacks.Callback):
    """Interrupts the fit after some batches."""

    def __init__(self, error, at=5):
        super().__init__()
        self.error, self.at = error, at

    def on_train_begin(self, logs=None):
        self.seen = 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen == self.at:
            raise self.error


class Breaks(keras.utils.PyDataset):
    """Data of which one batch cannot be read."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == self.at:
            raise OSError("no such file")
        return X[:8], Y[:8]


def test_the_model_is_put_back_bit_for_bit_and_trains_on_as_if_nothing_had_been(model):
    before = read_variables(model)
    undisturbed = everything(train(model))
    write_variables(model, before)
    start, drawn = everything(model), generators()
    result = LRFinder(1e-4, 5.0, steps=20).run(model, X, Y, batch_size=8)
    assert len(result.losses) >= 10 and np.ptp(result.losses) > 0.01
    assert everything(model) == start and generators() == drawn
    assert everything(train(model)) == undisturbed


def test_a_fresh_optimizer_is_put_back_too():
    """Not built, and no metric made yet: Keras makes them when the test begins, after a look at the shuffled data."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse", metrics=["mae"], jit_compile=jit_compile())
    before, drawn = [array.tobytes() for array in model.get_weights()], generators()
    LRFinder(1e-3, 1.0, steps=3).run(model, X, np.eye(3)[Y], batch_size=8)
    assert generators() == drawn
    after = read_variables(model)
    assert [array.tobytes() for array in model.get_weights()] == before
    assert int(numpy(model.optimizer.iterations)) == 0 and model.optimizer.built
    assert all(not array.any() for array in after["metrics"])
    slots = [array for array in after["optimizer"] if array.ndim]
    assert slots and all(not array.any() for array in slots)


def test_it_works_among_the_callbacks_of_a_fit(model):
    before, finder = everything(model), LRFinder(1e-4, 1e-2, steps=6)
    model.fit(X, Y, batch_size=8, epochs=9, verbose=0, callbacks=[finder])
    assert finder.result.stopped == "end" and len(finder.result.losses) == 6
    assert everything(model) == before
    model.fit(X, Y, batch_size=8, epochs=1, verbose=0, callbacks=[finder])  # four batches only
    assert finder.result.stopped == "data" and len(finder.result.rates) == 4
    assert everything(model) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("broken")])
def test_an_interrupted_test_is_undone(model, error):
    before, finder = everything(model), LRFinder(1e-3, 9.0, steps=20)
    with pytest.raises(type(error)):
        finder.run(model, X, Y, batch_size=8, callbacks=[Raises(error)])
    assert everything(model) == before and finder.result is None
    with pytest.raises(type(error)):
        model.fit(X, Y, batch_size=8, epochs=9, verbose=0, callbacks=[finder, Raises(error)])
    assert everything(model) != before
    finder.restore()
    finder.restore()
    assert everything(model) == before


@pytest.mark.parametrize("at", [0, 5])  # after the first batch of a fit failed, Keras on JAX has lost all variables
def test_data_that_cannot_be_read_leave_the_model_as_it_was(model, at):
    before = everything(model)
    with pytest.raises(Exception, match="no such file"):
        LRFinder(1e-3, 1.0, steps=20).run(model, Breaks(at), shuffle=False)
    assert everything(model) == before
