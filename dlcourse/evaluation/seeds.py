"""The same experiment on several seeds."""

import keras
import numpy as np
import pandas as pd

from dlcourse.evaluation.seed_runs import SeedRuns


def seeds(run, n, first=0):
    """Run an experiment on n seeds and return what came of it as `SeedRuns`: means, errors, paired comparisons.

    Before each run `keras.utils.set_random_seed(seed)` sets the generators of Python, NumPy, Keras and the backend.
    On each seed all variants run, one after another, each from that same seed, so their results are paired. A run
    should take everything random from `seed` (also its split, if the split is part of the luck) and keep nothing
    from the run before.

    Args:
        run: run(seed) -> a number or {"metric": number, ...}; or several variants, {"name": run, ...}.
        n: how many seeds, 2 or more. Under five, say little of what you found.
        first: the first seed; the others follow.

    Returns:
        a `SeedRuns`; a single number is its metric "value", a single run its variant "run".

    Raises:
        ValueError: n below 2, no run, something that is no function, or results that are no numbers or change names.
        RuntimeError: a run raised; the message names the variant and the seed.

    >>> result = seeds({"fair": lambda seed: np.random.normal(), "loaded": lambda seed: np.random.normal() + 1}, n=5)
    >>> result.compare(baseline="fair")["difference"].round(6).tolist()
    [1.0]
    """
    variants = dict(run) if hasattr(run, "items") else {"run": run}
    if not _is_whole(n) or n < 2:
        raise ValueError(f"n counts seeds and must be a whole number from 2 up, got {n!r}. One run has no spread.")
    if not _is_whole(first) or first < 0:
        raise ValueError(f"seeds are whole numbers from 0 up, got first={first!r}.")
    wrong = {name: type(function).__name__ for name, function in variants.items() if not callable(function)}
    if wrong or not variants:
        raise ValueError(f"expected run(seed) or a dict {{name: run}} of functions, got {wrong or 'an empty dict'}.")
    rows, names = [], None
    for seed in range(int(first), int(first) + int(n)):
        for variant, function in variants.items():
            found = _run(function, variant, seed)
            names = names or set(found)
            if set(found) != names:
                raise ValueError(
                    f"every run must return the same metrics: {variant!r} at seed {seed} gave {sorted(found)}, "
                    f"the first run {sorted(names)}."
                )
            rows.append({"variant": variant, "seed": seed, **found})
    return SeedRuns(pd.DataFrame(rows))


def _run(function, variant, seed):
    keras.utils.set_random_seed(seed)
    try:
        found = function(seed)
    except Exception as error:
        raise RuntimeError(
            f"{variant!r} failed at seed {seed} with {type(error).__name__}: {error} "
            f"To see it alone: keras.utils.set_random_seed({seed}), then run({seed})."
        ) from error
    named = found if hasattr(found, "items") else {"value": found}
    clash = {"variant", "seed"} & set(named)
    if clash or not named:
        raise ValueError(f"a run returns a number or a dict of numbers, none called variant or seed; got {found!r}.")
    return {name: _number(value, variant, seed, name) for name, value in named.items()}


def _number(value, variant, seed, name):
    try:
        array = np.asarray(keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value, dtype=float)
    except (TypeError, ValueError):
        array = None
    if array is None or array.size != 1 or value is None:
        raise ValueError(
            f"{variant!r} at seed {seed} returned {name} = {value!r}, expected one number. "
            "Return a number, or a dict with one number a metric."
        )
    return float(array.reshape(()))


def _is_whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
