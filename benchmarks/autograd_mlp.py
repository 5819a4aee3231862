"""Time of an epoch on the digits: the MLP of `scratch.mlp` on the autograd engine against an epoch written by hand.

    python benchmarks/autograd_mlp.py [--quick]

The network is 64-64-10 with ReLU and softmax cross entropy, the batches hold 32 rows, the step is plain gradient
descent. `hand` is the four equations of backpropagation in NumPy, with no slope that nobody needs, in the same dtype.
Both start from the same weights and train on the same batches, in turn, on one core. The table shows medians of the CPU
time of an epoch, their ratio, whether it stays below the bar, and how far the weights lie apart at the end.
"""

import argparse
import time

import numpy as np
from threadpoolctl import threadpool_limits

from dlcourse import datasets
from dlcourse.scratch.mlp import MLP, initial_weights, train
from dlcourse.scratch.samples import batches

BAR, SIZES, BATCH, RATE = 3.0, (64, 64, 10), 32, 0.1


def by_hand(weights, x, y, rows_of_steps):
    """Trains `weights` in place, one step a batch; returns the loss before each step, as `train` does."""
    w1, b1, w2, b2 = weights
    losses = []
    for rows in rows_of_steps:
        a0, n = x[rows], len(rows)
        z1 = a0 @ w1 + b1  # (n, 64)
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2 + b2  # (n, 10)
        z2 -= z2.max(axis=1, keepdims=True)
        e = np.exp(z2)
        total, own = e.sum(axis=1, keepdims=True), (np.arange(n), y[rows])
        losses.append(float((np.log(total[:, 0]) - z2[own]).mean()))
        dz2 = e / total
        dz2[own] -= 1
        dz2 /= n
        dz1 = np.where(z1 > 0, dz2 @ w2.T, 0)
        w2 -= RATE * (a1.T @ dz2)
        b2 -= RATE * dz2.sum(axis=0)
        w1 -= RATE * (a0.T @ dz1)
        b1 -= RATE * dz1.sum(axis=0)
    return losses


def measure(dtype, epochs):
    """Seconds (epochs, 2) of each epoch by hand and by the engine, and the largest gap of the weights at the end."""
    (images, y), _ = datasets.digits()
    x, rng = images.reshape(len(images), -1).astype(dtype), np.random.default_rng(0)
    start = [w.astype(dtype) for w in initial_weights(SIZES, rng)]
    hand, model = [w.copy() for w in start], MLP(start)
    times = []
    with threadpool_limits(1):
        for _ in range(epochs + 1):
            steps = list(batches(len(x), BATCH, rng=rng))
            clock = [time.process_time()]
            by_hand(hand, x, y, steps)
            clock.append(time.process_time())
            train(model, x, y, steps, RATE)
            times.append(np.diff([*clock, time.process_time()]))
    gap = max(np.abs(a - b.data).max() for a, b in zip(hand, model.weights, strict=True))
    return np.array(times[1:]), gap  # the first epoch warms up


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few epochs")
    epochs = 15 if parser.parse_args().quick else 101
    print(f"an epoch on the digits, {'-'.join(map(str, SIZES))}, batch {BATCH}, median of {epochs} epochs")
    print(f"{'dtype':>8}{'hand, ms':>12}{'engine, ms':>12}{'ratio':>8}{'bar':>6}  {'holds':<6}{'weights apart':>15}")
    for dtype in ("float64", "float32"):
        times, gap = measure(dtype, epochs)
        hand, engine = 1000 * np.median(times, axis=0)
        holds = "yes" if engine <= BAR * hand else "no"
        print(f"{dtype:>8}{hand:>12.2f}{engine:>12.2f}{engine / hand:>8.2f}{BAR:>6.1f}  {holds:<6}{gap:>15.1e}")


if __name__ == "__main__":
    main()
