"""Clipping by hand, and against Keras."""

import keras
import numpy as np
import pytest

from dlcourse.scratch.optimizers import clip_by_global_norm, clip_by_norm, clip_by_value, global_norm

G = [np.array([[3.0, -4.0], [0.0, 0.0]]), np.array([12.0])]  # lengths 5 and 12, together 13


def test_by_value():
    a, b = clip_by_value(G, 3.5)
    assert a.tolist() == [[3, -3.5], [0, 0]] and b.tolist() == [3.5]


def test_by_norm_takes_each_array_on_its_own():
    a, b = clip_by_norm(G, 10.0)
    assert np.array_equal(a, G[0]) and np.allclose(b, [10])


def test_by_global_norm_keeps_the_direction_of_all():
    assert global_norm(G) == 13.0
    clipped = clip_by_global_norm(G, 6.5)
    assert all(np.allclose(c, g / 2) for c, g in zip(clipped, G, strict=True)) and global_norm(clipped) == 6.5
    assert all(np.array_equal(c, g) for c, g in zip(clip_by_global_norm(G, 13.0), G, strict=True))


@pytest.mark.parametrize("clip", [clip_by_value, clip_by_norm, clip_by_global_norm])
def test_zeros_stay_zeros_forms_stay_and_yours_are_not_changed(clip):
    assert clip(np.zeros(3), 1.0).tolist() == [0, 0, 0]
    g = (np.full(2, 5.0), np.zeros((1, 2)))
    assert type(clip(g, 1.0)) is tuple and g[0].tolist() == [5, 5]
    assert clip([3.0, 4.0], 1.0).shape == (2,) and clip(np.ones(2, "float32"), 0.5).dtype == "float32"


@pytest.mark.parametrize(
    "name, clip",
    [("clipvalue", clip_by_value), ("clipnorm", clip_by_norm), ("global_clipnorm", clip_by_global_norm)],
)
@pytest.mark.parametrize("limit", [0.125, 1.0, 64.0])
def test_they_are_those_of_keras(name, clip, limit):
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=(4, 3)), rng.normal(size=3) * 10, np.zeros(2)]
    variables = [keras.Variable(np.zeros(g.shape), dtype="float64") for g in gradients]
    keras.optimizers.SGD(1.0, **{name: limit}).apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
    moved = [-keras.ops.convert_to_numpy(v) for v in variables]
    assert all(np.allclose(ours, v, rtol=1e-12) for ours, v in zip(clip(gradients, limit), moved, strict=True))


@pytest.mark.parametrize("clip", [clip_by_value, clip_by_norm, clip_by_global_norm])
def test_refusals(clip):
    for limit in (0.0, -1.0, np.nan, "1"):
        with pytest.raises(ValueError, match="limit must be a number above 0"):
            clip(G, limit)
    with pytest.raises(ValueError, match=r"gradients\[1\] must be finite"):
        clip([np.ones(2), np.array([np.nan])], 1.0)
    with pytest.raises(ValueError, match="must hold floats"):
        clip(np.array([1, 2]), 1.0)
