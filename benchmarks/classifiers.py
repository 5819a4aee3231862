"""Time of our classifiers against their twins in keras.applications: a training step, inference, building.

    KERAS_BACKEND=tensorflow python benchmarks/classifiers.py [NAME ...] [--rounds 7] [--quick] [--noise]

Images of 96 x 96, batch 16, 1,000 classes, as `train_on_batch` and `predict_on_batch` run them. Within each round ours
and the twin take turns, in an order that changes from round to round, so that what else the machine does hits both
alike; `ratio` is the median over rounds of ours / twin, beside the quarter and three-quarter marks, once of the clock
and once of the CPU time of all threads, which a busy machine touches least. The bar is 1.0, and 1.05 with noise.
`ResNet152` stands for building it, at the bar of 1.0, and `profile` for `complexity.profile` of it, at most 1 s.
With `--noise` the twin runs against another copy of itself: what the ratios are then is the machine's doing.
"""

import argparse
import gc
import time
from functools import partial

import keras
import numpy as np

from dlcourse import models
from dlcourse.complexity import profile

NETS = ("ResNet50", "VGG16", "MobileNetV2", "DenseNet121", "InceptionV3", "Xception")
SHAPE, BATCH, BAR, PROFILE_BAR = (96, 96, 3), 16, 1.05, 1.0


def images():
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, *SHAPE)).astype("float32"), rng.integers(0, 1000, BATCH)


def prepared(make):
    """Compiled as a user would, and run once each way: what follows is steady."""
    keras.utils.set_random_seed(0)
    model = make(input_shape=SHAPE, weights=None, classes=1000)
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy")
    x, y = images()
    for _ in range(2):
        model.train_on_batch(x, y), model.predict_on_batch(x)
    return model


def timed(call):
    """(clock, CPU) seconds of a call."""
    clock, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - clock, time.process_time() - cpu


def take_turns(ours, twin, rounds):
    """Times (rounds, 2 contestants, 2 clocks)."""
    times = np.zeros((rounds, 2, 2))
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            times[n, side] = timed((ours, twin)[side])
            gc.collect()
    return times


def report(name, what, times):
    """One line; returns the median ratio of the CPU times."""
    ratios = times[:, 0] / times[:, 1]
    marks = [f"{m:.3f} ({low:.3f}, {high:.3f})" for low, m, high in np.quantile(ratios, [0.25, 0.5, 0.75], axis=0).T]
    clock = 1e3 * np.median(times[:, :, 0], axis=0)
    print(f"{name:<14}{what:<12}{clock[0]:>10.0f}{clock[1]:>10.0f}{marks[0]:>24}{marks[1]:>24}", flush=True)
    return np.median(ratios[:, 1])


def race(name, rounds, home):
    """Both ways of running one net, that of `home` against the twin; the larger median ratio."""
    ours, twin = prepared(getattr(home, name)), prepared(getattr(keras.applications, name))
    x, y = images()
    steps = take_turns(lambda: ours.train_on_batch(x, y), lambda: twin.train_on_batch(x, y), rounds)
    looks = take_turns(lambda: ours.predict_on_batch(x), lambda: twin.predict_on_batch(x), rounds)
    return max(report(name, "step", steps), report(name, "inference", looks))


def construction(rounds):
    """Building ResNet152, and what it takes to profile it."""
    ours, twin = (partial(make, weights=None) for make in (models.ResNet152, keras.applications.ResNet152))
    ours(), twin()  # imports and first compilations
    keras.backend.clear_session()
    times = take_turns(ours, twin, rounds)
    worst = report("ResNet152", "building", times)
    model = ours()
    seconds = sorted(timed(lambda: profile(model)) for _ in range(rounds))[rounds // 2]
    print(
        f"{'ResNet152':<14}{'profile':<12}{1e3 * seconds[0]:>10.0f} ms, CPU {1e3 * seconds[1]:.0f} ms, bar 1 s",
        flush=True,
    )
    return worst, seconds[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=[*NETS, "ResNet152"], help="some of the nets; all without")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="MobileNetV2 alone, two rounds")
    parser.add_argument("--noise", action="store_true", help="the twin against itself")
    given = parser.parse_args()
    nets, rounds = (["MobileNetV2"], 2) if given.quick else (given.nets, given.rounds)
    print(f"{keras.backend.backend()}, {BATCH} images of {SHAPE}, {rounds} rounds; ms, and ours / twin (quartiles)")
    print(f"{'net':<14}{'what':<12}{'ours':>10}{'twin':>10}{'ratio, clock':>24}{'ratio, CPU':>24}")
    worst, seconds = 0.0, 0.0
    for name in nets:
        if name == "ResNet152":
            ratio, seconds = construction(rounds)
        else:
            ratio = race(name, rounds, keras.applications if given.noise else models)
        worst = max(worst, ratio)
        keras.backend.clear_session(), gc.collect()
    holds = worst <= BAR and seconds <= PROFILE_BAR
    print(f"largest ratio {worst:.3f}, bar {BAR}: {'held' if holds else 'MISSED'}")


if __name__ == "__main__":
    main()
