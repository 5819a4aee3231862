"""The rows of the regularizers, with slow twins in float64."""

import keras
import numpy as np

from dlcourse.regularizers import GroupLasso, Orthogonality, TraceNorm
from tests.contracts.rows import RegularizerRow

BAD_FACTORS = (-0.1, float("nan"), float("inf"), "0.1", None, True)


def _l1_l2(w):
    return sum(0.3 * abs(v) + 0.2 * v * v for v in w.ravel())


def _group_lengths(axis):
    """Weights -> sqrt(p) times the length of each group along `axis`, a tuple, added up one group at a time."""

    def penalty(w):
        w = np.moveaxis(w, axis, range(len(axis)))
        groups = [w[at].ravel() for at in np.ndindex(w.shape[: len(axis)])]
        return 0.3 * sum(np.sqrt(len(g)) * np.sqrt(sum(v * v for v in g)) for g in groups)

    return penalty


def _off_orthonormal(w):
    """Sum over pairs of columns (or rows, where they are fewer) of (product - 1 or 0)^2."""
    w = w.reshape(-1, w.shape[-1])
    vectors = list(w.T) if w.shape[0] >= w.shape[1] else list(w)
    return 0.2 * sum((a @ b - (i == j)) ** 2 for i, a in enumerate(vectors) for j, b in enumerate(vectors))


def _trace_norm(w):
    """The singular values by way of the eigenvalues of the smaller Gram matrix."""
    w = w.reshape(-1, w.shape[-1])
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    return 0.7 * sum(np.sqrt(max(0.0, value)) for value in np.linalg.eigvalsh(gram))


def _group_row(case, axis, shapes, *invalid):
    axes = axis if isinstance(axis, tuple) else (axis,)
    return RegularizerRow(
        GroupLasso,
        make=lambda scale=1.0: GroupLasso(0.3 * scale, axis=axis),
        case=case,
        twin=_group_lengths(axes),
        shapes=shapes,
        invalid=(*[lambda f=f: GroupLasso(f) for f in BAD_FACTORS], *invalid),
    )


REGULARIZERS = [
    RegularizerRow(
        keras.regularizers.L1L2,
        make=lambda scale=1.0: keras.regularizers.L1L2(0.3 * scale, 0.2 * scale),
        twin=_l1_l2,
        invalid=(lambda: keras.regularizers.L1L2(-1.0),),
    ),
    _group_row(
        "units",
        -1,
        ((5, 3), (7,), (3, 3, 2, 4)),
        lambda: GroupLasso(axis=1.0),
        lambda: GroupLasso(axis=()),
        lambda: GroupLasso(axis=None),
        lambda: GroupLasso(axis=(0, "1")),
        lambda: GroupLasso(axis=2)(np.ones((3, 4), "float32")),
        lambda: GroupLasso(axis=(0, -2))(np.ones((3, 4), "float32")),
    ),
    _group_row("inputs", 0, ((5, 3),)),
    _group_row("windows", (-2, -1), ((5, 3), (3, 3, 2, 4))),
    RegularizerRow(
        Orthogonality,
        make=lambda scale=1.0: Orthogonality(0.2 * scale),
        twin=_off_orthonormal,
        invalid=(
            *[lambda f=f: Orthogonality(f) for f in BAD_FACTORS],
            lambda: Orthogonality()(np.ones(3, "float32")),
        ),
    ),
    RegularizerRow(
        TraceNorm,
        make=lambda scale=1.0: TraceNorm(0.7 * scale),
        twin=_trace_norm,
        invalid=(*[lambda f=f: TraceNorm(f) for f in BAD_FACTORS], lambda: TraceNorm()(np.ones(3, "float32"))),
    ),
]
