"""Batches that grow: what the model sees in fit, in which order, and how many."""

import keras
import numpy as np
import pytest

from dlcourse.callbacks import BatchSizeSchedule
from tests.contracts.backends import jit_compile, numpy

N = 22
X = np.arange(N, dtype="float32")[:, None]


class Seen(keras.layers.Layer):
    """Sums and counts the examples of a batch, in weights that a callback can read."""

    def build(self, shape):
        self.sum = self.add_weight((), "zeros", trainable=False)
        self.count = self.add_weight((), "zeros", trainable=False)

    def call(self, x):
        self.sum.assign(keras.ops.sum(x))
        self.count.assign(keras.ops.cast(keras.ops.shape(x)[0], "float32"))
        return x


class Counts(keras.callbacks.Callback):
    """[(batch size, sum of the examples)] of each epoch, and the learning rates."""

    def on_train_begin(self, logs=None):
        self.epochs, self.rates = [], set()

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append([])

    def on_train_batch_end(self, batch, logs=None):
        layer = self.model.get_layer("seen")
        self.epochs[-1].append((int(numpy(layer.count)), float(numpy(layer.sum))))
        self.rates.add(float(numpy(self.model.optimizer.learning_rate)))


def build():
    given = keras.Input((1,))
    model = keras.Model(given, keras.layers.Dense(1)(Seen(name="seen")(given)))
    model.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=jit_compile())
    return model


@pytest.fixture(scope="module")
def model():
    return build()


def seen(model, data, epochs=4, **options):
    counts = Counts()
    options = {"shuffle": False, "verbose": 0, **options}
    model.fit(data, epochs=epochs, callbacks=[data, counts], **options)
    return counts


def expected(data, epochs):
    return [[(len(rows), float(X[rows].sum())) for rows in data.rows_of(epoch)] for epoch in range(epochs)]


@pytest.mark.parametrize(
    "sizes, unit, last, lengths",
    [
        ([(0, 4), (2, 11), (3, 99)], "epoch", "keep", [[4] * 5 + [2]] * 2 + [[11, 11], [22]]),
        ([(0, 4), (2, 11)], "epoch", "drop", [[4] * 5] * 2 + [[11, 11]] * 2),
        ([(0, 16), (2, 5)], "epoch", "keep", [[16, 6]] * 2 + [[5] * 4 + [2]] * 2),
        (lambda epoch: 2 ** (epoch + 2), "epoch", "keep", [[4] * 5 + [2], [8, 8, 6], [16, 6], [22]]),
        ([(0, 4), (3, 6), (9, 22)], "step", "keep", [[4, 4, 4, 6, 4], [6, 6, 6, 4], [22], [22]]),
        (5, "epoch", "drop", [[5] * 4] * 4),
    ],
)
def test_the_model_sees_the_scheduled_batches(model, sizes, unit, last, lengths, recwarn):
    data = BatchSizeSchedule((X, X), sizes, unit=unit, last=last, seed=3)
    counts = seen(model, data)
    assert [[size for size, _ in epoch] for epoch in counts.epochs] == lengths
    assert counts.epochs == expected(data, 4)
    assert [data.sizes_of(epoch) for epoch in range(4)] == lengths
    assert counts.rates == {np.float32(1e-3)}
    assert not [warning for warning in recwarn if "ran out of data" in str(warning.message)]


def test_every_example_comes_once_an_epoch_in_an_order_of_its_own():
    data = BatchSizeSchedule((X, X), [(0, 4), (1, 8)], seed=3)
    orders = [np.concatenate(data.rows_of(epoch)) for epoch in range(3)]
    assert all(sorted(order) == list(range(N)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 3


def test_the_order_depends_on_seed_and_epoch_alone(model):
    """Not on a generator, on epochs before, or on another fit."""
    first = expected(BatchSizeSchedule((X, X), [(0, 4), (2, 11)], seed=3), 4)
    data = BatchSizeSchedule((X, X), [(0, 4), (2, 11)], seed=3)
    seen(model, data, epochs=1)
    np.random.default_rng().random()
    assert seen(model, data, epochs=4, initial_epoch=3).epochs == first[3:]
    assert seen(model, data, epochs=2).epochs == first[:2]
    assert expected(BatchSizeSchedule((X, X), 4, seed=4), 1) != expected(BatchSizeSchedule((X, X), 4, seed=3), 1)
    in_order = BatchSizeSchedule((X, X), 4, seed=None)
    assert np.concatenate(in_order.rows_of(5)).tolist() == list(range(N))


def test_a_fit_that_stops_within_an_epoch_begins_that_epoch_anew(model):
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    data = BatchSizeSchedule((X, X), [(0, 4), (1, 8)], seed=3)
    model.fit(data, epochs=3, shuffle=False, verbose=0, callbacks=[data, Stops()])
    assert seen(model, data, epochs=2).epochs == expected(data, 2)


def test_structures_and_weights_are_batched_alike():
    data = BatchSizeSchedule(({"a": X, "b": [X, -X]}, X, np.arange(N)), 4, seed=1)
    x, y, weights = data[1]
    np.testing.assert_array_equal(x["a"], y)
    np.testing.assert_array_equal(x["b"][1], -y)
    np.testing.assert_array_equal(weights, y[:, 0])


def test_the_length_is_that_of_the_present_epoch(model, capsys):
    data = BatchSizeSchedule((X, X), [(0, 4), (1, 11)], seed=3)
    assert len(data) == 6 == data.num_batches and data.num_batches != 7
    model.fit(data, epochs=2, shuffle=False, verbose=1, callbacks=[data])
    shown = capsys.readouterr().out
    assert "6/6" in shown and "2/2" in shown and "/Unknown" not in shown
    assert len(data) == 2 and data.num_batches < 3 and 4 / data.num_batches == 2.0 and data.num_batches - 1 == 1
    assert list(range(data.num_batches)) == [0, 1] and len(list(data)) == 2
    with pytest.raises(IndexError):
        data[2]


def test_a_state_carries_the_epoch():
    data, other = BatchSizeSchedule((X, X), [(0, 4), (3, 11)]), BatchSizeSchedule((X, X), [(0, 4), (3, 11)])
    data.on_epoch_begin(3)
    other.set_state(data.get_state())
    assert len(other) == 2
    np.testing.assert_array_equal(other[1][0], X[data.rows_of(3)[1]])


def test_a_fit_that_shuffles_is_refused():
    data = BatchSizeSchedule((X, X), 1)
    with pytest.raises(Exception, match="shuffle=False"):
        build().fit(data, epochs=3, verbose=0, callbacks=[data])


def test_a_fit_without_the_callback_is_refused(model):
    data = BatchSizeSchedule((X, X), [(0, 4), (1, 8)])
    with pytest.raises(ValueError, match="does not know the epoch"):
        model.fit(data, epochs=4, shuffle=False, verbose=0)


@pytest.mark.parametrize("size", [0, -1, 2.5, None, "4"])
def test_a_function_that_gives_no_size_is_refused(size):
    with pytest.raises(ValueError, match="the size at epoch 2 to be a whole number"):
        BatchSizeSchedule((X, X), lambda epoch: 4 if epoch < 2 else size).sizes_of(2)
