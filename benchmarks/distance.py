"""Time of the exact distance transform against SciPy's.

    KERAS_BACKEND=tensorflow python benchmarks/distance.py [--quick]

One row a kind of mask, 16 x 256 x 256. Ours is compiled where the backend compiles (tf.function, jax.jit) and eager on
PyTorch, on all cores; SciPy's transform takes one image after the other on one. They take turns within each repeat;
`ratio` is the median over repeats of ours / SciPy, beside the quarter and three-quarter marks. The bar is 1 compiled
and 3 eager, for masks like those of segmentation: `blobs` cover half of the image, `large blobs` 80 %, with distances
up to about 50 and 140 pixels. Ours takes time in proportion to the largest distance: `one zero` is its worst case.
"""

import argparse
import time

import keras
import numpy as np
from keras import ops
from scipy import ndimage

from dlcourse.ops import compiled, distance_transform

BAR = 3.0 if keras.backend.backend() == "torch" else 1.0


def blobs(share, width, shape):
    """Masks of which `share` is covered by smooth regions as wide as `width` pixels."""
    rng = np.random.default_rng(0)
    fields = np.stack([ndimage.gaussian_filter(rng.normal(size=shape[1:]), width) for _ in range(shape[0])])
    return fields > np.quantile(fields, 1 - share, axis=(1, 2), keepdims=True)


def masks(shape):
    """{name: (mask, whether the bar is for it)}"""
    noise, one_zero = np.random.default_rng(1).random(shape) < 0.9, np.ones(shape)
    one_zero[:, 3, 7] = 0
    return {
        "blobs": (blobs(0.5, 10, shape), True),
        "large blobs": (blobs(0.8, 20, shape), True),
        "noise": (noise, True),
        "empty": (np.zeros(shape), True),
        "one zero": (one_zero, False),
    }


def scipys(mask):
    return np.stack([ndimage.distance_transform_edt(image) for image in mask])


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two masks of 64 x 64, three repeats")
    parser.add_argument("--repeats", type=int, default=11)
    given = parser.parse_args()
    shape, repeats = ((2, 64, 64), 3) if given.quick else ((16, 256, 256), given.repeats)
    transform = compiled(distance_transform)
    print(f"{keras.backend.backend()}, {shape}, {repeats} repeats; ms, and ours / SciPy (quartiles); bar {BAR:.0f}")
    print(f"{'mask':<14}{'largest':>8}{'error':>9}{'SciPy':>8}{'ours':>8}{'ratio':>23}  holds")
    for name, (mask, counts) in masks(shape).items():
        x, expected = ops.convert_to_tensor(mask.astype("float32")), scipys(mask)
        error = np.abs(ops.convert_to_numpy(transform(x)) - expected).max()
        pairs = [
            (seconds(lambda x=x: ops.convert_to_numpy(transform(x))), seconds(lambda m=mask: scipys(m)))
            for _ in range(repeats)
        ]
        times = np.array(pairs)
        low, ratio, high = np.quantile(times[:, 0] / times[:, 1], [0.25, 0.5, 0.75])
        ours, peer = 1e3 * np.median(times, axis=0)
        holds = ("yes" if ratio <= BAR else "NO") if counts else "-"
        spread = f"{ratio:.2f} ({low:.2f}, {high:.2f})"
        print(f"{name:<14}{expected.max():>8.0f}{error:>9.0e}{peer:>8.0f}{ours:>8.0f}{spread:>23}  {holds}", flush=True)


if __name__ == "__main__":
    main()
