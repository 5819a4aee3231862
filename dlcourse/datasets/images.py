"""The image sets: pixels as float32 in [0, 1], channels last."""

import io

import numpy as np

from dlcourse.datasets.store import read
from dlcourse.datasets.tables import split
from dlcourse.settings import nearest

SIZES = ("small", "full")


def digits(size="small"):
    """Handwritten digits as `(x_train, y_train), (x_test, y_test)`: x float32 in [0, 1], y `(n,)` int64 in 0..9.

    `size="small"` ships with the course: 1,347 and 450 images of shape (8, 8, 1), split as `datasets.split` says.
    `size="full"` is MNIST through Keras, 60,000 and 10,000 images of shape (28, 28, 1) in its own split; Keras
    downloads it once (11 MB), verifies its SHA-256 and keeps it.

    >>> (x_train, y_train), (x_test, y_test) = digits()
    >>> x_train.shape, x_test.shape
    ((1347, 8, 8, 1), (450, 8, 8, 1))

    Raises:
        ValueError: `size` is neither "small" nor "full".
        ConnectionError: MNIST is not on this machine and cannot be downloaded.
    """
    if size not in SIZES:
        raise ValueError(f"digits come in the sizes {SIZES}, got size={size!r}. {nearest(size, SIZES)}")
    return _mnist() if size == "full" else _small()


def _small():
    with np.load(io.BytesIO(read("digits.npz")), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    train, test = split("digits")
    return _pair(images[train], labels[train], 16), _pair(images[test], labels[test], 16)


def _mnist():
    from keras.datasets import mnist

    try:
        train, test = mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the download fails
        raise ConnectionError(
            f"digits(size='full') is MNIST, which needs a network the first time; loading it failed with: {error} "
            "Connect once and call it again, or use the default size='small', which ships with the course."
        ) from error
    return _pair(*train, 255), _pair(*test, 255)


def _pair(images, labels, top):
    """uint8 images (n, h, w) of 0..top and their labels -> float32 (n, h, w, 1) in [0, 1], int64 (n,)"""
    return (images.astype("float32") / top)[..., None], labels.astype("int64")
