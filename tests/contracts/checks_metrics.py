"""The contract of a metric."""

import keras
import numpy as np

from tests.contracts.backends import jit_compile, numpy
from tests.contracts.checks_shared import assert_close, check_config, check_errors


def _sample(row, seed=0):
    """Targets, predictions and a weight for each example."""
    rng = np.random.default_rng(seed)
    y_true, y_pred = row.sample(rng)
    return y_true, y_pred, rng.uniform(0.5, 2.0, size=len(y_pred)).astype("float32")


def _parts(y_true, y_pred, weights):
    """Three uneven batches."""
    third = max(len(y_pred) // 3, 1)
    for part in (slice(third), slice(third, third + 1), slice(third + 1, None)):
        yield y_true[part], y_pred[part], weights[part]


def _result(metric):
    return numpy(metric.result())


def check_twin(row):
    """Equals the slow NumPy twin, with and without sample weights."""
    y_true, y_pred, weights = _sample(row)
    wide = y_pred.astype(np.float64)
    for weight in (None, weights):
        metric = row.make()
        metric.update_state(y_true, y_pred, sample_weight=weight)
        told = np.ones(len(y_pred)) if weight is None else weight.astype(np.float64)
        assert_close(_result(metric), row.twin(y_true, wide, told), what=f"weights {weight is not None}")


def check_streaming(row):
    """Updates over uneven batches give what one update gives."""
    y_true, y_pred, weights = _sample(row)
    whole, streamed = row.make(), row.make()
    whole.update_state(y_true, y_pred, sample_weight=weights)
    for part_true, part_pred, part_weights in _parts(y_true, y_pred, weights):
        streamed.update_state(part_true, part_pred, sample_weight=part_weights)
    assert_close(_result(streamed), _result(whole), what="streamed")


def check_reset(row):
    """reset_state forgets everything: the empty result returns, and new data is measured as by a new object."""
    metric, fresh = row.make(), row.make()
    assert_close(_result(metric), row.empty, what="before any update")
    y_true, y_pred, weights = _sample(row)
    metric.update_state(y_true, y_pred, sample_weight=weights)
    metric.reset_state()
    assert_close(_result(metric), row.empty, what="after reset_state")
    y_true, y_pred, weights = _sample(row, seed=1)
    for one in (metric, fresh):
        one.update_state(y_true, y_pred, sample_weight=weights)
    assert_close(_result(metric), _result(fresh), what="after reset_state and new data")


def check_evaluate(row):
    """`Model.evaluate` in batches, compiled where the backend can, gives the twin's value, whatever came before."""
    y_true, y_pred, _ = _sample(row)
    given = keras.Input(y_pred.shape[1:])
    model = keras.Model(given, keras.layers.Identity()(given))
    # A loss is needed where a metric alone would do.
    model.compile(loss=lambda t, p: 0.0 * keras.ops.sum(p), metrics=[row.make()], jit_compile=jit_compile())
    for seed in (1, 0):
        y_true, y_pred, _ = _sample(row, seed)
        logs = model.evaluate(y_pred, y_true, batch_size=len(y_pred) // 2, verbose=0, return_dict=True)
        logs.pop("loss")
        expected = row.twin(y_true, y_pred.astype(np.float64), np.ones(len(y_pred)))
        assert_close(next(iter(logs.values())), expected, what="evaluate")


def check_nan(row):
    """NaN in a prediction makes the result NaN."""
    y_true, y_pred, _ = _sample(row)
    spoilt = y_pred.copy()
    spoilt.flat[0] = np.nan
    metric = row.make()
    metric.update_state(y_true, spoilt)
    assert not np.isfinite(_result(metric)).all(), "NaN became a finite number"


CHECKS = {
    "twin": check_twin,
    "streaming": check_streaming,
    "reset": check_reset,
    "evaluate": check_evaluate,
    "nan": check_nan,
    "config": check_config,
    "errors": check_errors,
}
