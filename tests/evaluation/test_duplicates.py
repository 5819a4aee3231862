"""Doubles are found whatever their type and order, and nothing else is."""

import numpy as np
import pandas as pd
import pytest

from dlcourse.evaluation import duplicate_groups, duplicates_between


def slow_pairs(train, test, tolerance):
    """Every pair looked at by itself."""
    return [
        [i, j] for j, b in enumerate(test) for i, a in enumerate(train) if np.abs(a - b).max() <= tolerance
    ]  # fmt: skip


@pytest.mark.parametrize("tolerance", [0.0, 1.0, 2.0])
def test_pairs_are_those_of_a_double_loop(tolerance):
    rng = np.random.default_rng(0)
    train, test = rng.integers(4, size=(40, 2, 2)), rng.integers(4, size=(25, 2, 2))
    found = duplicates_between(train, test, tolerance)
    assert found.pairs.tolist() == slow_pairs(train, test, tolerance) and len(found) > 3
    assert found.exact.tolist() == [bool((train[i] == test[j]).all()) for i, j in found.pairs]
    assert found.test_rows.tolist() == sorted({j for _, j in found.pairs.tolist()})


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "uint8", "int64", "object"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_type_and_place_in_memory_do_not_matter(kind, order):
    train = np.arange(24.0).reshape(4, 3, 2)
    test = np.asarray(train[[3, 1]], dtype=kind, order=order)
    assert duplicates_between(train, test).pairs.tolist() == [[3, 0], [1, 1]]


def test_floats_are_compared_in_the_fewer_bits():
    x = np.random.default_rng(1).normal(size=(5, 3))
    assert len(duplicates_between(x, x.astype("float32"))) == 5
    assert len(duplicates_between(x, x + 1e-12)) == 0
    big = np.array([[2**60], [2**60 + 1]])
    assert duplicates_between(big, big[1:]).pairs.tolist() == [[1, 0]]


def test_missing_and_infinite_values_equal_themselves_only():
    train = np.array([[np.nan, 1.0], [0.0, 1.0], [np.inf, 1.0], [-0.0, 2.0]])
    test = np.array([[-np.nan, 1.0], [np.inf, 1.0], [-np.inf, 1.0], [0.0, 2.0]])
    assert duplicates_between(train, test).pairs.tolist() == [[0, 0], [2, 1], [3, 3]]
    near = duplicates_between(train, test + 0.01, tolerance=0.1)
    assert near.pairs.tolist() == [[0, 0], [2, 1], [3, 3]] and not near.exact.any()
    one_sided = duplicates_between(np.array([[1.0, 5.0]]), np.array([[np.nan, 5.0]]), tolerance=9.0)
    assert len(one_sided) == 0


def test_tables_are_matched_by_column_name():
    train = pd.DataFrame({"name": ["a", "b", None], "age": [1, 2, 3], "kind": pd.Categorical(["x", "y", "x"])})
    test = pd.DataFrame({"age": [2.0, 3.4, 1.0], "kind": ["y", "x", "x"], "name": ["b", None, "c"]})
    assert duplicates_between(train, test).pairs.tolist() == [[1, 0]]
    found = duplicates_between(train, test, tolerance=0.5)
    assert found.pairs.tolist() == [[1, 0], [2, 1]] and found.exact.tolist() == [True, False]
    assert duplicates_between(train, test, tolerance=5).pairs.tolist() == [[1, 0], [2, 1]]  # text is never near
    assert duplicates_between(np.array(["so", "be", "it"]), np.array(["it", "is"])).pairs.tolist() == [[2, 0]]


def test_the_summary_counts_rows_once():
    train = [[0.0], [0.0], [1.0], [9.0]]
    found = duplicates_between(train, [[0.0], [0.9], [5.0], [0.1]], tolerance=0.2)
    table = found.summary()
    assert table.loc["exact"].tolist() == [2, 2, 1, 0.25]
    assert table.loc["near"].tolist() == [3, 3, 2, 0.5]
    wider = duplicates_between(train, [[0.0], [0.5]], tolerance=1.0).summary()  # the first row has both kinds of double
    assert wider["test_rows"].tolist() == [1, 1] and wider["pairs"].tolist() == [2, 4]
    assert not duplicates_between(train, [[7.0]]) and duplicates_between(train, [[9.0]])


def test_empty_parts_have_no_doubles():
    empty = np.zeros((0, 3))
    for a, b in ((empty, np.ones((2, 3))), (np.ones((2, 3)), empty), (empty, empty)):
        assert len(duplicates_between(a, b)) == len(duplicates_between(a, b, tolerance=1.0)) == 0
    assert np.isnan(duplicates_between(empty, empty).summary().loc["exact", "share_of_test"])


@pytest.mark.parametrize(
    "train, test, tolerance, message",
    [
        (np.ones((2, 3)), np.ones((2, 4)), 0.0, r"\(3,\) and \(4,\)"),
        (np.ones((2, 3)), np.ones((2, 3)), -1.0, "got -1.0"),
        (np.ones((2, 3)), np.ones((2, 3)), np.nan, "got nan"),
        (pd.DataFrame({"a": [1]}), np.ones((1, 1)), 0.0, "two of a kind"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), 0.0, "same columns"),
        (np.float64(1), np.ones(2), 0.0, "one shape"),
    ],
)
def test_refusals(train, test, tolerance, message):
    with pytest.raises(ValueError, match=message):
        duplicates_between(train, test, tolerance)


def test_groups_keep_doubles_on_one_side():
    from sklearn.model_selection import GroupKFold

    rng = np.random.default_rng(2)
    x = rng.integers(3, size=(120, 3)).astype(float)
    groups = duplicate_groups(x)
    assert len(set(groups)) == len(np.unique(x, axis=0)) < 30
    assert all((groups[i] == groups[j]) == (x[i] == x[j]).all() for i in range(0, 120, 7) for j in range(120))
    for train, test in GroupKFold(4).split(x, groups=groups):
        assert not duplicates_between(x[train], x[test])
    frame = pd.DataFrame({"a": [1.0, np.nan, np.nan], "b": ["x", "y", "y"]})
    assert duplicate_groups(frame).tolist() == [0, 1, 1]
