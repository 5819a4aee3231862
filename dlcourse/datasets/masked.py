"""Pictures of cells and coins with a mask of each object, and a silhouette."""

import io

import numpy as np

from dlcourse.datasets.catalog import MASKED
from dlcourse.datasets.store import read
from dlcourse.settings import nearest


def cells(name="coins"):
    """A real grey picture and the mask of each object in it, `(image, instances)`; fresh copies at each call.

    "coins" are 24 Greek coins under uneven light, no two of which touch, 303 x 384 pixels; "cell" is one cell in a
    phase image, 256 x 256. The masks were not drawn by hand: classic image processing made them, as data/build.py
    shows, and they were looked at. For cells that touch, with an exact mask, see `touching_cells`.

    Shapes:  image (h, w, 1) float32 in [0, 1]; instances (h, w) uint8: 0 is background, 1, 2, ... the objects
    Source:  Brooklyn Museum (coins); Müller et al. 2018 (cell); both as scikit-image carries them

    >>> image, instances = cells("coins")
    >>> image.shape, instances.shape, int(instances.max())
    ((303, 384, 1), (303, 384), 24)

    Raises:
        ValueError: unknown name; the message names the nearest.
    """
    arrays = _arrays("cells", "instances", name)
    return (arrays["image"].astype("float32") / 255)[..., None], arrays["instances"]


def silhouette(name="horse"):
    """A shape as float32 (h, w, 1): 1 inside and 0 outside; a fresh copy at each call.

    "horse" is 328 x 400 pixels, a third of them horse, with legs and a tail as thin parts (Andreas Preuss, CC0).

    >>> horse = silhouette("horse")
    >>> horse.shape, sorted(set(horse.ravel().tolist()))
    ((328, 400, 1), [0.0, 1.0])

    Raises:
        ValueError: unknown name; the message names the nearest.
    """
    return _arrays("silhouette", "silhouette", name)["instances"].astype("float32")[..., None]


def _arrays(function, task, name):
    known = [row.name for row in MASKED.values() if row.task == task]
    if name not in known:
        raise ValueError(f"{function} knows no picture called {name!r}. {nearest(name, known)}")
    with np.load(io.BytesIO(read(MASKED[name].file)), allow_pickle=False) as file:
        return dict(file)
