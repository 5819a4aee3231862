"""What a run is: its model, its optimizer, its callbacks. Two runs of the same command have equal fingerprints."""

import inspect
import json
import os
import warnings

import keras

LEFT_OUT = {"name", "shared_object_id", "build_config", "compile_config"}  # numbered anew, or described elsewhere
UNSEEN = object()


def fingerprint(model, callbacks, params):
    """A flat dict, place -> value, of all that has to be the same when a run goes on.

    Names that Keras gives (dense_1) do not count: they depend on what else was built before.
    """
    tree = {
        "backend": keras.backend.backend(),
        "precision": keras.config.floatx(),
        "steps per epoch": None if params.get("steps") is None else int(params["steps"]),
        "model": _described(keras.saving.serialize_keras_object, model),
        "weights": [[list(variable.shape), str(variable.dtype), variable.trainable] for variable in model.weights],
        "compiled with": _described(lambda model: model.get_compile_config(), model),
        "callbacks": [[type(callback).__name__, arguments(callback)] for callback in callbacks],
    }
    names = {}
    _names(tree["model"], names)
    return {place: json.dumps(value) for place, value in _flat(tree, names)}


def differences(saved, now, most=5):
    """The first places at which two fingerprints differ, in words, or ''."""
    places = [place for place in {**saved, **now} if saved.get(place) != now.get(place)]
    shown = [f"{place}: saved {saved.get(place, 'nothing')}, now {now.get(place, 'nothing')}" for place in places]
    more = f"; and {len(places) - most} more" if len(places) > most else ""
    return "; ".join(shown[:most]) + more


def arguments(callback):
    """The plain values among a callback's constructor arguments that it keeps under their names."""
    given = inspect.signature(type(callback).__init__).parameters
    found = {}
    for name in given:
        value = vars(callback).get(name, UNSEEN)
        if name == "min_delta" and isinstance(value, int | float):
            value = abs(value)  # Keras flips its sign once it knows the direction
        if value is None or isinstance(value, bool | int | float | str):
            found[name] = value
        elif isinstance(value, os.PathLike):
            found[name] = os.fspath(value)
    return found


def _described(describe, thing):
    """The configuration where there is one that can be written down, else the name of the class."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lambdas, which are named here and never loaded
            return json.loads(json.dumps(describe(thing), default=lambda part: type(part).__name__))
    except Exception:  # a subclass without get_config, a loss that is a local function: anything may come
        return type(thing).__name__


def _names(tree, names):
    """Number the names that layers bear, in order of appearance; connections refer to them."""
    if isinstance(tree, dict):
        for layer in tree.get("layers", []):
            names.setdefault(layer["config"].get("name"), f"#{len(names)}")
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            _names(part, names)


def _flat(tree, names, place=""):
    """(place, leaf) pairs of a nested structure, with the names of layers replaced by their numbers."""
    if isinstance(tree, dict) and "DTypePolicy" in str(tree.get("class_name")):
        yield place, tree["config"]["name"]
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key not in LEFT_OUT:
                yield from _flat(value, names, f"{place}.{key}" if place else str(key))
    elif isinstance(tree, list):
        yield f"length of {place}", len(tree)
        for number, value in enumerate(tree):
            yield from _flat(value, names, f"{place}[{number}]")
    else:
        yield place, names.get(tree, tree) if isinstance(tree, str) else tree
