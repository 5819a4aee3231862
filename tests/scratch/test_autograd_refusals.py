"""What the engine refuses, it refuses in words: what came, what was expected, what to do."""

import warnings

import numpy as np
import pytest

from dlcourse.scratch.autograd import Value, concatenate

ONE = Value(np.ones((2, 3)))


@pytest.mark.parametrize(
    "data", [1, [1, 2], "1.0", ["a"], 1j, True, None, np.ones(2, bool), np.ones(2, complex), Value(1.0), {"a": 1.0}]
)
def test_only_floats(data):
    with pytest.raises(ValueError, match=r"holds floats, got \S+.*astype\(float\)"):
        Value(data)
    if isinstance(data, str | list | np.ndarray | dict) or data is None:
        with pytest.raises(ValueError, match="holds floats"):
            ONE + data
    assert (ONE + 1).data[0, 0] == 2


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "**"])
def test_shapes_that_do_not_broadcast(symbol):
    with pytest.raises(ValueError, match=r"\(2, 3\) .{1,2} \(2,\) does not fit\. Counted from the right.*\(n, 1\)"):
        eval(f"a {symbol} b", {"a": ONE, "b": Value(np.ones(2))})
    with pytest.raises(ValueError, match=r"\(4,\).* does not fit"):
        eval(f"a {symbol} b", {"a": np.ones(4), "b": ONE})


@pytest.mark.parametrize("shape", [(2, 3), (2,), (), (4, 2, 3)])
def test_shapes_that_do_not_multiply(shape):
    with pytest.raises(ValueError, match=r"\(2, 3\) @ \(.*\) does not fit\. \(n, k\) @ \(k, m\).*Transpose"):
        ONE @ Value(np.ones(shape))


def test_backward_needs_a_scalar_a_seed_that_fits_and_something_to_differentiate():
    with pytest.raises(ValueError, match=r"starts at a scalar, got the shape \(2, 3\).*mean\(\), or pass a seed"):
        (ONE * 2).backward()
    with pytest.raises(ValueError, match=r"seed must have the shape of the value, \(2, 3\), got \(3,\)"):
        (ONE * 2).backward(np.ones(3))
    with pytest.raises(ValueError, match="holds floats, got int64"):
        (ONE * 2).backward(np.ones((2, 3), int))
    with pytest.raises(ValueError, match="NaN"):
        (ONE * 2).backward(np.full((2, 3), np.nan))
    with pytest.raises(ValueError, match="only constants"):
        (Value(1.0, constant=True) * 2).backward()
    single = Value(np.array([[2.0]]))
    (single * 3).backward()
    assert single.gradient.tolist() == [[3]]


@pytest.mark.parametrize(
    "name, make",
    [
        ("log", lambda x: (x - 2).log()),
        ("sqrt", lambda x: (x - 2).sqrt()),
        ("/", lambda x: (x - 1) / (x - 1)),
        (r"\*\*", lambda x: (x - 2) ** 0.5),
        ("-", lambda x: x / 0 - x / 0),
        ("@", lambda x: (x / 0) @ np.array([[1.0], [-1.0], [1.0]])),
        (r"\*", lambda x: (x / 0) * 0),
        ("mean", lambda x: (x / np.array([0.0, -0.0, 1.0])).mean()),
    ],
)
def test_nan_is_named_where_it_appears_and_nothing_is_warned(name, make):
    with warnings.catch_warnings():
        if name in ("log", "sqrt", "/", r"\*\*"):
            warnings.simplefilter("error")
        else:
            warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=rf"^{name} gave NaN from \(2, 3\)"):
            make(ONE)
    with pytest.raises(ValueError, match=r"given NaN in an array of shape \(2,\)"):
        Value([1.0, np.nan])


def test_nan_on_the_way_back_names_the_operation():
    x = Value(np.array([0.0, 4.0]))
    y = Value(np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"slope of sqrt is NaN .* shape \(2,\).*small number inside"):
        (x.sqrt() * y + x * 3).sum().backward()
    with pytest.raises(ValueError, match=r"slope of sqrt is NaN"):
        (x.sqrt()[np.array([1])] + x[np.array([1])]).sum().backward()


def test_infinity_is_no_nan():
    x = Value(np.array([0.0, 1.0]))
    y = x.log()
    y.sum().backward()
    assert y.data[0] == -np.inf and x.gradient.tolist() == [np.inf, 1]


@pytest.mark.parametrize(
    "labels, message",
    [
        ([0, 1, 2], "labels"),
        (np.eye(2), "argmax"),
        ([0, 3], "Count from 0"),
        ([-1, 0], "Count"),
        (np.array([-1, 0]), "Count"),
        (np.array([0, 3]), "Count from 0"),
        ([0.5, 1], "whole"),
    ],
)
def test_labels_that_do_not_fit(labels, message):
    with pytest.raises(ValueError, match=message):
        ONE.softmax_cross_entropy(labels)
    with pytest.raises(ValueError, match=r"scores \(n, k\) with n > 0"):
        Value(np.zeros((0, 3))).softmax_cross_entropy(np.zeros(0, int))
    with pytest.raises(ValueError, match=r"scores \(n, k\)"):
        Value(np.zeros(3)).softmax_cross_entropy(np.zeros(3, int))


def test_labels_may_be_any_whole_numbers():
    found = {
        float(ONE.softmax_cross_entropy(labels).data)
        for labels in ([0, 2], (0.0, 2.0), np.array([0, 2], "uint8"), np.array([0, 2], "int8"))
    }
    assert len(found) == 1


def test_axes_and_reshapes_that_do_not_exist_are_value_errors():
    for call in (lambda: ONE.sum(axis=2), lambda: ONE.max(axis=5), lambda: ONE.reshape(4), lambda: ONE.transpose(0, 0)):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(ValueError):
        concatenate([ONE, np.ones((2, 2))])
