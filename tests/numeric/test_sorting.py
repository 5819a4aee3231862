"""Rows in order, by a sorting network or a library's sort: against NumPy."""

from importlib import import_module

import keras
import numpy as np
import pytest

from dlcourse.ops.sorting import in_order, run_ends, sorted_rows
from tests.contracts.backends import numpy


def keys(n, kinds):
    """(2, 3, n) of int32; few kinds make long runs, and the two ends of the range are among them."""
    rng = np.random.default_rng(n)
    found = rng.integers(-(2**31), 2**31, size=(2, 3, kinds), dtype="int64")
    found[..., :2] = -(2**31), 2**31 - 1
    return np.take_along_axis(found, rng.integers(kinds, size=(2, 3, n)), axis=-1).astype("int32")


@pytest.mark.parametrize("kinds", [2, 5, 1000])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 37, 128, 300])
def test_rows_places_and_ends_are_those_of_numpy(n, kinds):
    given = keys(n, kinds)
    expected = np.sort(given, axis=-1)
    rows, places = in_order(given)
    np.testing.assert_array_equal(numpy(rows), expected)
    np.testing.assert_array_equal(numpy(sorted_rows(given)), expected)
    for row, keys_of, found, ends in zip(
        *(numpy(x).reshape(-1, n) for x in (expected, given, places, run_ends(expected))), strict=True
    ):
        np.testing.assert_array_equal(found, np.searchsorted(row, keys_of))
        np.testing.assert_array_equal(ends, np.searchsorted(row, row, side="right"))


def test_a_row_may_be_as_long_as_a_batch_turns_out():
    """A loss over the whole batch sorts rows whose length TensorFlow does not know while it traces."""
    given = keys(24, 5)
    if keras.backend.backend() != "tensorflow":
        rows, places = in_order(given)
    else:
        tf = import_module("tensorflow")
        open_ended = tf.function(in_order, input_signature=[tf.TensorSpec((2, 3, None), tf.int32)])
        rows, places = open_ended(given)
    np.testing.assert_array_equal(numpy(rows), np.sort(given, axis=-1))
    np.testing.assert_array_equal(np.take_along_axis(numpy(rows), numpy(places), axis=-1), given)
