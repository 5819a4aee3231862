"""dlcourse: a deep-learning course that is executed, and the Keras 3 package it is built on.

Importing the package is cheap: a submodule is loaded when it is first named.

>>> import dlcourse
>>> dlcourse.scale(small=5, full=50) in (5, 50)
True
"""

from importlib import import_module

__version__ = "0.1.0"

_SUBMODULES = (
    "activations",
    "callbacks",
    "complexity",
    "course",
    "curvature",
    "datasets",
    "evaluation",
    "exercises",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "plots",
    "regularizers",
    "schedules",
    "scratch",
)
_NAMES = {"claim": "dlcourse.course.claims", "scale": "dlcourse.settings"}

__all__ = ["__version__", *_SUBMODULES, *_NAMES]


def __getattr__(name):
    if name in _SUBMODULES:
        return import_module(f"dlcourse.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'dlcourse' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES, *_NAMES])
