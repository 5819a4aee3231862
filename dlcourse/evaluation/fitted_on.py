"""Which rows a scaler has seen: the training part, or more than it should."""

from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

COUNTS = {"n_features_in_", "n_samples_seen_", "n_samples_", "n_iter_", "n_features_"}
IN_UNITS = {"mean", "mean_", "center_", "data_min_", "data_max_", "data_range_"}  # they have the unit of the data
COMPOSITES = {"steps", "transformers", "transformer_list"}  # of a Pipeline and its kin


@dataclass(frozen=True)
class FittedOn:
    """Where the statistics of a scaler come from.

    source: "train"; "train + test"; "test"; "train or train + test" where both give the same statistics, as with a
            minimum and maximum that lie in the training part; "other rows"; or "nothing": it was never fitted
    gaps:   DataFrame, a row a statistic and a column a part: the largest difference from that part's statistic, as a
            share of the largest value there
    """

    source: str
    gaps: pd.DataFrame

    @property
    def leaks(self):
        """Whether rows of the test part have left a trace in the statistics."""
        return self.source in ("train + test", "test")


def fitted_on(scaler, x_train, x_test, y_train=None, y_test=None):
    """Tell whether a scaler was fitted before the split, by fitting a fresh copy on each part and comparing.

    Every fitted statistic is compared: mean_ and var_ of a StandardScaler, data_min_ and data_max_ of a
    MinMaxScaler, components_ of a PCA, scores_ of a SelectKBest (pass the targets), mean and variance of Keras's
    Normalization. Statistics match up to 1e-5 of their size; besides, means, extremes and variances up to 1e-6 of the
    largest value of the data, and others up to that or 1e-5 of their largest value, whichever is less. A part is told
    from the whole only as far as their statistics differ; an estimator that draws random numbers matches none.

    Args:
        scaler: a fitted scikit-learn transformer or `keras.layers.Normalization`.
        x_train, x_test: the two parts (n, ...) and (m, ...), as they were before scaling.
        y_train, y_test: targets, for a transformer that is fitted with them.

    Returns:
        a `FittedOn`.

    Raises:
        ValueError: something else than such a scaler, a Normalization that was given its mean, an estimator that has
            no statistics, or parts that do not fit the scaler.

    >>> from sklearn.preprocessing import StandardScaler
    >>> x = np.arange(20.0)[:, None]
    >>> fitted_on(StandardScaler().fit(x), x[:15], x[15:]).source
    'train + test'
    """
    x_train, x_test = np.asarray(x_train), np.asarray(x_test)
    if x_train.shape[1:] != x_test.shape[1:] or not len(x_train) or not len(x_test):
        raise ValueError(f"the parts must hold rows of one shape, got {x_train.shape} and {x_test.shape}.")
    both = None if y_train is None else np.concatenate([y_train, y_test])
    parts = {
        "train": (x_train, y_train),
        "train + test": (np.concatenate([x_train, x_test]), both),
        "test": (x_test, y_test),
    }
    found = _statistics(scaler)
    if not found:
        return FittedOn("nothing", pd.DataFrame(columns=list(parts)))
    slack = 1e-6 * np.nanmax(np.abs(parts["train + test"][0].astype(float)))
    gaps, matches = {}, []
    for name, (x, y) in parts.items():
        fresh = _statistics(_fit_copy(scaler, x, y))
        gaps[name] = {key: _gap(value, fresh.get(key)) for key, value in found.items()}
        if all(_close(key, value, fresh.get(key), slack) for key, value in found.items()):
            matches.append(name)
    source = " or ".join(matches[:2]) if matches else "other rows"
    return FittedOn(source, pd.DataFrame(gaps))


def _statistics(scaler):
    """{name: array} of what fitting has learned; empty before it."""
    if isinstance(scaler, keras.layers.Normalization):
        if scaler.input_mean is not None:
            raise ValueError("this Normalization was given its mean and variance; nothing was fitted. Use adapt().")
        if scaler.mean is None:
            return {}
        pair = (keras.ops.convert_to_numpy(value) for value in (scaler.adapt_mean, scaler.adapt_variance))
        mean, variance = (value.astype(float) for value in pair)
        untouched = not mean.any() and (variance == 1).all()
        return {} if untouched else {"mean": mean, "variance": variance}
    if not isinstance(scaler, BaseEstimator) or not hasattr(scaler, "transform"):
        raise ValueError(f"expected a scikit-learn transformer or a Keras Normalization, got {type(scaler).__name__}.")
    learned = {name: value for name, value in vars(scaler).items() if name.endswith("_") and name[0] != "_"}
    numbers = {name: _numbers(value) for name, value in learned.items() if name not in COUNTS}
    numbers = {name: value for name, value in numbers.items() if value is not None and value.size}
    if (learned and not numbers) or COMPOSITES & set(vars(scaler)):
        raise ValueError(
            f"{type(scaler).__name__} keeps no statistics to compare. Pass the steps of a pipeline singly."
        )
    return numbers


def _numbers(value):
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        return None
    return array.astype(float) if array.dtype.kind in "iuf" else None


def _fit_copy(scaler, x, y):
    if not isinstance(scaler, keras.layers.Normalization):
        try:
            return clone(scaler).fit(x) if y is None else clone(scaler).fit(x, y)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{type(scaler).__name__} could not be fitted on a part: {error} "
                "If it learns from targets, pass y_train and y_test."
            ) from error
    copy = keras.layers.Normalization.from_config(scaler.get_config())
    copy.adapt(x)
    return copy


def _gap(found, fresh):
    if fresh is None or fresh.shape != found.shape:
        return np.inf
    size = np.abs(fresh).max()
    return float(np.abs(found - fresh).max() / size) if size > 0 else float(np.abs(found - fresh).max())


def _close(name, found, fresh, slack):
    if fresh is None or fresh.shape != found.shape:
        return False
    if name not in IN_UNITS and "var" not in name:  # a score or a direction knows nothing of the size of the data
        finite = np.abs(fresh[np.isfinite(fresh)])
        slack = min(slack, 1e-5 * finite.max(initial=0))
    return np.allclose(found, fresh, rtol=1e-5, atol=slack, equal_nan=True)
