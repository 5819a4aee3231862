"""Checks that every kind shares: a configuration that comes back, errors that explain themselves, closeness."""

import inspect
import json

import keras
import numpy as np

UNSAVED = ("self", "args", "kwargs", "dtype")  # Keras losses and metrics do not save their dtype


def assert_close(received, expected, rtol=1e-5, what="value"):
    """Equal to `rtol`, where entries that vanish beside the largest one may differ by rounding."""
    received, expected = np.asarray(received, np.float64), np.asarray(expected, np.float64)
    assert received.shape == expected.shape, f"{what}: shape {received.shape}, expected {expected.shape}"
    size = np.abs(expected[np.isfinite(expected)]).max(initial=1e-30)
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=0.1 * rtol * size, err_msg=what)


def clone(thing):
    """The object as it comes back from its configuration, the way a saved model finds its class."""
    stored = json.loads(json.dumps(keras.saving.serialize_keras_object(thing)))
    return keras.saving.deserialize_keras_object(stored, safe_mode=True)


def check_config(row):
    """`get_config` is JSON, holds every named argument of the constructor, and makes an equal object."""
    thing = row.make()
    config = thing.get_config()
    named = {
        name
        for name, parameter in inspect.signature(row.of.__init__).parameters.items()
        if name not in UNSAVED and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    lost = sorted(named - set(config))
    assert not lost, f"get_config of {row.id} loses {lost}"
    back = clone(thing)
    assert type(back) is row.of
    assert json.dumps(back.get_config(), sort_keys=True) == json.dumps(config, sort_keys=True)
    if row.of.__module__.startswith("dlcourse."):
        assert keras.saving.get_registered_name(row.of).startswith("dlcourse>"), f"{row.id} is not registered"


def check_errors(row):
    """A wrong argument raises ValueError in words: what was wanted or received, and longer than a name."""
    for call in row.invalid:
        try:
            call()
        except ValueError as error:
            assert len(str(error).split()) >= 6, f"{row.id}: {error!r} does not explain itself"
        else:
            raise AssertionError(f"{row.id}: {inspect.getsource(call).strip()} raised nothing")
