"""The state of a run: variables of the model, the optimizer and the metrics, and what the callbacks remember."""

import inspect

import keras
import numpy as np
from keras import ops

from dlcourse.callbacks.generations import is_plain

HELD_ELSEWHERE = {"params", "model", "_model"}


def _variables(model):
    """name -> list of variables; seed generators of layers and the optimizer's step are among them."""
    metrics = list(model.metrics_variables)
    counted = {id(variable) for variable in metrics}
    return {
        "model": [variable for variable in model.variables if id(variable) not in counted],
        "optimizer": list(model.optimizer.variables),
        "metrics": metrics,
    }


def read_variables(model):
    """name -> list of arrays, of `_variables`."""
    return {name: [np.array(ops.convert_to_numpy(v)) for v in held] for name, held in _variables(model).items()}


def write_variables(model, saved):
    """Set the variables to what `read_variables` gave, bit for bit."""
    for name, variables in _variables(model).items():
        if name not in saved:
            continue
        if [v.shape for v in saved[name]] != [tuple(variable.shape) for variable in variables]:
            raise ValueError(
                f"the {name} has variables of the shapes {[tuple(v.shape) for v in variables]}, saved were "
                f"{[array.shape for array in saved[name]]}. Build and compile the model as the first run did."
            )
        for variable, array in zip(variables, saved[name], strict=True):
            variable.assign(array)


def remembers(callback):
    """Whether a callback has something to save: those that only display have not."""
    return not isinstance(callback, keras.callbacks.ProgbarLogger)


def read_callback(callback):
    """What a callback remembers: its get_state(), or else every attribute of plain values and arrays that is no
    constructor argument (such as `wait`, `best` and `best_weights` of EarlyStopping)."""
    if hasattr(callback, "get_state"):
        return callback.get_state()
    skipped = HELD_ELSEWHERE | set(inspect.signature(type(callback).__init__).parameters)
    return {name: value for name, value in vars(callback).items() if name not in skipped and is_plain(value)}


def write_callback(callback, state):
    """Give a callback what `read_callback` read from its predecessor."""
    if hasattr(callback, "set_state"):
        callback.set_state(state)
    else:
        vars(callback).update(state)
