"""Cost of a Hessian-vector product in gradients, compiled.

    KERAS_BACKEND=tensorflow python benchmarks/hvp.py [--quick]

One row a network. `gradient` is dlcourse.ops.value_and_grad, `hvp` dlcourse.ops.hvp, both compiled and waited for, in
turn within each repeat; `ratio` is the median over repeats of hvp / gradient, beside the quarter and three-quarter
marks. The bar is 3 on TensorFlow and JAX. `differences` is the peer that needs no second derivatives: two gradients, at
w + h v and w - h v; its ratio, and how far its product is from hvp's, relative to the product's length.
"""

import argparse
import time

import keras
import numpy as np
from keras import ops

from dlcourse import datasets
from dlcourse.ops import compiled, hvp, loss_of_weights, value_and_grad

BAR = 3.0
STEP = 1e-2  # of the differences, in float32: smaller drowns in rounding, larger leaves the line


def mlp(width):
    hidden = [keras.layers.Dense(width, activation="tanh") for _ in range(2)]
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), *hidden, keras.layers.Dense(10)])


def cnn(filters):
    hidden = [keras.layers.Conv2D(filters, 3, padding="same", activation="gelu") for _ in range(2)]
    return keras.Sequential(
        [keras.Input((8, 8, 1)), *hidden, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)]
    )


NETWORKS = {
    "MLP, 64-64-10": lambda: mlp(64),
    "MLP, 192-192-10": lambda: mlp(192),
    "MLP, 512-512-10": lambda: mlp(512),
    "CNN, 16-16-10": lambda: cnn(16),
}


def finished(tensors):
    """Wait until all are there: reading one number of the last would do on a CPU, all on any device."""
    return [float(ops.convert_to_numpy(ops.sum(tensor))) for tensor in tensors]


def measured(make, rows, repeats):
    """Times (repeats, 3) of gradient, product and differences in seconds; the relative distance of the products."""
    keras.utils.set_random_seed(0)
    model, (x, y) = make(), datasets.digits()[0]
    fn = loss_of_weights(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True), x[:rows], y[:rows])
    rng = np.random.default_rng(0)
    weights = [ops.convert_to_tensor(weight) for weight in model.trainable_variables]
    vectors = [rng.normal(size=weight.shape).astype("float32") for weight in weights]
    length = np.sqrt(sum((vector**2).sum() for vector in vectors))
    vectors = [ops.convert_to_tensor(vector / length) for vector in vectors]
    gradient = compiled(lambda w: value_and_grad(fn, w)[1])
    product = compiled(lambda w, v: hvp(fn, w, v))

    def differences(w, v):
        up, down = (gradient([a + sign * STEP * b for a, b in zip(w, v, strict=True)]) for sign in (1, -1))
        return [(a - b) / (2 * STEP) for a, b in zip(up, down, strict=True)]

    calls = (lambda: gradient(weights), lambda: product(weights, vectors), lambda: differences(weights, vectors))
    for call in calls:
        finished(call()), finished(call())  # compiles
    times = []
    for _ in range(repeats):
        row = []
        for call in calls:
            start = time.perf_counter()
            finished(call())
            row.append(time.perf_counter() - start)
        times.append(row)
    one, other = (
        np.concatenate([ops.convert_to_numpy(part).ravel() for part in call()]) for call in (calls[1], calls[2])
    )
    parameters = sum(int(np.prod(weight.shape)) for weight in weights)
    return parameters, np.array(times), np.linalg.norm(one - other) / np.linalg.norm(one)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one network, few repeats")
    quick = parser.parse_args().quick
    backend, rows = keras.backend.backend(), 1024
    print(f"{backend}, {rows} digits, float32; medians, ratios within each repeat (quarter and three-quarter marks)")
    print(f"{'network':<18}{'weights':>9}{'gradient ms':>13}{'hvp ms':>9}{'ratio':>22}{'differences':>13}{'apart':>9}")
    worst = 0.0
    for name, make in list(NETWORKS.items())[: 1 if quick else None]:
        parameters, times, apart = measured(make, rows, repeats=9 if quick else 41)
        low, middle, high = np.quantile(times[:, 1] / times[:, 0], [0.25, 0.5, 0.75])
        worst = max(worst, middle)
        peer = np.median(times[:, 2] / times[:, 0])
        ms = 1000 * np.median(times, axis=0)
        marks = f"{middle:.2f} ({low:.2f}, {high:.2f})"
        print(f"{name:<18}{parameters:>9,}{ms[0]:>13.2f}{ms[1]:>9.2f}{marks:>22}{peer:>13.2f}{apart:>9.0e}")
    print(f"largest ratio {worst:.2f}; the bar is {BAR:.0f}" + (f": {'held' if worst <= BAR else 'MISSED'}"))


if __name__ == "__main__":
    main()
