"""A training run with everything that has a state, to be killed: `python -m tests.resume.training FOLDER [OPTIONS]`.

It writes the digest of all that it ends with to FOLDER/result.json. --after N:MS kills the process MS milliseconds
after its Nth step; --at POINT:N kills it inside its Nth save.
"""

import argparse
import hashlib
import json
from pathlib import Path

import keras
import numpy as np

from dlcourse import datasets
from dlcourse.callbacks import ExactResume, RunLog, SnapshotEnsemble
from dlcourse.ops.random_state import random_state
from tests.resume import points

EPOCHS, STEPS = 4, 80


def build():
    """A small net with dropout, batch statistics and noise, each with a seed of its own or none."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Conv2D(8, 3, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3, seed=5),
            keras.layers.Dense(10),
            keras.layers.Dropout(0.1),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    return model


def callbacks(folder):
    """Those whose state Keras forgets, with settings that make each of them act within a few epochs."""
    return [
        keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.5),
        keras.callbacks.ModelCheckpoint(folder / "best.weights.h5", save_best_only=True, save_weights_only=True),
        RunLog(folder / "log.csv", every=3),
        SnapshotEnsemble([15, 30, 47, 60], keep=2, folder=folder / "snapshots"),
    ]


def digest(arrays):
    """One hash over the bits of all arrays."""
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def variables(model):
    """The bits of all that is neither weight nor metric: seeds, batch statistics, the optimizer's slots and step."""
    metrics = {id(v) for v in model.metrics_variables}
    return {
        "seeds and statistics": digest(
            [keras.ops.convert_to_numpy(v) for v in model.variables if id(v) not in metrics]
        ),
        "optimizer": digest([keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]),
    }


def result(model, history, remembering, folder):
    """What has to be equal: the bits of every variable, the history, what the callbacks know, the file they wrote."""
    weights = model.get_weights()
    early, plateau, checkpoint, log, snapshots = remembering
    predictions = snapshots.predict(np.ones((3, 8, 8, 1), "float32"))
    state = variables(model)
    model.load_weights(folder / "best.weights.h5")
    return {
        "weights": digest(weights),
        "best weights": digest(model.get_weights()),
        **state,
        "history": history.history,
        "epochs": history.epoch,
        "early": [early.wait, early.best, early.best_epoch, early.stopped_epoch],
        "plateau": [plateau.wait, plateau.best, plateau.cooldown_counter],
        "checkpoint": checkpoint.best,
        "log": log.path.read_text(),
        "snapshots": [snapshots.steps, sorted(path.name for path in snapshots.folder.iterdir()), digest([predictions])],
        "numpy": digest([random_state()["numpy"][1]]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--after")
    parser.add_argument("--at")
    given = parser.parse_args()
    keras.utils.set_random_seed(3)
    (x, y), held_out = datasets.digits()
    model, remembering = build(), callbacks(given.folder)
    extra = [] if given.plain else [ExactResume(given.folder / "run", every=5)]
    if given.after:
        points.arm_after(given.after)
    if given.at:
        points.arm(given.at)
    history = model.fit(
        x[:640],
        y[:640],
        batch_size=32,
        epochs=EPOCHS,
        validation_data=held_out,
        callbacks=[*extra, *remembering],
        verbose=0,
    )
    (given.folder / "result.json").write_text(
        json.dumps(result(model, history, remembering, given.folder), default=float)
    )


if __name__ == "__main__":
    main()
