"""What ExactResume refuses, in words that say what to do, and that a refusal loses nothing."""

import errno
import warnings

import filelock
import keras
import numpy as np
import pytest

from dlcourse.callbacks import ExactResume
from tests.numeric.test_exact_resume import EPOCHS, Interrupt, X, Y, bits, build, interrupted, outcome


def fit(model, *callbacks, epochs=EPOCHS, x=X, y=Y, **options):
    return model.fit(x, y, batch_size=4, epochs=epochs, callbacks=list(callbacks), verbose=0, **options)


def states(folder):
    return {path.name: path.read_bytes() for path in folder.glob("state-*")}


@pytest.fixture
def begun(tmp_path):
    """The folder of a run that was interrupted after nine of its 18 steps."""
    stop = Interrupt()
    stop.left = 9
    with pytest.raises(KeyboardInterrupt):
        fit(build(), ExactResume(tmp_path / "run", every=2), keras.callbacks.EarlyStopping("loss", patience=4), stop)
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("options", "patience", "named"),
    [
        ({"units": 7}, 4, "units: saved 6, now 7"),
        ({"rate": 0.01}, 4, "learning_rate: saved 0.05.*, now 0.009"),
        ({"dtype": "mixed_bfloat16"}, 4, 'dtype: saved "float32", now "mixed_bfloat16"'),
        ({}, 5, "patience: saved 4, now 5"),
    ],
)
def test_another_run_is_refused_and_the_difference_named(begun, options, patience, named):
    before, model = states(begun), build(**options)
    weights = [weight.tobytes() for weight in model.get_weights()]
    early = keras.callbacks.EarlyStopping("loss", patience=patience)
    with pytest.raises(ValueError, match=f"(?s)holds another run: .*{named}.*a folder of its own"):
        fit(model, ExactResume(begun, every=2), early, Interrupt())
    assert states(begun) == before
    assert [weight.tobytes() for weight in model.get_weights()] == weights
    fit(model, early)  # and the refusal leaves a model that trains
    assert [weight.tobytes() for weight in model.get_weights()] != weights


def test_the_number_of_steps_is_part_of_a_run(begun):
    with pytest.raises(ValueError, match="steps per epoch: saved 6, now 5"):
        fit(
            build(),
            ExactResume(begun),
            keras.callbacks.EarlyStopping("loss", patience=4),
            Interrupt(),
            x=X[:20],
            y=Y[:20],
        )


def test_a_missing_callback_is_named(begun):
    with pytest.raises(ValueError, match="length of callbacks: saved 3, now 1"):
        fit(build(), ExactResume(begun))


def test_data_that_end_too_early(tmp_path):
    def stream(length):
        for _ in range(length):
            yield X[:4], Y[:4]

    def run(length, *callbacks):
        build_model = build()
        build_model.fit(stream(length), epochs=1, callbacks=[ExactResume(tmp_path, every=4), *callbacks], verbose=0)

    stop = Interrupt()
    stop.left = 9
    with pytest.raises(KeyboardInterrupt):
        run(12, stop)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns that the data ran out
        with pytest.raises(ValueError, match=r"saved after step 8 of epoch 1; now epoch 1 ended after 5 steps"):
            run(5, Interrupt())


@pytest.mark.parametrize("every", [0, -3, 2.5, True, "batch", None])
def test_every(every, tmp_path):
    with pytest.raises(ValueError, match="every is a positive number of steps or 'epoch', received"):
        ExactResume(tmp_path, every)


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (lambda folder: keras.callbacks.CSVLogger(folder / "log.csv"), "CSVLogger cannot be resumed .*RunLog"),
        (
            lambda folder: keras.callbacks.BackupAndRestore(folder / "b"),
            "BackupAndRestore cannot be resumed .*leave it",
        ),
    ],
)
def test_callbacks_that_cannot_go_on(callback, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        fit(build(), ExactResume(tmp_path / "run"), callback(tmp_path))


def test_a_model_that_is_not_built(tmp_path):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    if keras.backend.backend() == "tensorflow":  # the others build it before callbacks are asked
        with pytest.raises(ValueError, match=r"not built: give it a keras.Input"):
            fit(model, ExactResume(tmp_path))
    else:
        fit(model, ExactResume(tmp_path), epochs=1)


def test_several_steps_at_once(tmp_path):
    model = build()
    model.compile("sgd", "mse")
    model.steps_per_execution = 2
    with pytest.raises(
        ValueError, match="steps_per_execution" if keras.backend.backend() == "torch" else "is 2; a run"
    ):
        fit(model, ExactResume(tmp_path))


def test_it_has_to_stand_in_the_list_itself(tmp_path):
    class Around(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            ExactResume(tmp_path).on_train_begin(logs)

    with pytest.raises(ValueError, match="not inside another one"):
        fit(build(), Around())


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ValueError, match=r"cannot be written to .*Give ExactResume a folder"):
        fit(build(), ExactResume(tmp_path / "taken" / "run"))
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_that_another_process_uses(begun):
    with filelock.FileLock(begun / "lock"), pytest.raises(ValueError, match="another process is training into"):
        fit(build(), ExactResume(begun), keras.callbacks.EarlyStopping("loss", patience=4), Interrupt())


def test_a_full_disk_in_the_middle_of_a_run(tmp_path, monkeypatch):
    """The run breaks off with a clear error; with room again, it goes on to the same bits."""
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > 5:  # two syncs a save: file and folder
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("dlcourse.files.os.fsync", full)
        with pytest.raises(OSError, match=r"No space left on device.*the last good state is state-0000000"):
            outcome("arrays", [ExactResume(tmp_path / "run", every=2), Interrupt()])
    assert interrupted("arrays", tmp_path / "run", []) == outcome("arrays", [Interrupt()])


def test_an_unseeded_run_on_tensorflow_is_warned_about(tmp_path):
    """Of all generators, the one that orders arrays on TensorFlow is the only one that cannot be read and set."""

    def run(seed, *callbacks):
        model = build()
        keras.utils.set_random_seed(seed)
        fit(model, ExactResume(tmp_path, every=2), *callbacks)

    stop = Interrupt()
    stop.left = 5
    with pytest.raises(KeyboardInterrupt):
        run(1, stop)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(2, Interrupt())
    told = any("set_random_seed" in str(warning.message) for warning in caught)
    assert told == (keras.backend.backend() == "tensorflow")


def test_an_interrupted_replay_does_not_reach_into_the_next_fit(begun):
    class StopReplay(Interrupt):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    model = build()
    with pytest.raises(KeyboardInterrupt):
        replayed = StopReplay()
        replayed.__class__.__name__ = "Interrupt"
        fit(model, ExactResume(begun, every=2), keras.callbacks.EarlyStopping("loss", patience=4), replayed)
    before = bits(model)
    history = fit(model, epochs=2, validation_data=(X, Y))
    assert bits(model) != before
    assert len(history.history["val_loss"]) == 2
    assert np.isfinite(history.history["loss"]).all()
