"""The rows of the catalog: how to build one object of each kind, what to feed it, and what must come out."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import pytest


@dataclass(frozen=True)
class Row:
    """One object under contract.

    of: its class (or, for models, the building function); make: builds it, with arguments that are not the defaults;
    case: tells rows of one class apart; exempt: check -> reason why it cannot hold; invalid: calls that must raise
    ValueError.
    """

    of: type | Callable
    make: Callable
    case: str = ""
    exempt: dict = field(default_factory=dict)
    invalid: tuple = ()

    @property
    def id(self):
        return f"{self.of.__name__}-{self.case}" if self.case else self.of.__name__


@dataclass(frozen=True)
class LayerRow(Row):
    """inputs: rng -> keyword arguments of the call; twin: (weights, **inputs) -> the output, in float64."""

    inputs: Callable = None
    twin: Callable = None


@dataclass(frozen=True)
class LossRow(Row):
    """sample: rng -> (y_true, y_pred); twin: (y_true, y_pred) -> unreduced loss in float64, ignored entries 0;
    kept: y_true -> which entries count, None for all; extremes: pairs (y_true, y_pred) with finite value and gradient;
    degenerate: name -> (y_true, y_pred, documented sum of the loss).
    """

    sample: Callable = None
    twin: Callable = None
    kept: Callable = None
    extremes: tuple = ()
    degenerate: dict = field(default_factory=dict)


@dataclass(frozen=True)
class MetricRow(Row):
    """sample: rng -> (y_true, y_pred); twin: (y_true, y_pred, weights) -> the result; empty: that of no update."""

    sample: Callable = None
    twin: Callable = None
    empty: float = 0.0


@dataclass(frozen=True)
class ScheduleRow(Row):
    """formula: step -> the rate, in float64."""

    formula: Callable = None


@dataclass(frozen=True)
class InitializerRow(Row):
    """make takes a seed, 1 if none is given; spread: shape -> the documented standard deviation; bound: shape -> the
    largest possible size, infinity without one.
    """

    spread: Callable = None
    bound: Callable = field(default=lambda shape: float("inf"))


@dataclass(frozen=True)
class RegularizerRow(Row):
    """make takes a number that multiplies its factors, 1 if none is given; twin: weights -> the penalty, in float64;
    shapes: those of the weights it is to be tried on, the first one of a Dense kernel.
    """

    twin: Callable = None
    shapes: tuple = ((5, 3), (3, 5), (3, 3, 2, 4))


@dataclass(frozen=True)
class CallbackRow(Row):
    """rates: the learning rate of each batch in a fit of 3 epochs of 2 batches from 0.5; after: the rate afterwards;
    optimizer: rate -> the optimizer that the callback asks for.
    """

    rates: tuple = ()
    after: float = 0.5
    optimizer: Callable = keras.optimizers.SGD


@dataclass(frozen=True)
class ModelRow(Row):
    """make takes an input shape; shapes: those it must take; params: its parameter count at the first of them;
    strides: output name -> stride, for models with a dict of feature maps, and for those of which `maps` makes them.
    """

    shapes: tuple = ()
    params: int = 0
    maps: Callable | None = None
    strides: dict = field(default_factory=dict)


def cases(rows, checks):
    """pytest parameters: every check on every row that is not exempt from it."""
    return [
        pytest.param(row, check, id=f"{row.id}-{name}")
        for row in rows
        for name, check in checks.items()
        if name not in row.exempt
    ]


def assert_exemptions_are_needed(rows, checks):
    """An exemption names a check, gives a reason, and does fail on TensorFlow: a needless one is to be struck."""
    for row in rows:
        for name, reason in row.exempt.items():
            assert name in checks, f"{row.id}: exempt from {name!r}, which is no check; there are {sorted(checks)}"
            assert len(reason.split()) > 2, f"{row.id}: say why it is exempt from {name}"
            if keras.backend.backend() != "tensorflow":
                continue
            try:
                checks[name](row)
            except Exception:  # it fails, as the row says
                continue
            raise AssertionError(f"{row.id} passes {name}: strike its exemption")


def assert_all_have_rows(exported, rows, alike=()):
    """Every exported object has a row or is alike one that has, and every row of ours is exported."""
    listed = {row.of for row in rows if row.of.__module__.startswith("dlcourse.")} | set(alike)
    missing = sorted(thing.__name__ for thing in exported if thing not in listed)
    assert not missing, f"exported but without a row in tests/contracts/catalog.py: {missing}"
    stray = sorted(thing.__name__ for thing in listed if thing not in exported)
    assert not stray, f"in the catalog but not exported by the package: {stray}"
    assert all(inspect.getdoc(thing) for thing in exported), "an exported object has no docstring"
