"""What every model refuses before it is built."""

from numbers import Integral


def check_input_shape(shape, least, model):
    """`shape` as a tuple `(h, w, c)`; a height or width of None is kept.

    Raises:
        ValueError: not three whole numbers, no channel, channels first, or smaller than `least`.
    """
    expected = f"{model} takes input_shape=(height, width, channels), channels last"
    if not isinstance(shape, (tuple, list)) or len(shape) != 3:
        raise ValueError(f"{expected}, such as (224, 224, 3); got {shape!r}.")
    height, width, channels = shape
    if not all(_is_count(n) or n is None for n in (height, width)) or not _is_count(channels):
        raise ValueError(f"{expected}: whole numbers of at least 1, height and width possibly None; got {shape!r}.")
    if height in (1, 3) and min(width or channels, channels) > 4:
        raise ValueError(
            f"{expected}; {shape!r} reads as channels first. Pass ({width}, {channels}, {height}) and move the axis of "
            "the data with keras.ops.transpose(x, (0, 2, 3, 1))."
        )
    small = [n for n in (height, width) if n is not None and n < least]
    if small:
        raise ValueError(
            f"{model} is too deep for an image of {height} x {width}: it needs at least {least} x {least}. "
            "Enlarge the images with keras.ops.image.resize, or take away stages."
        )
    return (height, width, channels)


def check_classes(classes, model):
    """Raises ValueError unless `classes` is a whole number of at least 1."""
    if not _is_count(classes):
        raise ValueError(f"{model} needs a whole number of classes, at least 1; got classes={classes!r}.")


def check_stages(row):
    """Raises ValueError unless a row has as many widths as depths, and a whole number of blocks in each stage."""
    if len(row.depths) != len(row.widths) or not row.depths or min(row.depths) < 1:
        raise ValueError(
            f"A residual net has one depth, of at least 1, and one width a stage, got depths={row.depths} and "
            f"widths={row.widths}. Give both the same length."
        )


def least_image(row):
    """The image, in pixels a side, of which a residual net leaves one: the strides of stem and stages multiplied."""
    return (1 if row.stem == "cifar" else 4) * 2 ** (len(row.depths) - 1)


def _is_count(n):
    return isinstance(n, Integral) and not isinstance(n, bool) and n >= 1
