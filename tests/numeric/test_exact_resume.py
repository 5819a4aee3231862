"""An interrupted fit goes on to the same bits, whatever feeds it; what cannot be resumed exactly is refused."""

import keras
import numpy as np
import pytest

from dlcourse.callbacks import BatchSizeSchedule, ExactResume
from tests.contracts.backends import jit_compile, numpy

X = np.random.default_rng(0).normal(size=(24, 5)).astype("float32")
Y = X[:, :1] - X[:, 1:2] ** 2
EPOCHS = 3


class Interrupt(keras.callbacks.Callback):
    """Raises after so many steps, once: what a kill looks like from inside the process."""

    def __init__(self):
        super().__init__()
        self.left = None

    def on_train_batch_end(self, batch, logs=None):
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.left = None
                raise KeyboardInterrupt

    def get_state(self):
        return {}  # the moment of the kill belongs to the process, not to the run

    def set_state(self, state):
        assert state == {}


class Counted(keras.utils.PyDataset):
    """Batches in an order that depends on how many epochs were drawn."""

    def __init__(self):
        super().__init__()
        self.epoch = 0

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = np.random.default_rng(self.epoch).permutation(24)[4 * index : 4 * index + 4]
        return X[rows], Y[rows]

    def on_epoch_end(self):
        self.epoch += 1


def stream():
    """A generator without end, that remembers where it is."""
    rng = np.random.default_rng(5)
    while True:
        rows = rng.integers(24, size=4)
        yield X[rows], Y[rows]


def pipeline():
    """A tf.data pipeline that shuffles anew each epoch."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(24, seed=3).batch(4)


def growing():
    """A data source that is a callback too."""
    return BatchSizeSchedule((X, Y), [(0, 3), (1, 4), (2, 8)], seed=2)


FEEDS = {
    "arrays": lambda: {"x": X, "y": Y, "batch_size": 4},
    "arrays, last batch smaller": lambda: {"x": X[:22], "y": Y[:22], "batch_size": 4, "validation_split": 0.2},
    "a PyDataset": lambda: {"x": Counted()},
    "a generator": lambda: {"x": stream(), "steps_per_epoch": 6},
    "tf.data": lambda: {"x": pipeline()},
    "tf.data, repeated": lambda: {"x": pipeline().repeat(), "steps_per_epoch": 5},
}


def build(rate=0.05, units=6, dtype=None, jit=False):
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(units, activation="tanh", dtype=dtype),
            keras.layers.BatchNormalization(dtype=dtype),
            keras.layers.Dropout(0.3, dtype=dtype),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"], jit_compile=jit and jit_compile())
    return model


def others():
    return [
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=0.3),
        keras.callbacks.EarlyStopping("loss", patience=5, restore_best_weights=True),
    ]


def bits(model):
    metrics = {id(v) for v in model.metrics_variables}
    held = [v for v in model.variables if id(v) not in metrics] + list(model.optimizer.variables)
    return [numpy(v).tobytes() for v in held]


def outcome(feed, callbacks=(), **options):
    model, remembered = build(**options), others()
    history = model.fit(**FEEDS[feed](), epochs=EPOCHS, callbacks=[*callbacks, *remembered], verbose=0)
    early = remembered[1]
    return bits(model), history.history, history.epoch, [early.wait, early.best, early.best_epoch]


def interrupted(feed, folder, steps, every=2, **options):
    """A fit that is broken off after each of `steps`, and begun again each time; then run to its end."""
    for left in steps:
        stop = Interrupt()
        stop.left = left
        with pytest.raises(KeyboardInterrupt):
            outcome(feed, [ExactResume(folder, every), stop], **options)
    return outcome(feed, [ExactResume(folder, every), Interrupt()], **options)


@pytest.mark.parametrize("feed", FEEDS)
def test_an_interrupted_run_ends_with_the_same_bits(feed, tmp_path):
    assert interrupted(feed, tmp_path / "run", steps=[9]) == outcome(feed, [Interrupt()])


def test_an_interrupted_run_ends_with_the_same_bits_under_jit(tmp_path):
    assert interrupted("arrays", tmp_path / "run", steps=[5, 4], jit=True) == outcome("arrays", [Interrupt()], jit=True)


@pytest.mark.parametrize(("every", "steps"), [("epoch", [13]), (6, [7]), (1, [1, 6]), (100, [9])])
def test_whatever_the_distance_of_the_saves(every, steps, tmp_path):
    """At the end of an epoch, with every step, and with no save at all before the interruption."""
    assert interrupted("arrays", tmp_path / "run", steps, every) == outcome("arrays", [Interrupt()])


def test_a_data_source_that_is_a_callback(tmp_path):
    """8, 6 and 3 batches: broken off in the second epoch and in the third."""

    def run(*callbacks):
        model, data = build(), growing()
        history = model.fit(data, epochs=EPOCHS, shuffle=False, callbacks=[data, *callbacks], verbose=0)
        return bits(model), history.history

    for left in (10, 6):
        stop = Interrupt()
        stop.left = left
        with pytest.raises(KeyboardInterrupt):
            run(stop, ExactResume(tmp_path, every=2))
    assert run(Interrupt(), ExactResume(tmp_path, every=2)) == run(Interrupt())


def test_with_mixed_precision(tmp_path):
    found = interrupted("arrays", tmp_path / "run", [8], dtype="mixed_bfloat16")
    assert found == outcome("arrays", [Interrupt()], dtype="mixed_bfloat16")


def test_it_has_no_influence_on_a_run_that_is_left_alone(tmp_path):
    assert outcome("arrays", [ExactResume(tmp_path / "run", every=2)]) == outcome("arrays")


def test_a_finished_run_trains_no_more_and_can_be_prolonged(tmp_path):
    model = build()
    first = model.fit(X, Y, batch_size=4, epochs=2, callbacks=[ExactResume(tmp_path)], verbose=0)
    end = bits(model)
    model = build()
    again = model.fit(X, Y, batch_size=4, epochs=2, callbacks=[ExactResume(tmp_path)], verbose=0)
    assert (bits(model), again.history, again.epoch) == (end, first.history, first.epoch)
    model = build()
    model.fit(X, Y, batch_size=4, epochs=3, callbacks=[ExactResume(tmp_path)], verbose=0)
    straight = build()
    straight.fit(X, Y, batch_size=4, epochs=3, verbose=0)
    assert bits(model) == bits(straight)


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    def run():
        model, early = build(rate=2.0), keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
        history = model.fit(X, Y, epochs=40, callbacks=[early, ExactResume(tmp_path)], verbose=0)
        return bits(model), history.history, early.stopped_epoch

    first = run()
    assert 0 < first[2] < 39
    assert run() == first


def test_damage_to_the_newest_state_costs_only_the_way_from_the_one_before(tmp_path):
    stop = Interrupt()
    stop.left = 9
    with pytest.raises(KeyboardInterrupt):
        outcome("arrays", [ExactResume(tmp_path, every=2), stop])
    newest = sorted(tmp_path.glob("state-*"))[-1]
    spoilt = bytearray(newest.read_bytes())
    spoilt[len(spoilt) // 2] ^= 4
    newest.write_bytes(bytes(spoilt))
    with pytest.warns(UserWarning, match="is damaged"):
        found = outcome("arrays", [ExactResume(tmp_path, every=2), Interrupt()])
    assert found == outcome("arrays", [Interrupt()])
