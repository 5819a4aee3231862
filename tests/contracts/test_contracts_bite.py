"""The contracts bite: each check fails on an object that breaks just the promise it guards."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from tests.contracts import (
    broken,
    catalog,
    checks_callbacks,
    checks_initializers,
    checks_layers,
    checks_losses,
    checks_metrics,
    checks_models,
    checks_schedules,
)
from tests.contracts.discover import classes_of, exported
from tests.contracts.rows import LayerRow, LossRow, assert_all_have_rows, assert_exemptions_are_needed, cases

DENSE, HINGE = catalog.LAYERS[0], next(row for row in catalog.LOSSES if row.id == "WestonWatkins")
ERROR, COSINE = catalog.METRICS[0], catalog.SCHEDULES[0]
UNIFORM = next(row for row in catalog.INITIALIZERS if row.id == "FanInUniform")
SCHEDULER, PYRAMID = catalog.CALLBACKS[0], catalog.MODELS[0]
ONES = np.ones((8, 4), "float32")


def scale(cls):
    return LayerRow(
        cls,
        make=lambda: cls(gain=2.0),
        inputs=lambda rng: {"inputs": rng.normal(size=(6, 5)).astype("float32")},
        twin=lambda weights, inputs: 2.0 * inputs * weights[0],
    )


def hinge(cls):
    return replace(HINGE, of=cls, make=lambda: cls(margin=0.8))


def plain(cls):
    return LossRow(cls, make=cls, extremes=((ONES, ONES),), degenerate={"empty": (ONES[:0], ONES[:0], 0.0)})


def error(cls):
    return replace(ERROR, of=cls, make=cls)


def schedule(cls):
    return replace(COSINE, of=cls, make=lambda: cls(0.3, decay_steps=600, alpha=0.1))


def scheduled(cls):
    return replace(SCHEDULER, of=cls, make=lambda: cls(lambda epoch: 0.5 / (epoch + 1)))


def uniform(cls):
    return replace(UNIFORM, of=cls, make=lambda seed=1: cls(seed=seed))


# The check that must fail, and the row on which it must. Where the object breaks off with an error of the backend
# or of Keras, so does the check.
BITES = [
    (checks_layers.check_config, scale(broken.LosesGain)),
    (checks_layers.check_from_config, scale(broken.LosesGain)),
    (checks_layers.check_gradients, scale(broken.IdleWeight)),
    (checks_layers.check_shape, scale(broken.WrongShape)),
    (checks_layers.check_policies, scale(broken.AlwaysFloat32)),
    (checks_layers.check_nan, scale(broken.HidesNan)),
    (checks_layers.check_twin, replace(DENSE, make=lambda: keras.layers.Dense(3, activation="tanh"))),
    (checks_layers.check_errors, replace(DENSE, invalid=(lambda: keras.layers.Dense(3),))),
    (checks_losses.check_extremes, plain(broken.Distance)),
    (checks_losses.check_degenerate, plain(broken.WholeBatch)),
    (checks_losses.check_degenerate, replace(HINGE, degenerate={})),
    (checks_losses.check_twin, hinge(broken.Twofold)),
    (checks_losses.check_reductions, hinge(broken.ForgetsWeights)),
    (checks_losses.check_per_example, hinge(broken.AboveTheBatch)),
    (checks_losses.check_nan, hinge(broken.ClipsNan)),
    (checks_losses.check_config, replace(HINGE, of=keras.losses.SparseCategoricalCrossentropy)),
    (checks_metrics.check_reset, error(broken.NeverResets)),
    (checks_metrics.check_evaluate, error(broken.NeverResets)),
    (checks_metrics.check_streaming, error(broken.LastBatch)),
    (checks_metrics.check_twin, error(broken.Unweighted)),
    (checks_metrics.check_nan, error(keras.metrics.Accuracy)),
    (checks_schedules.check_pure, schedule(broken.Counts)),
    (checks_schedules.check_optimizer, schedule(broken.OffByOne)),
    (checks_schedules.check_formula, schedule(broken.OffByOne)),
    (checks_initializers.check_spread, uniform(broken.HalfWidth)),
    (checks_initializers.check_spread, uniform(broken.ByTheLastAxis)),
    (checks_initializers.check_dtypes, uniform(broken.Float32Only)),
    (checks_initializers.check_seeds, uniform(broken.Deaf)),
    (checks_initializers.check_calls, uniform(broken.Restless)),
    (checks_initializers.check_calls, uniform(broken.Deaf)),
    (checks_initializers.check_from_config, uniform(broken.LosesSeed)),
    (checks_initializers.check_config, uniform(broken.LosesSeed)),
    (checks_initializers.check_errors, replace(UNIFORM, invalid=(lambda: broken.Deaf(seed="0"),))),
    (checks_callbacks.check_rates, replace(SCHEDULER, make=broken.LeavesRate)),
    (checks_callbacks.check_afterwards, replace(SCHEDULER, make=broken.LeavesRate, after=0.5)),
    (checks_callbacks.check_no_copy, scheduled(broken.Caches)),
    (checks_callbacks.check_again, scheduled(broken.OnlyOnce)),
    (checks_models.check_parameters, replace(PYRAMID, params=PYRAMID.params + 1)),
    (checks_models.check_strides, replace(PYRAMID, strides={"C1": 4, "C2": 4})),
    (checks_models.check_gradients, replace(PYRAMID, make=broken.idle_branch)),
]
BREAKS = [
    (checks_layers.check_saves, scale(broken.Scale)),
    (checks_layers.check_jit, scale(broken.LeavesTheGraph)),
    (checks_losses.check_gradient, hinge(broken.NumpyInside)),
    (checks_losses.check_saves, hinge(broken.Twofold)),
    (checks_losses.check_jit, hinge(broken.NumpyInside)),
    (checks_schedules.check_pure, schedule(broken.PythonIf)),
    (checks_schedules.check_serializes, schedule(broken.Cosine)),
    (checks_initializers.check_saves, uniform(broken.HalfWidth)),
]


def names(pairs):
    return [f"{row.of.__name__}-{check.__name__}" for check, row in pairs]


@pytest.mark.parametrize(("check", "row"), BITES, ids=names(BITES))
def test_a_broken_object_fails_its_check(check, row):
    with pytest.raises(AssertionError):
        check(row)


@pytest.mark.parametrize(("check", "row"), BREAKS, ids=names(BREAKS))
def test_an_object_that_cannot_be_traced_or_found_fails_its_check(check, row):
    with pytest.raises((TypeError, ValueError, RuntimeError, NotImplementedError, AttributeError)):
        check(row)


def test_the_sound_half_of_a_broken_object_passes():
    for check in (checks_layers.check_twin, checks_layers.check_jit, checks_layers.check_gradients):
        check(scale(broken.LosesGain))
    for check in (checks_losses.check_gradient, checks_losses.check_twin, checks_losses.check_jit):
        check(hinge(broken.ForgetsWeights))


def test_a_class_without_a_row_is_noticed():
    class Late(keras.losses.Loss):
        """Exported, and forgotten in the catalog."""

    found = classes_of(SimpleNamespace(Late=Late, base=int), keras.losses.Loss)
    assert found == [Late]
    with pytest.raises(AssertionError, match="Late"):
        assert_all_have_rows([*exported("losses"), *found], catalog.LOSSES)
    with pytest.raises(AssertionError, match="not exported"):
        assert_all_have_rows([], catalog.LOSSES)


def test_abstract_bases_and_kinds_that_do_not_exist_yet_need_no_rows():
    assert "SparseLoss" not in {cls.__name__ for cls in exported("losses")}
    assert {"WestonWatkins", "SquaredWestonWatkins"} <= {cls.__name__ for cls in exported("losses")}
    assert exported("no_such_kind") == []


def test_exemptions_leave_a_check_out_and_must_be_reasoned():
    row = replace(ERROR, exempt={"nan": "no reason to speak of here"})
    assert "nan" not in " ".join(case.id for case in cases([row], checks_metrics.CHECKS))
    with pytest.raises(AssertionError, match="why"):
        assert_exemptions_are_needed([replace(ERROR, exempt={"nan": "so"})], checks_metrics.CHECKS)
    with pytest.raises(AssertionError, match="no check"):
        assert_exemptions_are_needed([replace(ERROR, exempt={"nana": "no such check here"})], checks_metrics.CHECKS)
