"""The log of a run: whole rows whatever happens, every digit, and columns that turn up late."""

import json
import resource
import signal
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest

from dlcourse.callbacks import RunLog, run_log_file
from tests.contracts.backends import jit_compile

X = np.ones((6, 1), "float32")
BOTH = pytest.mark.parametrize("suffix", ["csv", "jsonl"])


@pytest.fixture(scope="module")
def model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit_compile())
    return model


def fit(model, log, epochs=3, others=(), **options):
    model.optimizer.iterations.assign(0)
    callbacks = [*others, log]
    return model.fit(X, 3 * X, batch_size=2, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks, **options)


class Says(keras.callbacks.Callback):
    """Puts values of our choice into the logs of an epoch."""

    def __init__(self, *logs):
        super().__init__()
        self.logs = logs

    def on_epoch_end(self, epoch, logs=None):
        logs.update(self.logs[epoch])


def rows(frame):
    """The rows as dicts, without what is empty."""
    return [{name: value for name, value in row.items() if value == value} for row in frame.to_dict("records")]


@BOTH
def test_a_row_an_epoch_with_every_digit(model, suffix, tmp_path):
    log = RunLog(tmp_path / f"deep/log.{suffix}")
    history = fit(model, log)
    frame = RunLog.read(log.path)
    assert list(frame.columns) == ["epoch", "step", "learning_rate", "loss"]
    assert frame["loss"].tolist() == history.history["loss"]
    assert frame["epoch"].tolist() == [0, 1, 2] and frame["step"].tolist() == [3, 6, 9]
    assert frame["learning_rate"].tolist() == [float(np.float32(0.1))] * 3


@BOTH
def test_rows_of_batches_stand_between_those_of_epochs(model, suffix, tmp_path):
    log = RunLog(tmp_path / f"log.{suffix}", every=2)
    fit(model, log, epochs=2)
    frame = log.frame()
    assert frame["epoch"].tolist() == [0, 0, 1, 1] and frame["step"].tolist() == [2, 3, 5, 6]
    assert frame["batch"].tolist()[::2] == [1, 1] and frame["batch"].isna().tolist() == [False, True] * 2


@BOTH
def test_columns_that_come_late_leave_earlier_rows_whole(model, suffix, tmp_path):
    log = RunLog(tmp_path / f"log.{suffix}")
    history = fit(model, log, epochs=4, validation_data=(X, X), validation_freq=2)
    frame = log.frame()
    assert frame["val_loss"].isna().tolist() == [True, False] * 2
    assert frame["val_loss"].dropna().tolist() == history.history["val_loss"]
    assert frame["loss"].tolist() == history.history["loss"]


@BOTH
def test_odd_values_come_back(model, suffix, tmp_path):
    odd = {
        "a, b": 0.1 + 0.2,
        'q"': float("inf"),
        "nan": float("nan"),
        "list": [1.5, 2.0],
        "text": "x,\ny",
        "big": 2**60,
    }
    log = RunLog(tmp_path / f"log.{suffix}")
    fit(model, log, epochs=1, others=[Says({**odd, "tiny": 5e-324, "array": np.array([1, 2]), "none": None})])
    row = log.frame().to_dict("records")[0]
    assert row.pop("nan") != row.pop("nan", 0)
    assert {name: row[name] for name in odd if name != "nan"} == {n: v for n, v in odd.items() if n != "nan"}
    assert row["tiny"] == 5e-324 and row["array"] == [1, 2]


@BOTH
def test_a_torn_last_line_is_left_out_with_a_warning(model, suffix, tmp_path):
    log = RunLog(tmp_path / f"log.{suffix}")
    fit(model, log)
    whole = log.path.read_bytes()
    with pytest.warns(UserWarning, match="in the middle of a line"):
        log.path.write_bytes(whole[:-4])
        assert len(log.frame()) == 2
    appended = RunLog(log.path, append=True)
    fit(model, appended, epochs=1)
    assert len(appended.frame()) == 3 and appended.path.read_bytes().startswith(
        whole[: whole.rstrip().rfind(b"\n") + 1]
    )


@BOTH
def test_a_damaged_line_within_is_named(model, suffix, tmp_path):
    log = RunLog(tmp_path / f"log.{suffix}")
    fit(model, log)
    lines = log.path.read_text().splitlines(keepends=True)
    log.path.write_text("".join([*lines[:-2], lines[-2][5:], lines[-1]]))
    with pytest.raises(ValueError, match=f"line {len(lines) - 1} is no row"):
        log.frame()


@BOTH
def test_a_new_run_begins_anew_or_appends(model, suffix, tmp_path):
    path = tmp_path / f"log.{suffix}"
    fit(model, RunLog(path))
    fit(model, RunLog(path), epochs=2)
    assert RunLog.read(path)["epoch"].tolist() == [0, 1]
    fit(model, RunLog(path, append=True), epochs=1, validation_data=(X, X))
    frame = RunLog.read(path)
    assert frame["epoch"].tolist() == [0, 1, 0] and frame["val_loss"].isna().tolist() == [True, True, False]


@BOTH
@pytest.mark.parametrize("every", [None, 2])
def test_a_state_cuts_the_file_back_to_what_it_was(model, suffix, every, tmp_path):
    """Rows and columns that came after the state are gone; the file ends as that of a run never interrupted."""

    class Takes(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.state, self.weights, self.file = log.get_state(), self.model.get_weights(), log.path.read_bytes()

    class Gives(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            resumed.set_state(json.loads(json.dumps(takes.state)))
            assert resumed.path.read_bytes() == takes.file
            self.model.set_weights(takes.weights)
            self.model.optimizer.iterations.assign(6)

    says, takes = Says({}, {"second": 1.0}, {"third": 2.0}, {"third, too": 3.0}), Takes()
    start = model.get_weights()
    log = RunLog(tmp_path / f"log.{suffix}", every=every)
    model.optimizer.iterations.assign(0)
    options = {"batch_size": 2, "epochs": 4, "shuffle": False, "verbose": 0}
    model.fit(X, 3 * X, callbacks=[says, log, takes], **options)
    whole = log.path.read_bytes()
    resumed = RunLog(log.path, every=every)
    model.fit(X, 3 * X, callbacks=[says, resumed, Gives()], initial_epoch=2, **options)
    assert log.path.read_bytes() == whole
    model.set_weights(start)


def test_a_state_before_the_first_row(model, tmp_path):
    log = RunLog(tmp_path / "log.csv")
    log.set_model(model)
    log.on_train_begin()
    state = log.get_state()
    fit(model, log)
    other = RunLog(log.path)
    other.set_model(model)
    other.on_train_begin()
    other.set_state(state)
    other.on_epoch_end(0, {"loss": 1.0})
    assert rows(other.frame()) == [{"epoch": 0, "step": 9, "learning_rate": float(np.float32(0.1)), "loss": 1.0}]


def test_a_log_that_has_lost_rows_is_refused(model, tmp_path):
    log = RunLog(tmp_path / "log.csv")
    fit(model, log)
    state = log.get_state()
    log.path.write_text("epoch\n0\n")
    log.on_train_begin()
    with pytest.raises(ValueError, match="has 1 rows and had 3"):
        log.set_state(state)


@BOTH
def test_a_full_disk_leaves_the_rows_before(model, suffix, tmp_path):
    """The limit on the size of a file lets a part of the line through, as a full disk does."""

    class Fills(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (log.path.stat().st_size + 7, before[1]))

    log, before = RunLog(tmp_path / f"log.{suffix}"), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OSError, match="could not take row 3, and holds the 2 before"):
            fit(model, log, epochs=4, others=[Fills()])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert log.path.read_bytes().endswith(b"\n") and log.frame()["epoch"].tolist() == [0, 1]


def test_a_path_that_cannot_be_written(model, tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file/log.csv", tmp_path / "folder.csv"):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        with pytest.raises(OSError, match="the log cannot be written to"):
            fit(model, RunLog(path))
    assert (tmp_path / "file").read_text() == "mine"


KILLED = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("run_log_file", sys.argv[1])  # by itself, without Keras
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
file = module.RunLogFile(sys.argv[2])
file.probe()
file.cut(0, [])
print("ready", flush=True)
for row in range(10**7):
    file.add({"row": row, "loss": 1 / (row + 3), **({"late": row} if row > 40 else {})}, sync=False)
"""


@BOTH
def test_a_killed_run_leaves_whole_rows(suffix, tmp_path):
    for wait in range(4):
        path = tmp_path / f"log{wait}.{suffix}"
        command = [sys.executable, "-c", KILLED, run_log_file.__file__, str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        child.stdout.readline()
        while path.stat().st_size < 2000 * (wait + 1):
            pass
        child.kill()
        child.wait()
        child.stdout.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a write that was cut in two is reported
            frame = RunLog.read(path)
        assert frame["row"].tolist() == list(range(len(frame))) and len(frame) > 40
        assert frame["loss"].tolist() == [1 / (row + 3) for row in range(len(frame))]


def test_the_plot(model, tmp_path):
    log = RunLog(tmp_path / "log.csv")
    fit(model, log, validation_data=(X, X), validation_freq=2)
    ax = log.plot()
    assert [line.get_label() for line in ax.lines] == ["loss", "val_loss"]
    assert [len(line.get_xdata()) for line in ax.lines] == [3, 1] and ax.get_xlabel() == "step"
    assert log.plot("learning_rate").lines[0].get_ydata().tolist() == [float(np.float32(0.1))] * 3
    with pytest.raises(ValueError, match=r"no column \['acc'\]; it has \['epoch'"):
        log.plot("acc")


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.csv and \.jsonl"):
        RunLog(tmp_path / "log.txt")
    with pytest.raises(ValueError, match=r"\.csv or \.jsonl"):
        RunLog.read(tmp_path / "log.txt")
    with pytest.raises(FileNotFoundError):
        RunLog.read(tmp_path / "none.csv")
