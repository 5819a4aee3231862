"""Images larger than a net can take, tile by tile."""

from itertools import product

import numpy as np

from dlcourse.complexity import profile


def predict_tiled(model, image, tile=None, overlap=None, batch_size=1):
    """The prediction of a segmenter for a large image, put together from tiles: the overlap-tile strategy.

    Every tile is predicted with `overlap / 2` pixels of context on each side, and only its middle is kept; beyond its
    border the image goes on as its mirror image. Where the context is as wide as what a pixel sees (the receptive
    field of `dlcourse.complexity.profile`), the seams are exact: the result is that of the whole image at once.
    A valid net cuts its context off by itself, and needs no further overlap.

    Args:
        model: images (b, h, w, c) -> maps (b, h', w', k), h' = h, or less by the same margin at every size.
        image: (h, w, c), or several of one size (b, h, w, c), NumPy.
        tile: height and width of a tile, with its context; the model's input size if that is fixed.
        overlap: pixels that neighbouring tiles share; if None, what the net cuts off, or a quarter of the tile.
        batch_size: tiles predicted at once.

    Returns:
        A float32 array (h, w, k), or (b, h, w, k).

    Tiles lie on the grid of the net's deepest map, so that each is halved where the whole image would be. Beside the
    border of the image a padded net sees mirrored pixels where it sees zeros in the whole image. What a pixel sees
    without limit, as the mean over the map in DeepLab v3, is that of its tile.

    Source:  Ronneberger, Fischer & Brox 2015, figure 2

    >>> import keras
    >>> x = keras.Input((None, None, 1))
    >>> model = keras.Model(x, keras.layers.AveragePooling2D(3, 1, padding="same")(x))
    >>> image = np.random.default_rng(0).random((70, 90, 1), "float32")
    >>> whole = keras.ops.convert_to_numpy(model(image[None]))[0]
    >>> tiled = predict_tiled(model, image, tile=40, overlap=8)
    >>> bool(np.abs(tiled - whole)[1:-1, 1:-1].max() < 1e-6)
    True

    Raises:
        ValueError: an image of another rank or number of channels, a tile that the model does not take, an overlap that
            leaves nothing of a tile or is less than what the net cuts off.
    """
    images = np.asarray(image, "float32")
    if images.ndim not in (3, 4) or 0 in images.shape:
        raise ValueError(f"predict_tiled takes an image (h, w, c) or several (b, h, w, c), got shape {images.shape}.")
    single, images = images.ndim == 3, images[None] if images.ndim == 3 else images
    if len(model.input_shape) != 4 or model.input_shape[-1] != images.shape[-1]:
        raise ValueError(
            f"{model.name} takes {model.input_shape}, the image has {images.shape[-1]} channels. Give it images of "
            f"{model.input_shape[-1]} channels."
        )
    tile = _tile_of(model, tile)
    margins = _margins(model, tile, overlap)
    predicted = np.stack([_one(model, x, tile, margins, batch_size) for x in images])
    return predicted[0] if single else predicted


def _tile_of(model, tile):
    """(h, w) of a tile."""
    fixed = model.input_shape[1:3]
    tile = fixed if tile is None else tile
    tile = tuple(tile) if isinstance(tile, (tuple, list)) else (tile, tile)
    whole = len(tile) == 2 and all(isinstance(n, (int, np.integer)) and n >= 1 for n in tile)
    if not whole or any(n not in (None, m) for n, m in zip(fixed, tile, strict=True)):
        raise ValueError(
            f"{model.name} takes images of {fixed[0]} x {fixed[1]} pixels, got tile={tile}. Give whole numbers, those "
            "of the model where it has them."
        )
    return tuple(int(n) for n in tile)


def _margins(model, tile, overlap):
    """(pixels that the net cuts off, context that is thrown away besides, pixels kept) on each axis."""
    if overlap is not None and (not isinstance(overlap, (int, np.integer)) or overlap < 0):
        raise ValueError(f"predict_tiled takes a whole number of pixels as overlap, at least 0, got {overlap!r}.")
    grid = _grid(model, tile)
    margins = []
    for size, out in zip(tile, model.compute_output_shape((1, *tile, model.input_shape[-1]))[1:3], strict=True):
        if out > size:
            raise ValueError(
                f"{model.name} makes {out} pixels of {size}; predict_tiled is for nets that keep the size."
            )
        cut = (size - out) // 2
        wanted = overlap if overlap is not None else (size - out or size // 4)
        extra = -(-max(0, (wanted + 1) // 2 - cut) // grid) * grid
        kept = (size - 2 * (cut + extra)) // grid * grid
        if kept < 1:
            raise ValueError(
                f"A tile of {size} pixels has nothing left: {model.name} cuts off {2 * cut}, {2 * extra} more are "
                f"context, and what is kept is a multiple of {grid}, the steps of its deepest map. Take a tile of at "
                f"least {2 * (cut + extra) + grid}, or less overlap."
            )
        margins.append((cut, extra, kept))
    return margins


def _grid(model, tile):
    """Pixels of the image between two places of the deepest map: on this grid a shifted tile gives shifted maps."""
    strides = [1]
    for row in profile(model, (*tile, model.input_shape[-1])).table["effective_stride"]:
        strides += [int(n) for n in np.ravel(row) if n == n and n <= min(tile) // 2]
    return max(strides)


def _one(model, image, tile, margins, batch_size):
    """The prediction for one image (h, w, c)."""
    counts = [-(-n // kept) for n, (_, _, kept) in zip(image.shape, margins, strict=False)]
    frame = []
    for size, count, length, (cut, extra, kept) in zip(image.shape, counts, tile, margins, strict=False):
        before = cut + extra
        frame.append((before, (count - 1) * kept + length - before - size))
    padded = np.pad(image, [*frame, (0, 0)], mode="reflect" if min(image.shape[:2]) > 1 else "edge")
    starts = list(product(*(range(0, n * kept, kept) for n, (_, _, kept) in zip(counts, margins, strict=True))))
    (_, top, height), (_, left, width) = margins
    whole = None
    for first in range(0, len(starts), batch_size):
        chosen = starts[first : first + batch_size]
        full = (chosen * batch_size)[:batch_size]  # one shape of batch, which is compiled once
        batch = np.stack([padded[y : y + tile[0], x : x + tile[1]] for y, x in full])
        maps = model.predict_on_batch(batch)[:, top : top + height, left : left + width]
        if whole is None:
            whole = np.empty((counts[0] * height, counts[1] * width, maps.shape[-1]), "float32")
        for (y, x), part in zip(chosen, maps, strict=False):
            whole[y : y + height, x : x + width] = part
    return whole[: image.shape[0], : image.shape[1]]
