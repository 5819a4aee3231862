"""The row of CutMix, which draws at random."""

import keras
import numpy as np

from dlcourse.layers import CutMix
from tests.contracts.rows import LayerRow


def _batch(labels):
    return {"images": keras.ops.ones((4, 5, 6, 2)), "labels": keras.ops.convert_to_tensor(labels)}


ROWS = [
    LayerRow(
        CutMix,
        make=lambda: CutMix(factor=0.7, seed=3),
        inputs=lambda rng: {"inputs": rng.normal(size=(4, 5, 6, 2)).astype("float32")},
        exempt={
            "policies": "Keras cannot draw the weights of a mix in bfloat16",
            "twin": "it is random; tests/numeric/test_mixed_labels.py checks what it draws",
            "jit": "it is random, so that no call repeats another",
            "saves": "it is random, and Keras does not save a generator's state",
        },
        invalid=(
            lambda: CutMix(factor=1.5),
            lambda: CutMix(seed=1)(_batch(np.arange(4))),
            lambda: CutMix(seed=1)(_batch(np.arange(4, dtype="float32"))),
            lambda: CutMix(seed=1)(_batch(np.arange(4)[:, None])),
        ),
    )
]
