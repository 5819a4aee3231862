"""Snapshots at the restarts, their mean, and which of them are kept."""

import keras
import numpy as np
import pytest

from dlcourse.callbacks import SnapshotEnsemble
from dlcourse.schedules import CosineWarmRestarts, rates
from tests.contracts.backends import jit_compile

SCHEDULE = CosineWarmRestarts(0.5, first_steps=2, t_mult=2.0)  # restarts after 2, 6 and 14 steps
X = np.ones((16, 1), "float32")


@pytest.fixture(scope="module")
def compiled():
    """y = w x + b on ones; w goes down by each rate, and batch norm has statistics to keep."""
    given = keras.Input((1,))
    out = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="w")(given)
    model = keras.Model(
        given,
        {"w": out, "doubled": 2.0 * keras.layers.BatchNormalization(momentum=0.5, center=False, scale=False)(out)},
    )
    optimizer = keras.optimizers.SGD(SCHEDULE)
    model.compile(optimizer, {"w": lambda y, pred: keras.ops.mean(pred), "doubled": None}, jit_compile=jit_compile())
    return model


def renew(model):
    for variable in model.weights:
        variable.assign(np.zeros(variable.shape))
    model.optimizer.iterations.assign(0)
    return model


@pytest.fixture
def model(compiled):
    """As it was made: w = 0, step 0."""
    return renew(compiled)


def fit(model, ensemble, steps=16, epochs=1, **options):
    x = X[:steps]
    y = {"w": x, "doubled": x}
    model.fit(x, y, batch_size=1, epochs=epochs, callbacks=[ensemble], verbose=0, **options)
    return ensemble


WAY = -np.cumsum(rates(SCHEDULE, 64).astype(float))


def w_of(ensemble):
    return [float(ensemble.weights(step)[0][0, 0]) for step in ensemble.steps]


@pytest.mark.parametrize("on_disk", [False, True])
def test_it_keeps_the_weights_at_each_restart(model, on_disk, tmp_path):
    ensemble = fit(model, SnapshotEnsemble(SCHEDULE, folder=tmp_path / "deep" if on_disk else None))
    assert ensemble.steps == [2, 6, 14] and ensemble.values == {2: None, 6: None, 14: None}
    np.testing.assert_allclose(w_of(ensemble), WAY[[1, 5, 13]], rtol=1e-5)
    if on_disk:
        names = sorted(path.name for path in (tmp_path / "deep").iterdir())
        assert names == ["snapshot-14.npz", "snapshot-2.npz", "snapshot-6.npz"]


def test_the_prediction_is_the_mean_of_the_members_and_the_model_stays(model):
    ensemble = fit(model, SnapshotEnsemble([3, 5, 14]))
    before = [array.tobytes() for array in model.get_weights()]
    x = np.array([[1.0], [2.0], [-3.0]], "float32")
    mean, each = ensemble.predict(x), ensemble.predictions(x)
    np.testing.assert_allclose(mean["w"], WAY[[2, 4, 13]].mean() * x, rtol=1e-5)
    assert len(each) == 3 and mean["w"].dtype == np.float32
    np.testing.assert_allclose(mean["doubled"], np.mean([p["doubled"] for p in each], axis=0), rtol=1e-5)
    means = [ensemble.weights(step)[1] for step in ensemble.steps]  # batch norm's statistics are each member's own
    assert len({array.tobytes() for array in means}) == 3
    assert [array.tobytes() for array in model.get_weights()] == before


def test_it_keeps_the_last_ones(model):
    ensemble = fit(model, SnapshotEnsemble([1, 4, 9, 12], keep=2))
    assert ensemble.steps == [9, 12]
    np.testing.assert_allclose(w_of(ensemble), WAY[[8, 11]], rtol=1e-5)


class Scores(keras.callbacks.Callback):
    """Puts a value of our choice into the logs, as validation does."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_score"] = self.values[epoch]


@pytest.mark.parametrize(
    "mode, values, kept",
    [
        ("min", [3.0, 1.0, 2.0, 4.0], [4, 6]),
        ("max", [3.0, 1.0, 2.0, 4.0], [2, 8]),
        ("min", [float("nan"), 1.0, float("nan"), 4.0], [4, 8]),
        ("max", [2.0, 2.0, 2.0, 1.0], [4, 6]),
    ],
)
def test_it_keeps_the_best_ones(model, mode, values, kept, tmp_path):
    for folder in (None, tmp_path):
        ensemble = SnapshotEnsemble([2, 4, 6, 8], keep=2, monitor="val_score", mode=mode, folder=folder)
        x = X[:2]
        options = {"batch_size": 1, "epochs": 4, "verbose": 0, "callbacks": [Scores(values), ensemble]}
        model.optimizer.iterations.assign(0)
        model.fit(x, {"w": x, "doubled": x}, **options)
        assert ensemble.steps == kept
        assert [ensemble.values[step] for step in kept] == [values[step // 2 - 1] for step in kept]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"snapshot-{step}.npz" for step in kept]


def test_a_value_of_the_training_may_be_monitored_within_an_epoch(model):
    """The loss is the running mean of w, which falls: the later, the better."""
    ensemble = fit(model, SnapshotEnsemble([2, 6, 14], keep=1, monitor="loss"))
    assert ensemble.steps == [14] and ensemble.values[14] < 0


def test_it_does_not_touch_the_training(model):
    fit(model, SnapshotEnsemble(SCHEDULE))
    np.testing.assert_allclose(model.get_weights()[0][0, 0], WAY[15], rtol=1e-5)


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_state_lets_another_one_go_on(model, on_disk, tmp_path):
    """Interrupted after step 9 of 16, resumed from a state taken after step 7: 2, 6 are known, 8 comes again."""
    at, folder = [2, 6, 8, 12], tmp_path if on_disk else None
    whole = fit(model, SnapshotEnsemble(at, keep=3, folder=tmp_path / "whole" if on_disk else None))
    expected = {step: [array.tobytes() for array in whole.weights(step)] for step in whole.steps}

    class Takes(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 6:
                self.state, self.weights = first.get_state(), self.model.get_weights()
            if batch == 8:
                self.model.stop_training = True

    class Gives(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            second.set_state(taken.state)
            self.model.set_weights(taken.weights)

    renew(model)
    first, taken = SnapshotEnsemble(at, keep=3, folder=folder), Takes()
    y = {"w": X, "doubled": X}
    model.fit(X, y, batch_size=1, verbose=0, callbacks=[first, taken])
    second = SnapshotEnsemble(at, keep=3, folder=folder)
    model.optimizer.iterations.assign(7)
    y = {"w": X[:9], "doubled": X[:9]}
    model.fit(X[:9], y, batch_size=1, verbose=0, callbacks=[second, Gives()])
    assert second.steps == whole.steps == [6, 8, 12]
    assert {step: [array.tobytes() for array in second.weights(step)] for step in second.steps} == expected


def test_files_written_after_the_state_are_removed(tmp_path, model):
    ensemble = fit(model, SnapshotEnsemble([2, 4, 6], folder=tmp_path), steps=5)
    state = ensemble.get_state()
    fit(model, SnapshotEnsemble([6, 8], folder=tmp_path), steps=4)
    fresh = SnapshotEnsemble([2, 4, 6], folder=tmp_path)
    fresh.set_state(state)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot-2.npz", "snapshot-4.npz"]
    assert fresh.steps == [2, 4]


def test_a_full_disk_leaves_the_earlier_snapshots(model, tmp_path, monkeypatch):
    ensemble = fit(model, SnapshotEnsemble([2], folder=tmp_path), steps=3)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dlcourse.files.os.fsync", full)
    with pytest.raises(OSError, match=r"No space left .* after step 5 .* the others are whole"):
        fit(model, SnapshotEnsemble([5], folder=tmp_path), steps=5)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-2.npz"]
    assert len(ensemble.weights(2)) == 3


def test_refusals(model, tmp_path):
    ensemble = fit(model, SnapshotEnsemble(SCHEDULE), steps=1)
    with pytest.raises(ValueError, match="no snapshot was kept: the first is due after step 2"):
        ensemble.predict(X)
    with pytest.raises(ValueError, match="no snapshot after step 7; kept are"):
        ensemble.weights(7)
    with pytest.raises(ValueError, match=r"monitors 'val_loss'; the logs have \['loss'"):
        fit(model, SnapshotEnsemble([4], monitor="val_loss"), steps=4)
    score = [Scores([1.0, 1.0]), SnapshotEnsemble([7], monitor="val_score")]
    with pytest.raises(ValueError, match="ended within one, after step 7"):
        x = X[:4]
        model.fit(x, {"w": x, "doubled": x}, batch_size=1, epochs=2, verbose=0, callbacks=score)
