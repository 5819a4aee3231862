"""Runs over seeds: repeatable, paired, and exact about what went wrong."""

import keras
import numpy as np
import pytest

from dlcourse.evaluation import seeds


def net(seed, shift=0.0):
    """Everything random that a run has: NumPy, initial weights, dropout, keras.random."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5)])
    x = np.random.normal(size=(5, 4)).astype("float32")  # noqa: NPY002, `seeds` has to set this one too
    drawn = keras.random.normal((2,))
    return {"out": keras.ops.sum(model(x, training=True)) + shift, "drawn": keras.ops.sum(drawn)}


def test_the_same_seeds_give_the_same_runs_whatever_ran_before():
    first = seeds(net, 3).runs
    keras.random.normal((7,))
    np.random.normal(size=3)  # noqa: NPY002
    assert seeds(net, 3).runs.equals(first)
    assert seeds(net, 2, first=1).runs.equals(first.iloc[1:].reset_index(drop=True))
    assert first["out"].nunique() == first["drawn"].nunique() == 3


def test_every_variant_starts_from_the_same_seed():
    result = seeds({"plain": net, "shifted": lambda seed: net(seed, shift=10.0)}, 3)
    difference = result.compare("out", baseline="plain")
    assert difference.loc["shifted - plain", "difference"] == pytest.approx(10, abs=1e-4)
    assert difference.loc["shifted - plain", "se"] < 1e-4 < result.summary("out").loc["plain", "se"]
    drawn = result.values("drawn")
    assert drawn["plain"].equals(drawn["shifted"])
    assert result.runs["seed"].tolist() == [0, 0, 1, 1, 2, 2]


def test_numbers_come_in_any_form():
    forms = [1.5, np.float32(1.5), np.array([1.5]), keras.ops.convert_to_tensor(1.5), [1.5]]
    result = seeds(lambda seed: forms[seed], 5)
    assert result.values()["run"].tolist() == [1.5] * 5 and result.metrics == ["value"]
    assert np.isnan(seeds(lambda seed: float("nan"), 2).summary().loc["run", "mean"])


def test_a_failed_run_is_named():
    def fails(seed):
        if seed == 3:
            raise ValueError("rate must be positive")
        return seed

    with pytest.raises(RuntimeError, match=r"'b' failed at seed 3 with ValueError: rate must be positive") as caught:
        seeds({"a": lambda seed: seed, "b": fails}, 5)
    assert isinstance(caught.value.__cause__, ValueError) and "set_random_seed(3)" in str(caught.value)


@pytest.mark.parametrize(
    "run, n, first, message",
    [
        (net, 1, 0, "from 2 up, got 1"),
        (net, 2.0, 0, "got 2.0"),
        (net, True, 0, "got True"),
        (net, 3, -1, "first=-1"),
        ({}, 3, 0, "empty dict"),
        ({"a": 3}, 3, 0, "{'a': 'int'}"),
        (lambda seed: None, 2, 0, "value = None"),
        (lambda seed: "high", 2, 0, "value = 'high'"),
        (lambda seed: {"a": np.ones(2)}, 2, 0, "one number"),
        (lambda seed: {}, 2, 0, "dict of numbers"),
        (lambda seed: {"seed": 1.0}, 2, 0, "none called variant or seed"),
        (lambda seed: {f"m{seed}": 1.0}, 2, 0, "same metrics"),
    ],
)
def test_refusals(run, n, first, message):
    with pytest.raises(ValueError, match=message):
        seeds(run, n, first)
