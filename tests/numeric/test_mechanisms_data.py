"""What has to be true of the data of every training run: normalised by the training part, and split without overlap."""

import keras
import numpy as np
import pytest

from dlcourse import datasets
from dlcourse.evaluation import duplicates_between, fitted_on

NAMES = datasets.list_datasets().dropna(subset="test")["name"].tolist()  # photographs are not split


def load(name):
    return getattr(datasets, name)()


@pytest.mark.parametrize("name", NAMES)
def test_no_example_of_a_shipped_test_part_stands_in_its_training_part(name):
    (x_train, _), (x_test, _) = load(name)
    found = duplicates_between(x_train, x_test)
    assert found.summary().loc["exact", "pairs"] == 0
    assert duplicates_between(x_train, np.concatenate([x_test, x_train[:1]])).test_rows.tolist() == [len(x_test)]


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes"])
def test_a_normalisation_layer_is_adapted_and_only_on_training_data(name):
    (x_train, y_train), (x_test, _) = load(name)
    norm = keras.layers.Normalization()
    model = keras.Sequential([keras.Input(x_train.shape[1:]), norm, keras.layers.Dense(1)])
    assert fitted_on(norm, x_train, x_test).source == "nothing"  # a layer that is only built passes data on as it is
    assert np.allclose(keras.ops.convert_to_numpy(norm(x_train)), x_train, rtol=1e-5)
    norm.adapt(x_train)
    model.compile("sgd", "mse")
    model.fit(x_train, y_train, epochs=1, verbose=0)  # training leaves the statistics alone
    assert fitted_on(norm, x_train, x_test).source == "train"
    seen, new = (keras.ops.convert_to_numpy(norm(part)) for part in (x_train, x_test))
    assert np.abs(seen.mean(axis=0)).max() < 1e-3 and np.abs(seen.std(axis=0) - 1).max() < 1e-2
    assert np.abs(new.mean(axis=0)).max() > 0.05  # the test part is shifted by the same amount, not to 0
    norm.adapt(np.concatenate([x_train, x_test]))
    assert fitted_on(norm, x_train, x_test).leaks


def trained_rows(**settings):
    """Which of ten rows a fit has used: row i is the i-th unit vector, so it alone moves weight i."""
    model = keras.Sequential(
        [keras.Input((10,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )  # fmt: skip
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(np.eye(10), np.ones((10, 1)), batch_size=2, epochs=2, verbose=0, **settings)
    moved = keras.ops.convert_to_numpy(model.layers[0].kernel)[:, 0] != 0
    return np.flatnonzero(moved).tolist(), history.history


@pytest.mark.parametrize("shuffle", [True, False])
def test_validation_split_holds_out_the_last_rows_whether_or_not_it_shuffles(shuffle):
    rows, history = trained_rows(validation_split=0.3, shuffle=shuffle)
    assert rows == [0, 1, 2, 3, 4, 5, 6]
    assert history["val_loss"] == [1.0, 1.0]  # of rows that no step has touched
    assert trained_rows()[0] == list(range(10))


def test_validation_data_is_not_trained_on():
    rows, history = trained_rows(validation_data=(np.eye(10)[:4], np.ones((4, 1))))
    assert rows == list(range(10)) and history["val_loss"][1] < 1  # the same rows on both sides: nothing objects
    assert len(duplicates_between(np.eye(10), np.eye(10)[:4])) == 4  # but this check does


def test_of_sorted_labels_validation_split_sees_one_class():
    y = np.repeat([0, 1, 2], 10)
    kept = y[: int(len(y) * 0.7)]  # what Keras trains on, as the test above shows
    assert set(kept) == {0, 1, 2} and set(y[21:]) == {2}
