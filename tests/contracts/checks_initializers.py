"""The contract of an initializer: what it draws, how widely, and when it draws the same again."""

import os
import tempfile

import keras
import numpy as np

from tests.contracts.backends import numpy
from tests.contracts.checks_shared import check_config, check_errors, clone

SHAPES = ((300, 100), (20, 1500), (5, 40, 120), (3, 3, 32, 64))  # two Dense kernels, a Conv1D's and a Conv2D's
DTYPES = {"float32": 2**-23, "float16": 2**-10, "bfloat16": 2**-7}  # and how finely each rounds


def _draw(initializer, shape=(40, 30), dtype=None):
    return numpy(keras.ops.cast(initializer(shape, dtype), "float32")).astype(np.float64)


def check_spread(row):
    """On each shape: mean 0, the documented standard deviation to 2.5 %, nothing beyond the bound and much near it."""
    for shape in SHAPES:
        values, sd, bound = _draw(row.make(), shape), row.spread(shape), row.bound(shape)
        assert values.shape == shape
        assert abs(values.mean()) < 5 * sd / np.sqrt(values.size), f"{row.id}{shape}: mean {values.mean():.3g}"
        assert abs(values.std() / sd - 1) < 0.025, f"{row.id}{shape}: sd {values.std():.4g}, documented {sd:.4g}"
        largest = np.abs(values).max()
        if np.isinf(bound):
            assert largest > 3.2 * sd, f"{row.id}{shape}: no tails, the largest is {largest:.3g}"
        else:
            assert 0.98 * bound < largest <= bound * (1 + 1e-6), f"{row.id}{shape}: largest {largest}, bound {bound}"


def check_dtypes(row):
    """Draws in each type of floating point: that type, finite, spread and bound kept to its rounding."""
    shape = SHAPES[0]
    for dtype, rounding in DTYPES.items():
        tensor = row.make()(shape, dtype)
        found = keras.backend.standardize_dtype(tensor.dtype)
        assert found == dtype, f"{row.id}: asked for {dtype}, drew {found}"
        values = _draw(row.make(), shape, dtype)
        assert np.isfinite(values).all() and abs(values.std() / row.spread(shape) - 1) < 0.05, f"{row.id} in {dtype}"
        assert np.abs(values).max() <= row.bound(shape) * (1 + rounding), f"{row.id} in {dtype} leaves its bound"


def check_seeds(row):
    """The same seed gives the same numbers, another seed others, and without a seed each object draws its own."""
    np.testing.assert_array_equal(_draw(row.make(1)), _draw(row.make(1)))
    assert np.abs(_draw(row.make(1)) - _draw(row.make(2))).max() > 0, f"{row.id}: seeds 1 and 2 draw the same"
    assert np.abs(_draw(row.make(None)) - _draw(row.make(None))).max() > 0, f"{row.id}: two unseeded objects agree"


def check_calls(row):
    """As in Keras: one object draws the same twice, unless its seed is a SeedGenerator."""
    for seed in (1, None):
        initializer = row.make(seed)
        np.testing.assert_array_equal(_draw(initializer), _draw(initializer))
    running = row.make(keras.random.SeedGenerator(1))
    assert np.abs(_draw(running) - _draw(running)).max() > 0, f"{row.id} forgets its SeedGenerator"


def check_from_config(row):
    """A copy from the configuration draws the same numbers."""
    np.testing.assert_array_equal(_draw(clone(row.make())), _draw(row.make()))


def check_saves(row):
    """In the layers of a `.keras` file: equal weights, and in safe mode an initializer that draws equally."""
    image = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(4, 3, kernel_initializer=row.make())(image)
    model = keras.Model(image, keras.layers.Dense(5, kernel_initializer=row.make())(x))
    np.testing.assert_array_equal(numpy(model.layers[-1].kernel), _draw(row.make(), (4, 5)).astype(np.float32))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        back = keras.saving.load_model(path, safe_mode=True)
    for old, new in zip(model.layers[1:], back.layers[1:], strict=True):
        np.testing.assert_array_equal(numpy(new.kernel), numpy(old.kernel))
        assert type(new.kernel_initializer) is row.of
        np.testing.assert_array_equal(_draw(new.kernel_initializer), _draw(row.make()))


CHECKS = {
    "spread": check_spread,
    "dtypes": check_dtypes,
    "seeds": check_seeds,
    "calls": check_calls,
    "config": check_config,
    "from_config": check_from_config,
    "saves": check_saves,
    "errors": check_errors,
}
