"""U-Net: the sizes of figure 1, the sizes it refuses, and large images tile by tile."""

import keras
import numpy as np
import pytest

from dlcourse import models
from dlcourse.complexity import profile

THIN = {"widths": (2, 2, 4, 4, 4), "classifier_activation": None}


def _array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def _random(shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype("float32")


def test_the_maps_of_figure_1():
    net = models.UNet(**THIN)
    sizes = {name: net.get_layer(name).output.shape[1] for name in _LAYERS}
    assert sizes == _LAYERS
    assert net.output_shape == (None, 388, 388, 2)


_LAYERS = {
    "stage0_relu2": 568,
    "stage1_relu2": 280,
    "stage2_relu2": 136,
    "stage3_relu2": 64,
    "stage4_relu2": 28,
    "up3_transpose": 56,
    "up3_relu2": 52,
    "up2_relu2": 100,
    "up1_relu2": 196,
    "up0_relu2": 388,
}


def test_it_has_23_convolutions():
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    assert sum(isinstance(layer, kinds) for layer in models.UNet(**THIN).layers) == 23


@pytest.mark.parametrize("size", [188, 204, 572, 588])
def test_sizes_that_can_be_halved_four_times(size):
    assert models.UNet((size, 188, 1), **THIN).output_shape == (None, size - 184, 4, 2)


@pytest.mark.parametrize(
    ("size", "words"), [(571, "556 and 572"), (256, "252 and 268"), (189, "188 and 204"), (570, "556 and 572")]
)
def test_other_sizes_are_refused_and_the_nearest_named(size, words):
    with pytest.raises(ValueError, match=f"cannot take {size} x 572.*{words}"):
        models.UNet((size, 572, 1), **THIN)


def test_a_size_below_the_least_is_refused():
    with pytest.raises(ValueError, match="at least 188 x 188"):
        models.UNet((172, 172, 1), **THIN)


def test_a_padded_net_takes_open_and_odd_sizes():
    net = models.UNet((None, None, 1), padding="same", **THIN)
    for size in ((16, 16), (37, 50)):
        assert tuple(net(_random((1, *size, 1))).shape) == (1, *size, 2)


def test_depth_width_and_batch_norm_are_rows():
    net = models.UNet((28, 28, 1), widths=(3, 5), batch_norm=True, classes=4)
    assert net.output_shape == (None, 28 - 16, 28 - 16, 4)
    norms = [layer for layer in net.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 6
    assert [layer.filters for layer in net.layers if isinstance(layer, keras.layers.Conv2D)] == [3, 3, 5, 5, 3, 3, 4]


def test_tiles_of_a_valid_net_are_seamless():
    keras.utils.set_random_seed(0)
    net, image = models.UNet((252, 252, 1), **THIN), _random((200, 170, 1))
    whole = models.UNet((412, 412, 1), **THIN)
    whole.set_weights(net.get_weights())
    frame = np.pad(image, ((92, 412 - 292), (92, 412 - 262), (0, 0)), mode="reflect")
    expected = _array(whole(frame[None]))[0, :200, :170]
    for options in ({}, {"batch_size": 3}):
        found = models.predict_tiled(net, image, **options)
        assert found.shape == (200, 170, 2)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_tiles_of_a_padded_net_are_seamless_where_the_context_is_what_a_pixel_sees():
    keras.utils.set_random_seed(0)
    net = models.UNet((None, None, 1), padding="same", classifier_activation=None, widths=(4, 4, 8))
    image = _random((150, 200, 1))
    seen = max(profile(net, (96, 96, 1)).table["receptive_field"])
    seen = int(np.max(seen))
    expected, inside = _array(net(image[None, :148]))[0], slice(seen, -seen)
    error = {
        overlap: np.abs(models.predict_tiled(net, image[:148], 128, overlap) - expected)[inside, inside].max()
        for overlap in (0, seen)
    }
    assert error[seen] < 1e-5 < 0.1 < error[0]


def test_several_images_and_tiles_that_are_not_square():
    net = models.UNet((None, None, 1), padding="same", classifier_activation=None, widths=(4, 4))
    images = _random((3, 40, 33, 1))
    found = models.predict_tiled(net, images, tile=(32, 24), overlap=8, batch_size=4)
    assert found.shape == (3, 40, 33, 2)
    np.testing.assert_allclose(found[1], models.predict_tiled(net, images[1], (32, 24), 8), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("image", "tile", "overlap", "words"),
    [
        ((40, 40), None, None, r"\(h, w, c\)"),
        ((40, 40, 3), None, None, "3 channels"),
        ((40, 40, 1), 100, None, "images of 188 x 188"),
        ((40, 40, 1), (188,), None, "images of 188 x 188"),
        ((40, 40, 1), None, None, "at least 200"),
        ((40, 40, 1), None, -1, "at least 0"),
    ],
)
def test_what_predict_tiled_refuses(image, tile, overlap, words):
    net = models.UNet((188, 188, 1), **THIN)
    with pytest.raises(ValueError, match=words):
        models.predict_tiled(net, np.zeros(image, "float32"), tile, overlap)
