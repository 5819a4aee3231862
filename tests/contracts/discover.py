"""Finds what the package exports of each kind. A kind whose subpackage does not exist yet exports nothing."""

import inspect
from importlib import import_module
from importlib.util import find_spec

import keras

BASES = {
    "layers": keras.layers.Layer,
    "losses": keras.losses.Loss,
    "metrics": keras.metrics.Metric,
    "schedules": keras.optimizers.schedules.LearningRateSchedule,
    "callbacks": keras.callbacks.Callback,
    "initializers": keras.initializers.Initializer,
    "regularizers": keras.regularizers.Regularizer,
}


def public(module):
    """The objects that a module exports: its `__all__`, else all its names without an underscore."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    return [getattr(module, name) for name in names]


def classes_of(module, base):
    """The concrete classes among a module's exports that are a `base`."""
    return [thing for thing in public(module) if inspect.isclass(thing) and issubclass(thing, base) and _final(thing)]


def exported(kind):
    """The classes of a kind (or the functions that build models) that `dlcourse.<kind>` exports."""
    if find_spec(f"dlcourse.{kind}") is None:
        return []
    module = import_module(f"dlcourse.{kind}")
    if kind == "models":
        return [thing for thing in public(module) if callable(thing) and thing.__name__[:1].isupper()]
    return classes_of(module, BASES[kind])


def _final(cls):
    return not any(getattr(getattr(cls, name), "__isabstractmethod__", False) for name in dir(cls))
