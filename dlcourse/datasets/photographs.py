"""Single photographs: pixels as float32 in [0, 1], channels last."""

import io

import numpy as np

from dlcourse.datasets.catalog import PHOTOGRAPHS
from dlcourse.datasets.store import read
from dlcourse.settings import nearest


def photograph(name="camera"):
    """A grey photograph, free of rights (CC0), as float32 (h, w, 1) in [0, 1]; a fresh copy at each call.

    "camera" is a scene with a man, a tripod and buildings, 512 x 512 pixels; "brick", "grass" and "gravel" are
    textures of 256 x 256. One picture has no labels, and no training and test part.

    >>> photograph("camera").shape
    (512, 512, 1)

    Raises:
        ValueError: unknown name; the message names the nearest.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"there is no photograph called {name!r}. {nearest(name, PHOTOGRAPHS)}")
    with np.load(io.BytesIO(read(PHOTOGRAPHS[name].file)), allow_pickle=False) as file:
        return (file["image"].astype("float32") / 255)[..., None]
