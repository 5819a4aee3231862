"""Time of a training step of GroupedConv2D on every backend, against Conv2D(groups=g) of Keras on PyTorch.

    python benchmarks/grouped_convolution.py [--quick]

A step is the output of one layer and the gradients of a loss in its input and in its kernel, compiled where the backend
compiles (tf.function, jax.jit). One process a backend runs beside none of the others, on one core; the time is the CPU
time of the process, the median of the repeats. `peer` is Keras's layer on PyTorch; `ratio` is ours over that, and the
bar is 3. The shapes: a small layer of 32 groups of two channels, and the grouped layers of ResNeXt-50 (32x4d), one of a
stage. With --stock Keras's own layer is timed on TensorFlow and JAX as well, which takes minutes.
"""

import argparse
import json
import os
import subprocess
import sys
import time

BAR = 3.0
SHAPES = {  # batch, pixels a side, channels in and out, groups, stride
    "64 channels, 32 px": (32, 32, 64, 32, 1),
    "128 channels, 56 px": (8, 56, 128, 32, 1),
    "256 channels, 56 px, stride 2": (8, 56, 256, 32, 2),
    "256 channels, 28 px": (8, 28, 256, 32, 1),
    "512 channels, 14 px": (8, 14, 512, 32, 1),
    "1024 channels, 7 px": (8, 7, 1024, 32, 1),
    "64 channels, 32 px, depthwise": (8, 32, 64, 64, 1),
}


def gradient_step(layer, mix):
    """(x, kernel) -> gradients in both of the sum of the output times `mix`, compiled as `fit` compiles."""
    import keras

    def scalar(x, kernel):
        return keras.ops.sum(layer.convolution_op(x, kernel) * mix)

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        gradient = jax.jit(jax.grad(scalar, argnums=(0, 1)))
        return lambda x, kernel: jax.block_until_ready(gradient(x, kernel))
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function
        def step(x, kernel):
            with tf.GradientTape() as tape:
                tape.watch([x, kernel])
                value = scalar(x, kernel)
            return tape.gradient(value, [x, kernel])

        return step
    import torch

    def run(x, kernel):
        given = [x.detach().requires_grad_(), kernel.detach().requires_grad_()]
        return torch.autograd.grad(scalar(*given), given)

    return run


def seconds(kind, shape, repeats):
    """Median CPU seconds of a step, and what the gradients sum up to, as a proof of equality."""
    import keras
    import numpy as np

    from dlcourse.layers import GroupedConv2D

    batch, pixels, channels, groups, strides = shape
    rng = np.random.default_rng(0)
    layer = {"ours": GroupedConv2D, "stock": keras.layers.Conv2D}[kind](
        channels, 3, strides, padding="same", groups=groups, use_bias=False
    )
    x = rng.normal(size=(batch, pixels, pixels, channels)).astype("float32")
    kernel = rng.normal(size=(3, 3, channels // groups, channels)).astype("float32")
    mix = rng.normal(size=layer.compute_output_shape(x.shape)).astype("float32")
    x, kernel, mix = (keras.ops.convert_to_tensor(a) for a in (x, kernel, mix))
    step, times = gradient_step(layer, mix), []
    gradients = step(x, kernel)
    for _ in range(repeats):
        start = time.process_time()
        step(x, kernel)
        times.append(time.process_time() - start)
    return float(np.median(times)), sum(float(np.abs(keras.ops.convert_to_numpy(g)).mean()) for g in gradients)


def worker(jobs, repeats):
    """Times what one backend is asked for and prints it as JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if os.environ["KERAS_BACKEND"] == "torch":
        import torch

        torch.set_num_threads(1)
    print(json.dumps([seconds(kind, SHAPES[name], repeats) for kind, name in jobs]))


def ask(backend, jobs, repeats):
    """The answers of a worker in a process of its own."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--worker", json.dumps(jobs), "--repeats", str(repeats)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two shapes, five repeats")
    parser.add_argument("--stock", action="store_true", help="Keras's layer on TensorFlow and JAX too, once each")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=15, help="timed steps of each layer")
    given = parser.parse_args()
    if given.worker:
        return worker(json.loads(given.worker), given.repeats)
    names, repeats = (list(SHAPES)[:2], 5) if given.quick else (list(SHAPES), given.repeats)
    peers = ask("torch", [("stock", name) for name in names], repeats)
    print(f"CPU ms of a training step on one core, medians of {repeats}; bar {BAR:.0f} times the peer's time")
    print(f"{'3x3, groups':<36}{'backend':<12}{'peer':>8}{'ours':>9}{'ratio':>8}  {'holds':<6}{'gradients':>10}")
    for backend in ("tensorflow", "jax", "torch"):
        found = ask(backend, [("ours", name) for name in names], repeats)
        for name, (peer, proof), (ours, sums) in zip(names, peers, found, strict=True):
            holds, equal = "yes" if ours <= BAR * peer else "no", abs(sums / proof - 1) < 1e-5
            line = (
                f"{1e3 * peer:>8.1f}{1e3 * ours:>9.1f}{ours / peer:>8.2f}  {holds:<6}{'equal' if equal else 'OFF':>10}"
            )
            print(f"{name + f', {SHAPES[name][3]}':<36}{backend:<12}{line}")
    for backend in ("tensorflow", "jax") if given.stock else ():
        for name, (stock, _), (peer, _) in zip(
            names, ask(backend, [("stock", n) for n in names], 1), peers, strict=True
        ):
            print(f"{name:<36}{backend:<12}Keras's layer {1e3 * stock:>9.0f} ms, {stock / peer:>6.0f} times the peer's")


if __name__ == "__main__":
    main()
