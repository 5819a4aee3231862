"""Rows of the layers that bring maps to each other's size."""

import numpy as np

from dlcourse.layers import CropLike, PadToMultiple, ResizeLike
from tests.contracts.rows import LayerRow


def _two(x, like):
    def inputs(rng):
        return {"inputs": rng.normal(size=x).astype("float32"), "like": rng.normal(size=like).astype("float32")}

    return inputs


def _bilinear(x, size):
    """Each axis by a matrix of weights: pixel i of n lies at (i + 1/2) m / n - 1/2 of m, the outer pixels go on."""
    matrices = []
    for m, n in zip(x.shape[1:3], size, strict=True):
        at = np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1)
        matrices.append(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(m))))
    return np.einsum("im,jn,bmnc->bijc", *matrices, x)


def _nearest(x, size):
    rows, columns = (((np.arange(n) + 0.5) * m / n).astype(int) for m, n in zip(x.shape[1:3], size, strict=True))
    return x[:, rows][:, :, columns]


ROWS = [
    LayerRow(
        CropLike,
        make=CropLike,
        inputs=_two((2, 5, 6, 3), (2, 4, 3, 2)),
        twin=lambda weights, inputs, like: inputs[:, 0:4, 1:4],
        exempt={"nan": "the corner that the check spoils is cut off"},
        invalid=(
            lambda: CropLike()(np.ones((1, 3, 3, 1), "float32"), np.ones((1, 4, 2, 1), "float32")),
            lambda: CropLike()(np.ones((1, 3, 3, 1), "float32"), np.ones((1, 3, 3), "float32")),
        ),
    ),
    LayerRow(
        ResizeLike,
        make=ResizeLike,
        inputs=_two((2, 3, 4, 2), (2, 7, 8, 1)),
        twin=lambda weights, inputs, like: _bilinear(inputs, like.shape[1:3]),
        invalid=(lambda: ResizeLike("cubic"),),
    ),
    LayerRow(
        ResizeLike,
        make=ResizeLike,
        case="one-pixel",
        inputs=_two((2, 1, 1, 2), (2, 3, 2, 1)),
        twin=lambda weights, inputs, like: np.tile(inputs, (1, 3, 2, 1)),
    ),
    LayerRow(
        ResizeLike,
        make=lambda: ResizeLike("nearest"),
        case="nearest",
        inputs=_two((2, 3, 4, 2), (2, 7, 8, 1)),
        twin=lambda weights, inputs, like: _nearest(inputs, like.shape[1:3]),
    ),
    LayerRow(
        PadToMultiple,
        make=lambda: PadToMultiple(4),
        inputs=lambda rng: {"inputs": rng.normal(size=(2, 5, 8, 3)).astype("float32")},
        twin=lambda weights, inputs: np.pad(inputs, ((0, 0), (1, 2), (0, 0), (0, 0))),
        invalid=(lambda: PadToMultiple(0), lambda: PadToMultiple(2.5)),
    ),
]
