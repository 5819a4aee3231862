"""Every exported regularizer keeps the contract of the project; checks_regularizers.py says what that is."""

from dataclasses import replace

import keras
import pytest
from keras import ops

from dlcourse.regularizers import GroupLasso, Orthogonality, TraceNorm
from tests.contracts import checks_regularizers as checks
from tests.contracts.catalog_regularizers import REGULARIZERS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases

ROWS = {row.of: row for row in REGULARIZERS if row.case in ("", "units")}


@pytest.mark.parametrize(("row", "check"), cases(REGULARIZERS, checks.CHECKS))
def test_regularizer_keeps_its_contract(row, check):
    check(row)


def test_every_exported_regularizer_has_a_row():
    assert_all_have_rows(exported("regularizers"), REGULARIZERS)


def test_regularizer_exemptions_are_needed():
    assert_exemptions_are_needed(REGULARIZERS, checks.CHECKS)


class Unguarded(GroupLasso):
    """The plain formula, with its square root at 0."""

    def __call__(self, x):
        return self.factor * x.shape[0] ** 0.5 * ops.sum(ops.sqrt(ops.sum(ops.square(x), axis=0)))


class Ungrouped(GroupLasso):
    def __call__(self, x):
        return 0.5**0.5 * super().__call__(x)


class SkipsNan(GroupLasso):
    def __call__(self, x):
        return super().__call__(ops.nan_to_num(x, nan=0.0, posinf=1.0, neginf=-1.0))


class Offset(Orthogonality):
    def __call__(self, x):
        return super().__call__(x) + 1.0


class Wide(Orthogonality):
    def __call__(self, x):
        return super().__call__(ops.cast(x, "float32"))


class NoSlope(TraceNorm):
    def __call__(self, x):
        return super().__call__(ops.stop_gradient(x)) + 0.0 * ops.sum(x)


class ByDecomposition(TraceNorm):
    """The singular values as they come, and with them the derivative of the decomposition."""

    def __call__(self, x):
        gram = ops.matmul(ops.transpose(x), x)
        return self.factor * ops.sum(ops.sqrt(ops.maximum(ops.linalg.eigh(gram)[0], 0.0)))


@keras.saving.register_keras_serializable("broken")
class LosesAxis(GroupLasso):
    def get_config(self):
        return {"factor": self.factor}


def broken(cls, base, **more):
    return replace(ROWS[base], of=cls, make=lambda scale=1.0: cls(ROWS[base].make(scale).factor, **more))


NARROW = {"shapes": ((5, 3),)}
BITES = [
    (checks.check_twin, broken(Ungrouped, GroupLasso)),
    (checks.check_gradient, broken(NoSlope, TraceNorm)),
    (checks.check_extremes, replace(broken(Unguarded, GroupLasso), **NARROW)),
    (checks.check_extremes, replace(broken(ByDecomposition, TraceNorm), **NARROW)),
    (checks.check_scale, broken(Offset, Orthogonality)),
    (checks.check_nan, broken(SkipsNan, GroupLasso)),
    (checks.check_dtypes, broken(Wide, Orthogonality)),
    (checks.check_config, broken(LosesAxis, GroupLasso, axis=0)),
    (checks.check_jit, replace(ROWS[Orthogonality], twin=lambda w: 0.0)),
    (checks.check_saves, replace(ROWS[Orthogonality], twin=lambda w: 0.0)),
    (checks.check_errors, replace(ROWS[TraceNorm], invalid=(lambda: TraceNorm(1.0),))),
]


@pytest.mark.parametrize(("check", "row"), BITES, ids=[f"{row.of.__name__}-{c.__name__}" for c, row in BITES])
def test_a_broken_regularizer_fails_its_check(check, row):
    with pytest.raises(AssertionError):
        check(row)


def test_the_sound_half_of_a_broken_regularizer_passes():
    checks.check_twin(broken(NoSlope, TraceNorm))
    checks.check_gradient(replace(broken(Unguarded, GroupLasso), **NARROW))
    checks.check_extremes(broken(Wide, Orthogonality))
