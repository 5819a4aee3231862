"""Mixup and CutMix: every label has the share of the image that it has; randomness goes on; epochs can be repeated."""

import keras
import numpy as np
import pytest

from dlcourse.layers import AugmentedBatches, CutMix
from tests.contracts.backends import numpy

N = 12
EYE = np.eye(N, dtype="float32")
OWN = np.broadcast_to(EYE[:, None, None, :], (N, 8, 8, N)).copy()  # image i is 1 in its own channel, 0 elsewhere


def shares(images):
    """How much of each image comes from each: the mean of channel j is the share of image j.  -> (b, N)"""
    return numpy(images).mean(axis=(1, 2))


def drawn(layer, times=6):
    """Images and labels of several calls, as {"images": (times, N, ...), "labels": ...}."""
    calls = [layer({"images": OWN.copy(), "labels": EYE.copy()}, training=True) for _ in range(times)]
    return {key: np.stack([numpy(call[key]) for call in calls]) for key in ("images", "labels")}


@pytest.mark.parametrize("layer", [keras.layers.MixUp(0.4, seed=1), CutMix(seed=1), CutMix((0.5, 1.0), seed=2)])
def test_labels_are_mixed_in_the_shares_of_the_images(layer):
    found = drawn(layer)
    for images, labels in zip(found["images"], found["labels"], strict=True):
        np.testing.assert_allclose(labels, shares(images), atol=1e-6)
        np.testing.assert_allclose(labels.sum(axis=1), 1.0, atol=1e-6)
    assert (found["labels"].max(axis=-1) < 0.99).mean() > 0.2, "hardly anything was mixed"
    assert len(np.unique(found["labels"].reshape(len(found["labels"]), -1), axis=0)) == len(found["labels"]), "frozen"


def test_keras_counts_the_area_of_a_fractional_rectangle_and_ours_its_pixels():
    ours, theirs = drawn(CutMix(seed=1)), drawn(keras.layers.CutMix(seed=1))
    np.testing.assert_array_equal(ours["images"], theirs["images"])
    off = [np.abs(b - shares(a)).max() for a, b in zip(theirs["images"], theirs["labels"], strict=True)]
    assert np.mean(off) > 0.05, f"Keras is off by {np.mean(off):.3f}: CutMix of ours can go"


def is_rectangle(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask.sum() == 0 or mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


def test_what_cutmix_pastes_is_one_rectangle():
    """Which of the two images lies on top cannot be seen; one of them must be a rectangle."""
    for image in drawn(CutMix(seed=4), times=3)["images"].reshape(-1, 8, 8, N):
        assert set(np.unique(image)) <= {0, 1}
        one = image[..., image.mean(axis=(0, 1)).argmax()] == 1
        assert is_rectangle(one) or is_rectangle(~one)


def test_without_training_and_on_a_single_image_nothing_is_mixed():
    batch = CutMix(seed=1)({"images": OWN.copy(), "labels": EYE.copy()}, training=False)
    np.testing.assert_array_equal(numpy(batch["images"]), OWN)
    np.testing.assert_array_equal(numpy(batch["labels"]), EYE)
    np.testing.assert_array_equal(numpy(CutMix(seed=1)(OWN[0])), OWN[0])


def epoch(batches):
    return [batches[i] for i in range(len(batches))]


def same(first, second):
    return all((a == b).all() for p, q in zip(first, second, strict=True) for a, b in zip(p, q, strict=True))


@pytest.mark.parametrize(
    "make", [lambda: keras.layers.MixUp(0.4), CutMix, lambda: keras.layers.RandomTranslation(0.3, 0.3)]
)
def test_a_batch_depends_on_seed_epoch_and_place_alone(make):
    batches = AugmentedBatches(OWN, np.arange(N), 5, make(), seed=7)
    first = epoch(batches)
    assert [len(x) for x, _ in first] == [5, 5, 2]
    assert same(first, epoch(batches)), "asked again, the batches differ"
    assert same(first[::-1], [batches[i] for i in (2, 1, 0)])
    assert not same(first[:1], [AugmentedBatches(OWN, np.arange(N), 5, make(), seed=8)[0]])
    batches.on_epoch_end()
    second = epoch(batches)
    assert not same(first, second), "two epochs are the same"
    fresh = AugmentedBatches(OWN, np.arange(N), 5, make(), seed=7)
    fresh.set_state(batches.get_state())
    assert same(second, epoch(fresh))


def test_each_image_comes_once_an_epoch_with_its_own_label():
    batches = AugmentedBatches(OWN, np.arange(N), 5, keras.layers.RandomBrightness(0.0, value_range=(0, 1)))
    images, labels = (np.concatenate(parts) for parts in zip(*epoch(batches), strict=True))
    assert sorted(labels.argmax(axis=1)) == list(range(N))
    np.testing.assert_allclose(shares(images), labels, atol=1e-6)
    assert labels.argmax(axis=1).tolist() != list(range(N)), "the order is not mixed"


def test_a_model_learns_from_mixed_batches():
    """The images are told apart by channel: the answer to a mixed image has to be its shares."""
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(N, "softmax")])
    model.compile(keras.optimizers.Adam(0.1), "categorical_crossentropy")
    seen = []

    class Watched(AugmentedBatches):
        def __getitem__(self, index):
            seen.append(super().__getitem__(index))
            return seen[-1]

    model.fit(Watched(OWN, np.arange(N), 6, CutMix()), epochs=25, verbose=0, shuffle=False)
    for images, labels in seen:
        np.testing.assert_allclose(shares(images), labels, atol=1e-6)
    assert len({images.tobytes() for images, _ in seen}) >= 16, "the same batch came twice"
    assert (numpy(model(OWN)).argmax(axis=1) == np.arange(N)).all()


@pytest.mark.parametrize(
    "x, y, classes, batch_size, message",
    [
        (OWN[..., 0], np.arange(N), None, 4, "images"),
        (OWN, np.arange(N - 1), None, 4, "same length"),
        (OWN, np.arange(N) - 1, None, 4, "from 0 up"),
        (OWN, np.arange(N), 5, 4, "below classes=5"),
        (OWN, np.arange(N) + 0.5, None, 4, "class numbers"),
        (OWN, EYE, 5, 4, "shares"),
        (OWN, np.arange(N), None, 0, "at least 1"),
    ],
)
def test_batches_refuse_what_they_cannot_mix(x, y, classes, batch_size, message):
    with pytest.raises(ValueError, match=message):
        AugmentedBatches(x, y, batch_size, keras.layers.MixUp(), classes)
