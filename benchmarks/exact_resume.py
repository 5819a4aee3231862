"""What it costs to be able to resume exactly: LeNet-5 on digits, a save every 50 steps.

    KERAS_BACKEND=tensorflow python benchmarks/exact_resume.py [--quick]

Each round times the same fit three times: plain, with ExactResume, with Keras's BackupAndRestore, in an order that
changes from round to round. The ratio is the median over rounds of the time with over the time without. `a save` is the
time of one save, measured where it happens, and `share` what the saves add to the steps between them: the bar, 3 %,
is on this number, which the noise of a busy machine touches least. All files are synced to the disk of the temporary
folder.
"""

import argparse
import itertools
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from dlcourse import datasets
from dlcourse.callbacks import ExactResume
from dlcourse.callbacks.generations import Generations

EVERY, BAR, BATCH = 50, 0.03, 32


def lenet():
    """LeNet-5 in today's form: 61,706 weights, images 32 x 32."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(6, 5, activation="tanh"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Conv2D(16, 5, activation="tanh"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(120, "tanh"),
        keras.layers.Dense(84, "tanh"),
        keras.layers.Dense(10),
    ]
    model = keras.Sequential([keras.Input((32, 32, 1)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


class Timed(ExactResume):
    """ExactResume that notes how long each save takes, with all that belongs to it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seconds = []

    def _save(self, epoch, step):
        started = time.perf_counter()
        super()._save(epoch, step)
        self.seconds.append(time.perf_counter() - started)


def timed(model, data, epochs, callbacks):
    """Seconds of one fit."""
    started = time.perf_counter()
    model.fit(*data, batch_size=BATCH, epochs=epochs, callbacks=callbacks, verbose=0)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two rounds of two epochs")
    rounds, epochs = (2, 2) if parser.parse_args().quick else (9, 6)
    (x, y), _ = datasets.digits()
    data = np.kron(x[:1344], np.ones((1, 4, 4, 1), "float32")), y[:1344]
    steps = epochs * len(data[0]) // BATCH
    model, seconds, saves, size = lenet(), {"plain": [], "ExactResume": [], "BackupAndRestore": []}, [], 0
    timed(model, data, 1, [])
    orders = itertools.cycle(itertools.permutations(seconds))
    for _, order in zip(range(rounds), orders, strict=False):
        for name in order:
            with tempfile.TemporaryDirectory() as folder:
                resume = Timed(folder, EVERY)
                backup = keras.callbacks.BackupAndRestore(Path(folder, "b"), save_freq=EVERY)
                callbacks = {"plain": [], "ExactResume": [resume], "BackupAndRestore": [backup]}[name]
                seconds[name].append(timed(model, data, epochs, callbacks))
                saves += resume.seconds
                size = max([size, *(path.stat().st_size for path in Generations(folder).files())])
    step = np.median(seconds["plain"]) / steps
    print(f"{keras.backend.backend()}: {rounds} rounds of {steps} steps, {size:,} bytes a state")
    for name in ("ExactResume", "BackupAndRestore"):
        low, middle, high = np.quantile(np.array(seconds[name]) / np.array(seconds["plain"]), [0.25, 0.5, 0.75])
        print(f"{name:<18}{middle:7.3f} of the plain time (quartiles {low:.3f}, {high:.3f})")
    share = np.median(saves) / (EVERY * step)
    print(f"a step {1e3 * step:.2f} ms, a save {1e3 * np.median(saves):.2f} ms: share {share:.1%}, bar {BAR:.0%}")


if __name__ == "__main__":
    main()
