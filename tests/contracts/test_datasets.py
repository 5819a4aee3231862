"""What every data set keeps (the project): offline, fixed, stratified, disjoint, well formed, and its own copy."""

import socket

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets as bundled
from keras.datasets import mnist

from dlcourse import datasets
from dlcourse.datasets.catalog import DATASETS, FILES, MASKED, PHOTOGRAPHS

VECTORS = [row.name for row in DATASETS.values() if row.file.endswith(".csv")]
CALLS = [(name, {}) for name in DATASETS] + [(name, {"standardise": True}) for name in VECTORS]
IDS = [name + "".join(f"-{option}" for option in options) for name, options in CALLS]
every = pytest.mark.parametrize(("name", "options"), CALLS, ids=IDS)


def load(name, options):
    """The four arrays of a data set."""
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name)(**options)
    return x_train, y_train, x_test, y_test


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """No test in this file may reach a network."""

    def refuse(*args, **kwargs):
        raise AssertionError(f"the network was used: {args}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def test_every_exported_set_is_in_the_catalog_and_the_other_way_round():
    assert set(DATASETS) <= set(datasets.__all__)
    assert set(datasets.list_datasets()["name"]) == set(DATASETS) | set(PHOTOGRAPHS) | set(MASKED)


@every
def test_dtypes_shapes_and_finite(name, options):
    x_train, y_train, x_test, y_test = load(name, options)
    row = DATASETS[name]
    assert {x_train.dtype, x_test.dtype} == {np.dtype("float32")}
    assert {y_train.dtype, y_test.dtype} == {np.dtype("int64" if row.classes else "float32")}
    assert x_train.shape == (len(y_train), *row.shape) and x_test.shape == (len(y_test), *row.shape)
    assert y_train.ndim == y_test.ndim == 1 and len(y_train) + len(y_test) == FILES[row.file].n
    assert all(np.isfinite(array).all() for array in (x_train, y_train, x_test, y_test))


@every
def test_train_and_test_share_no_example(name, options):
    x_train, _, x_test, _ = load(name, options)
    train, test = ({row.tobytes() for row in x} for x in (x_train, x_test))
    assert train.isdisjoint(test)


@every
def test_a_quarter_is_the_test_part_and_it_is_stratified(name, options):
    _, y_train, _, y_test = load(name, options)
    assert abs(len(y_test) / (len(y_train) + len(y_test)) - 0.25) < 0.01
    y = np.concatenate([y_train, y_test])
    if DATASETS[name].classes:
        whole, *parts = (np.bincount(part, minlength=len(DATASETS[name].classes)) for part in (y, y_train, y_test))
        assert len(whole) == len(DATASETS[name].classes) and parts[1].min() > 0
    else:
        edges = np.quantile(y, [0.2, 0.4, 0.6, 0.8])
        whole, *parts = (np.bincount(np.searchsorted(edges, part), minlength=5) for part in (y, y_train, y_test))
    for part in parts:
        assert np.abs(part / part.sum() - whole / whole.sum()).max() < 0.02, "a class's share is off by two points"


@every
def test_the_order_mixes_the_classes(name, options):
    y = load(name, options)[1]
    for part in np.array_split(y, 4):  # as validation_split or a first batch would cut it
        assert abs(part.mean() - y.mean()) < 0.4 * y.std()


@every
def test_two_calls_are_equal_and_independent(name, options):
    first, second = load(name, options), load(name, options)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    for array in first:
        array[...] = -1
    third = load(name, options)
    assert all(np.array_equal(a, b) for a, b in zip(second, third, strict=True))


@pytest.mark.parametrize("name", VECTORS)
def test_standardised_by_the_training_part_alone(name):
    raw, scaled = load(name, {}), load(name, {"standardise": True})
    assert np.abs(scaled[0].mean(axis=0)).max() < 1e-5 and np.abs(scaled[0].std(axis=0) - 1).max() < 1e-5
    mean, std = raw[0].astype("float64").mean(axis=0), raw[0].astype("float64").std(axis=0)
    np.testing.assert_allclose(scaled[2], (raw[2] - mean) / std, rtol=1e-4, atol=1e-4)
    assert np.abs(scaled[2].mean(axis=0)).max() > 1e-3, "the test part has its own mean"
    assert np.array_equal(raw[1], scaled[1]) and np.array_equal(raw[3], scaled[3])


@pytest.mark.parametrize("name", VECTORS)
def test_arrays_are_rows_of_the_table(name):
    row, frame, (train, test) = DATASETS[name], datasets.table(name), datasets.split(name)
    assert sorted([*train, *test]) == list(range(len(frame)))
    for rows, x, y in zip((train, test), load(name, {})[::2], load(name, {})[1::2], strict=True):
        part = frame.iloc[rows]
        assert np.array_equal(x, part[datasets.feature_names(name)].to_numpy("float32"))
        named = np.array(datasets.class_names(name))[y] if row.classes else y
        assert (part[row.target].to_numpy() == named).all()
    assert list(frame.columns) == [*datasets.feature_names(name), row.target]


@pytest.mark.parametrize("name", VECTORS)
def test_a_table_is_a_fresh_copy_equal_to_scikit_learns(name):
    source = getattr(bundled, f"load_{name}")(**({"scaled": False} if name == "diabetes" else {}))
    frame, values = datasets.table(name), [[round(float(v), 10) for v in row] for row in source.data]
    assert frame.iloc[:, :-1].to_numpy("float64").tolist() == values, "to the last bit"
    classes = DATASETS[name].classes
    assert frame.iloc[:, -1].tolist() == [classes[int(y)] if classes else y for y in source.target]
    frame.iloc[:, 0] = -1
    del frame[frame.columns[1]]
    assert datasets.table(name).iloc[:, :-1].to_numpy("float64").tolist() == values


def test_digits_are_scikit_learns_in_zero_to_one():
    source = bundled.load_digits()
    train, test = datasets.split("digits")
    x_train, y_train, x_test, y_test = load("digits", {})
    assert np.array_equal(x_train[..., 0] * 16, source.images[train]) and np.array_equal(y_train, source.target[train])
    assert np.array_equal(x_test[..., 0] * 16, source.images[test]) and np.array_equal(y_test, source.target[test])
    assert x_train.min() == 0 and x_train.max() == 1


def test_full_digits_are_mnist_in_the_same_form(monkeypatch):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (7, 28, 28)).astype("uint8"), np.arange(7).astype("uint8")
    images[0, 0, :2] = 0, 255
    monkeypatch.setattr(mnist, "load_data", lambda: ((images[:5], labels[:5]), (images[5:], labels[5:])))
    x_train, y_train, x_test, y_test = load("digits", {"size": "full"})
    assert x_train.shape == (5, 28, 28, 1) and x_test.shape == (2, 28, 28, 1)
    assert x_train.dtype == x_test.dtype == "float32" and y_train.dtype == y_test.dtype == "int64"
    assert (x_train[0, 0, :2, 0] == [0, 1]).all()
    np.testing.assert_allclose(x_test[..., 0], images[5:] / 255, rtol=1e-6)
    assert y_test.tolist() == [5, 6]


def test_full_digits_without_a_network_say_so(monkeypatch):
    def fails():
        raise Exception("URL fetch failure on https://example.org: None -- refused")

    monkeypatch.setattr(mnist, "load_data", fails)
    with pytest.raises(ConnectionError, match=r"needs a network the first time.*URL fetch failure.*size='small'"):
        datasets.digits(size="full")


@pytest.mark.parametrize("size", ["ful", "large", None, 8])
def test_a_wrong_size(size):
    with pytest.raises(ValueError, match=r"sizes \('small', 'full'\)"):
        datasets.digits(size=size)


@pytest.mark.parametrize("function", [datasets.table, datasets.split, datasets.class_names, datasets.feature_names])
@pytest.mark.parametrize("name", ["irsi", "Iris", "", None, 3, "iris.csv"])
def test_an_unknown_name_gets_the_nearest(function, name):
    with pytest.raises(ValueError, match=r"no data set called .*(Did you mean|Known: digits)"):
        function(name)


def test_names():
    assert datasets.class_names("iris") == ["setosa", "versicolor", "virginica"]
    assert datasets.class_names("digits") == list("0123456789")
    assert datasets.feature_names("diabetes")[:4] == ["age", "sex", "bmi", "blood_pressure"]
    assert datasets.class_names("wine") is not datasets.class_names("wine")
    with pytest.raises(ValueError, match="has no classes"):
        datasets.class_names("diabetes")
    for function in (datasets.table, datasets.feature_names):
        with pytest.raises(ValueError, match=r"Use datasets\.digits\(\)"):
            function("digits")


def test_list_datasets():
    listed = datasets.list_datasets()
    assert list(listed.columns) == ["name", "task", "train", "test", "shape", "classes", "full", "licence"]
    for row in listed[listed["name"].isin(list(DATASETS))].itertuples():
        x_train, y_train, x_test, _ = load(row.name, {})
        assert (row.train, row.test, row.shape) == (len(x_train), len(x_test), x_train.shape[1:])
        assert row.licence and row.task == DATASETS[row.name].task
        assert pd.isna(row.classes) if row.task == "regression" else row.classes == len(set(y_train.tolist()))
    listed.loc[0, "name"] = "changed"
    assert datasets.list_datasets()["name"][0] == "digits"
