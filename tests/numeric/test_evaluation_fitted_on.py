"""Where a scaler's statistics come from is told, for every scaler and on every backend."""

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, RobustScaler, StandardScaler

from dlcourse.evaluation import fitted_on


def parts(seed=0, n=90, m=30):
    x = np.random.default_rng(seed).normal(3.0, [1.0, 50.0, 0.01], size=(n + m, 3)).astype("float32")
    return x[:n], x[n:]


def adapted(x, **settings):
    layer = keras.layers.Normalization(**settings)
    layer.adapt(x)
    return layer


SCALERS = {
    "StandardScaler": lambda x: StandardScaler().fit(x),
    "RobustScaler": lambda x: RobustScaler().fit(x),
    "PCA": lambda x: PCA(2, svd_solver="full").fit(x),
    "Normalization": adapted,
    "Normalization, one for all": lambda x: adapted(x, axis=None),
    "Normalization, inverse": lambda x: adapted(x, invert=True),
}


@pytest.mark.parametrize("scaler", SCALERS)
def test_train_whole_and_test_are_told_apart(scaler):
    train, test = parts()
    make = SCALERS[scaler]
    clean, early = fitted_on(make(train), train, test), fitted_on(make(np.concatenate([train, test])), train, test)
    assert (clean.source, clean.leaks) == ("train", False) and (clean.gaps["train"] < 1e-5).all()
    assert (early.source, early.leaks) == ("train + test", True) and early.gaps["train"].max() > 1e-3
    assert fitted_on(make(test), train, test).source == "test"
    assert fitted_on(make(parts(seed=1)[0]), train, test).source == "other rows"


def test_the_order_of_rows_and_adapting_in_batches_change_nothing():
    train, test = parts(n=96)
    layer = adapted([train[::-1][i : i + 32] for i in range(0, 96, 32)])
    assert fitted_on(layer, train, test).source == "train"
    scaler = StandardScaler()
    for batch in np.split(np.random.default_rng(0).permutation(train), 3):
        scaler.partial_fit(batch)
    assert fitted_on(scaler, train, test).source == "train"


def test_a_range_that_lies_in_the_training_part_tells_nothing():
    train, test = parts()
    inside = np.clip(test, train.min(axis=0), train.max(axis=0))
    found = fitted_on(MinMaxScaler().fit(np.concatenate([train, inside])), train, inside)
    assert found.source == "train or train + test" and not found.leaks
    beyond = np.concatenate([test, train.max(axis=0, keepdims=True) + 1])
    assert fitted_on(MinMaxScaler().fit(np.concatenate([train, beyond])), train, beyond).leaks


def test_a_selection_of_features_is_a_fit_too():
    train, test = parts()
    y = np.random.default_rng(1).integers(2, size=120)
    early = SelectKBest(k=1).fit(np.concatenate([train, test]), y)
    assert fitted_on(early, train, test, y[:90], y[90:]).source == "train + test"
    assert fitted_on(SelectKBest(k=1).fit(train, y[:90]), train, test, y[:90], y[90:]).source == "train"
    with pytest.raises(ValueError, match="y_train"):
        fitted_on(early, train, test)


def test_a_column_of_large_values_hides_no_leak_in_statistics_without_its_unit():
    x = np.random.default_rng(0).normal(size=(200, 3)) * [1.0, 1.0, 1e7]
    y = np.arange(200) % 2
    parts_of = (x[:150], x[150:], y[:150], y[150:])
    assert fitted_on(SelectKBest(k=1).fit(x, y), *parts_of).source == "train + test"
    assert fitted_on(SelectKBest(k=1).fit(x[:150], y[:150]), *parts_of).source == "train"


def test_a_mean_that_is_zero_up_to_rounding_is_recognised():
    train, test = (part.astype(float) - part.astype(float).mean(axis=0) for part in parts())
    assert fitted_on(StandardScaler().fit(train[::-1]), train, test[:9]).source == "train"


def test_what_was_never_fitted():
    train, test = parts()
    built = keras.layers.Normalization()
    built.build(train.shape)
    for scaler in (StandardScaler(), keras.layers.Normalization(), built):
        found = fitted_on(scaler, train, test)
        assert (found.source, found.leaks) == ("nothing", False)


def test_refusals():
    train, test = parts()
    with pytest.raises(ValueError, match="given its mean"):
        fitted_on(keras.layers.Normalization(mean=0.0, variance=1.0), train, test)
    with pytest.raises(ValueError, match="got Dense"):
        fitted_on(keras.layers.Dense(2), train, test)
    with pytest.raises(ValueError, match="steps of a pipeline singly"):
        fitted_on(make_pipeline(StandardScaler()).fit(train), train, test)
    with pytest.raises(ValueError, match=r"\(30, 2\)"):
        fitted_on(StandardScaler().fit(train), train, test[:, :2])
    with pytest.raises(ValueError, match="one shape"):
        fitted_on(StandardScaler().fit(train), train, test[:0])
    with pytest.raises(ValueError, match="Normalizer keeps no statistics"):
        fitted_on(Normalizer().fit(train), train, test)
