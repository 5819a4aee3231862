"""The exact distance transform, against SciPy and against its own definition."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from dlcourse.ops import distance_transform, signed_distance
from tests.contracts.backends import compiled, numpy

rng = np.random.default_rng(0)


def blobs(shape, share, width):
    field = np.stack([ndimage.gaussian_filter(rng.normal(size=shape[1:]), width) for _ in range(shape[0])])
    return field > np.quantile(field, 1 - share)


def single(shape):
    mask = np.ones(shape)
    mask[(slice(None), *(n // 3 for n in shape[1:]))] = 0
    return mask


MASKS = {
    "blobs": blobs((3, 33, 29), 0.7, 3),
    "nearly full": rng.random((2, 24, 31)) < 0.99,
    "half": rng.random((2, 24, 31)) < 0.5,
    "empty": np.zeros((1, 7, 9)),
    "single zero": single((1, 40, 37)),
    "single pixel": 1 - single((1, 12, 9)),
    "thin": np.arange(60).reshape(1, 1, 60) % 20 != 0,
    "thin, upright": np.arange(60).reshape(1, 60, 1) % 20 != 0,
    "one pixel": np.zeros((2, 1, 1)),
    "channels": rng.random((2, 17, 13, 3)) < 0.9,
    "a volume": rng.random((2, 9, 11, 7, 2)) < 0.97,
    "a volume with one zero": single((1, 9, 20, 12, 1)),
}


def scipys(mask, sampling=None):
    """SciPy's transform of each image, volume and channel."""
    channels = mask if mask.ndim > 3 else mask[..., None]
    found = [
        np.stack([ndimage.distance_transform_edt(image[..., c], sampling) for c in range(image.shape[-1])], axis=-1)
        for image in channels
    ]
    return np.stack(found).reshape(mask.shape)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_it_equals_scipys(mask):
    found = numpy(distance_transform(mask))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, scipys(mask), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("name", ["blobs", "single zero", "channels", "a volume"])
def test_pixels_need_not_be_square(name):
    mask = MASKS[name]
    sampling = (0.5, 3.0, 1.7)[: 3 if mask.ndim == 5 else 2]
    np.testing.assert_allclose(numpy(distance_transform(mask, sampling)), scipys(mask, sampling), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["blobs", "single zero", "a volume"])
def test_compiled_it_is_the_same(name):
    mask = MASKS[name].astype("float32")
    np.testing.assert_allclose(numpy(compiled(distance_transform)(mask)), numpy(distance_transform(mask)), rtol=1e-6)


def test_a_mask_without_a_zero_gives_its_diagonal_and_leaves_the_others_alone():
    mask = np.stack([np.ones((6, 8)), MASKS["half"][0, :6, :8]])
    found = numpy(distance_transform(mask))
    assert np.allclose(found[0], 10.0)
    np.testing.assert_allclose(found[1], scipys(mask)[1], atol=1e-5)
    assert np.allclose(numpy(distance_transform(mask[:1], (3.0, 0.5))), np.hypot(18.0, 4.0))


def test_any_number_but_zero_is_inside():
    mask = np.array([[[0, -1, 255]]])
    assert numpy(distance_transform(mask)).tolist() == [[[0, 1, 2]]]
    assert numpy(distance_transform(mask != 0)).tolist() == [[[0, 1, 2]]]


@pytest.mark.parametrize("name", ["blobs", "channels", "a volume"])
def test_signed_distances_are_two_transforms(name):
    mask = MASKS[name]
    found = numpy(signed_distance(mask))
    np.testing.assert_allclose(found, scipys(mask == 0) - scipys(mask != 0), rtol=1e-6, atol=1e-5)
    assert (found[mask == 0] >= 1).all() and (found[mask != 0] <= -1).all()


def test_signed_distances_of_empty_and_full_masks_are_the_diagonal():
    found = numpy(signed_distance(np.stack([np.zeros((3, 4)), np.ones((3, 4))])))
    assert np.allclose(found[0], 5.0) and np.allclose(found[1], -5.0)


def test_no_gradient_comes_from_a_mask_and_none_is_lost():
    """As in a loss: a weight map made of predictions that were cut at 0.5."""
    from tests.contracts.backends import value_and_gradient

    def scalar(x):
        return keras.ops.sum(x * distance_transform(x > 0.5))

    x = rng.random((1, 5, 6)).astype("float32")
    _, gradient = value_and_gradient(scalar, x)
    np.testing.assert_allclose(gradient, scipys(x > 0.5), rtol=1e-6)


def test_an_image_without_pixels_has_no_distances():
    assert tuple(distance_transform(np.ones((2, 5, 0))).shape) == (2, 5, 0)


@pytest.mark.parametrize("shape", [(4, 5), (4,), (1, 2, 3, 4, 5, 6)])
def test_another_rank_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(b, h, w\)"):
        distance_transform(np.ones(shape))


@pytest.mark.parametrize("sampling", [(1.0,), (1.0, 1.0, 1.0), (1.0, 0.0), (1.0, -2.0), 1.0, (1.0, float("inf")), "ab"])
def test_another_sampling_is_refused(sampling):
    with pytest.raises(ValueError, match="positive number"):
        distance_transform(np.ones((1, 4, 5)), sampling)
