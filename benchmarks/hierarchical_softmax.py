"""Time of a training step against the number of classes: hierarchical softmax, full softmax, adaptive softmax.

    KERAS_BACKEND=tensorflow python benchmarks/hierarchical_softmax.py [--quick]

One row a V. `ours` is HierarchicalSoftmax + HierarchicalCrossentropy, `full` is Dense + SparseCategoricalCrossentropy
of Keras, each trained by `train_on_batch` with plain SGD; `adaptive` is torch.nn.AdaptiveLogSoftmaxWithLoss in a bare
PyTorch loop, where PyTorch is installed. All are timed in turn within each repeat; the table shows medians. The labels
follow Zipf's law, which the adaptive softmax is made for. The last lines fit the growth: t = a + b log2 V.
"""

import argparse
import time
from importlib.util import find_spec

import keras
import numpy as np

from dlcourse.layers import HierarchicalSoftmax
from dlcourse.losses import HierarchicalCrossentropy

BATCH, FEATURES, RATE = 128, 64, 0.1


def batch(classes):
    """x (b, d) and Zipf-distributed labels (b,)"""
    rng = np.random.default_rng(0)
    p = 1.0 / np.arange(1, classes + 1)
    return rng.normal(size=(BATCH, FEATURES)).astype("float32"), rng.choice(classes, BATCH, p=p / p.sum()).astype(
        "int32"
    )


def ours(classes, x, y):
    given, label = keras.Input((FEATURES,)), keras.Input((), dtype="int32")
    model = keras.Model([given, label], HierarchicalSoftmax(classes)(given, labels=label))
    model.compile(keras.optimizers.SGD(RATE), HierarchicalCrossentropy(), jit_compile=_jit())
    return lambda: model.train_on_batch([x, y], y)


def full(classes, x, y):
    model = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(RATE), loss, jit_compile=_jit())
    return lambda: model.train_on_batch(x, y)


def adaptive(classes, x, y):
    import torch

    cutoffs = sorted({max(classes // 16, 1), max(classes // 4, 2)})
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(FEATURES, classes, cutoffs)
    optimizer = torch.optim.SGD(layer.parameters(), RATE)
    x, y = torch.tensor(x), torch.tensor(y, dtype=torch.int64)

    def step():
        optimizer.zero_grad()
        loss = layer(x, y).loss
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def medians(steps, repeats):
    """Median seconds of each step, timed in turn."""
    for step in steps:
        step(), step()  # compiles
    times = []
    for _ in range(repeats):
        row = []
        for step in steps:
            start = time.perf_counter()
            float(step())
            row.append(time.perf_counter() - start)
        times.append(row)
    return np.median(times, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few sizes, few repeats")
    quick = parser.parse_args().quick
    makers = [ours, full] + ([adaptive] if find_spec("torch") else [])
    bits = range(4, 15, 5) if quick else range(4, 18)
    print(f"{keras.backend.backend()}, batch {BATCH}, {FEATURES} features, SGD, ms a step")
    names = [maker.__name__ for maker in makers]
    print(
        f"{'V':>8}" + "".join(f"{name:>10}" for name in names) + "".join(f"{name + '/ours':>15}" for name in names[1:])
    )
    table = []
    for bit in bits:
        x, y = batch(2**bit)
        found = medians([maker(2**bit, x, y) for maker in makers], repeats=7 if quick else 31)
        keras.backend.clear_session()
        table.append(found)
        ratios = "".join(f"{time_ / found[0]:>15.2f}" for time_ in found[1:])
        print(f"{2**bit:>8}" + "".join(f"{1000 * time_:>10.2f}" for time_ in found) + ratios)
    for name, times in zip(names, np.array(table).T, strict=True):
        slope, start = np.polyfit(list(bits), 1000 * times, 1)
        print(
            f"{name:>8}: {start:.2f} + {slope:.3f} log2 V ms; from first to last row {times[-1] / times[0]:.1f} times"
        )


def _jit():
    return keras.backend.backend() != "torch"


if __name__ == "__main__":
    main()
