"""What every photograph keeps: offline, fixed, well formed, its own copy. Without labels it needs no split."""

import socket

import numpy as np
import pandas as pd
import pytest
from skimage import data as pictures

from dlcourse import datasets
from dlcourse.datasets.catalog import DATASETS, FILES, PHOTOGRAPHS

every = pytest.mark.parametrize("name", PHOTOGRAPHS)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """No test in this file may reach a network."""

    def refuse(*args, **kwargs):
        raise AssertionError(f"the network was used: {args}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


@every
def test_dtype_shape_and_range(name):
    image = datasets.photograph(name)
    assert image.dtype == "float32" and image.shape == PHOTOGRAPHS[name].shape and image.shape[2] == 1
    assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1
    assert image.max() > 0.8 and image.std() > 0.1, "grey values spread over the range"


@every
def test_it_is_the_corner_of_scikit_images_picture(name):
    image, source = datasets.photograph(name), getattr(pictures, name)()
    height, width, _ = image.shape
    assert np.array_equal(np.rint(image[..., 0] * 255), source[:height, :width])


@every
def test_two_calls_are_equal_and_independent(name):
    first, second = datasets.photograph(name), datasets.photograph(name)
    assert np.array_equal(first, second)
    first[...] = -1
    assert np.array_equal(datasets.photograph(name), second)


def test_the_first_one_is_the_default():
    assert np.array_equal(datasets.photograph(), datasets.photograph("camera"))


@pytest.mark.parametrize(
    ("name", "hint"), [("camra", "Did you mean camera"), ("gras", "grass"), ("", "Known: camera, brick"), (3, "Known")]
)
def test_an_unknown_name_gets_the_nearest(name, hint):
    with pytest.raises(ValueError, match=f"no photograph called {name!r}.*{hint}"):
        datasets.photograph(name)


def test_a_data_set_is_not_a_photograph():
    assert not set(PHOTOGRAPHS) & set(DATASETS)
    with pytest.raises(ValueError, match="no photograph called 'iris'"):
        datasets.photograph("iris")


@pytest.mark.parametrize("function", [datasets.table, datasets.split, datasets.class_names, datasets.feature_names])
def test_a_photograph_has_no_split_table_or_classes(function):
    with pytest.raises(ValueError, match=r"'brick' is a photograph.*Use datasets\.photograph\('brick'\)"):
        function("brick")


def test_they_are_listed_with_their_licence_and_without_a_split():
    listed = datasets.list_datasets().set_index("name")
    assert set(listed.index[listed["task"] == "photograph"]) == set(PHOTOGRAPHS)
    for name, row in PHOTOGRAPHS.items():
        line = listed.loc[name]
        assert line["shape"] == row.shape and "CC0" in line["licence"] and line["full"] == ""
        assert pd.isna(line["train"]) and pd.isna(line["test"]) and pd.isna(line["classes"])
        assert "scikit-image" in FILES[row.file].source and FILES[row.file].n == 1
