"""Oxford-IIIT Pet: cats and dogs with the outline of each, the full-scale counterpart of the generated scenes."""

import operator
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image

from dlcourse.datasets.archive import unpack
from dlcourse.datasets.download import fetch
from dlcourse.settings import home, nearest

SITE = "https://thor.robots.ox.ac.uk/~vgg/data/pets/"
SHA256 = {  # as TensorFlow Datasets publishes them for this site; 791,918,971 and 19,173,078 bytes
    "images.tar.gz": "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
    "annotations.tar.gz": "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
}
LISTS = {"train": "trainval.txt", "test": "test.txt"}
LABELS = np.array([255, 1, 0, 255], "uint8")  # of the trimap's 1 pet, 2 background, 3 border; it has no 0


def pets(split="train", size=128, n=None):
    """Photographs of cats and dogs and which pixels are pet, `(images, labels)`, from the Oxford-IIIT Pet data set.

    `split="train"` are the 3,680 pictures of its list "trainval", `split="test"` the 3,669 of "test". The first call
    downloads 811 MB, verifies the SHA-256 of both archives and unpacks them into `DLCOURSE_HOME/data`; later ones
    need no network. Pictures are squeezed to a square, bilinearly and with a filter as wide as the step; labels take
    the nearest pixel. The border that the trimap leaves open is 255, to be ignored: `ignore_class=255`.

    Args:
        split: "train" or "test".
        size: height and width in pixels. All of "train" at 128 take 0.72 GB.
        n: only so many pictures, spread evenly over the list, which goes by breeds; all of them unless given.

    Shapes:  images (n, size, size, 3) float32 in [0, 1]; labels (n, size, size) uint8: 0 background, 1 pet, 255 ignore
    Source:  Parkhi, Vedaldi, Zisserman & Jawahar 2012, "Cats and dogs"; licence CC BY-SA 4.0

    >>> pets(split="val")
    Traceback (most recent call last):
    ValueError: the splits of pets are ('train', 'test'), got split='val'. Known: train, test.

    Raises:
        ValueError: unknown split, size or n under 1, n over the length of the list, or an archive with another hash.
        ConnectionError: the archives are not on this machine and cannot be downloaded.
    """
    if split not in LISTS:
        raise ValueError(f"the splits of pets are {tuple(LISTS)}, got split={split!r}. {nearest(split, LISTS)}")
    size, n = _whole("size", size), n if n is None else _whole("n", n)
    notes, pictures = _folder("annotations.tar.gz"), _folder("images.tar.gz")
    names = [line.split()[0] for line in (notes / LISTS[split]).read_text("utf-8").splitlines() if line.strip()]
    if n is not None and n > len(names):
        raise ValueError(f"pets(split={split!r}) has {len(names)} pictures, got n={n}. Ask for fewer, or for n=None.")
    n = len(names) if n is None else n
    images, labels = np.empty((n, size, size, 3), "float32"), np.empty((n, size, size), "uint8")
    for i, at in enumerate(np.arange(n) * len(names) // n):
        images[i] = _pixels(pictures / f"{names[at]}.jpg", size, "RGB", Image.Resampling.BILINEAR)
        labels[i] = LABELS[_pixels(notes / "trimaps" / f"{names[at]}.png", size, None, Image.Resampling.NEAREST)]
    images /= 255
    return images, labels


def _folder(archive) -> Path:
    """The folder of an archive's content, downloaded and unpacked the first time."""
    name = archive.partition(".")[0]
    folder = home() / "data" / f"pets-{SHA256[archive][:16]}"  # another archive would get another folder
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not folder.is_dir():  # another process may have been faster
                unpack(fetch(SITE + archive, SHA256[archive], name=f"pets-{archive}"), folder)
    return folder / name


def _pixels(path, size, mode, how):
    """The picture as (size, size) or (size, size, 3) uint8; a few files are PNG or GIF under the name .jpg."""
    with Image.open(path) as file:
        picture = file.convert(mode) if mode else file
        return np.asarray(picture.resize((size, size), how))


def _whole(name, value):
    try:
        value = operator.index(value)
    except TypeError:
        raise ValueError(f"pets needs a whole number for {name}, got {value!r}.") from None
    if value < 1:
        raise ValueError(f"pets needs {name} >= 1, got {value}.")
    return value
