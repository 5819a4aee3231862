"""Residual blocks: what ResNet, ResNeXt and the squeeze-and-excitation nets share."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import SqueezeExcite, ZeroChannels
from dlcourse.models.blocks.convolution import conv, conv_bn_relu, norm, pool
from dlcourse.models.checks import check_stages
from dlcourse.settings import nearest


@dataclass(frozen=True)
class Residual:
    """A row of a table of residual nets.

    depths: blocks in each stage; widths: filters of each stage (of the 3 x 3 in a bottleneck, which puts out four times
        as many); block: one of BLOCKS; stem: one of STEMS; shortcut: one of SHORTCUTS; groups, group_width: ResNeXt's
        cardinality, and filters of a group in the first stage; reduction: how much narrower the gate of a
        squeeze-and-excitation block is, 0 for none; output_stride: how many times smaller than the image the deepest
        map gets at most: beyond it a stage spreads the taps of its kernels instead of halving the map (Chen 2017,
        section 3.1); multi_grid: by how much more the blocks of the last stage are spread, () for none
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...] = (64, 128, 256, 512)
    block: str = "bottleneck"
    stem: str = "imagenet"
    stem_filters: int = 64
    shortcut: str = "projected"
    groups: int = 1
    group_width: int = 64
    reduction: int = 0
    output_stride: int = 32
    multi_grid: tuple[int, ...] = ()


def plain(x, filters, strides, row, name, rates=(1, 1)):
    """Two 3x3 convolutions, no shortcut (the rival in He 2015): (b, h, w, c) -> (b, h/strides, w/strides, filters)

    rates: pixels between the taps before the place where a block halves the map, and behind it
    """
    x = conv_bn_relu(x, filters, 3, strides, f"{name}_1", dilation_rate=rates[0])
    return conv_bn_relu(x, filters, 3, 1, f"{name}_2", dilation_rate=rates[1])


def basic(x, filters, strides, row, name, rates=(1, 1)):
    """Two 3x3 convolutions beside a shortcut: (b, h, w, c) -> (b, h/strides, w/strides, filters)"""
    y = conv_bn_relu(x, filters, 3, strides, f"{name}_1", dilation_rate=rates[0])
    y = norm(conv(y, filters, 3, 1, f"{name}_2", dilation_rate=rates[1]), f"{name}_2")
    return _join(SHORTCUTS[row.shortcut](x, filters, strides, name), y, row, name)


def bottleneck(x, filters, strides, row, name, rates=(1, 1)):
    """1x1, 3x3, 1x1 convolutions beside a shortcut: (b, h, w, c) -> (b, h/strides, w/strides, 4 * filters)

    The stride stands on the first 1x1, as in He 2015; PyTorch's nets have it on the 3x3 (known as v1.5). With groups
    (ResNeXt) the 3x3 has it, as in Xie 2017.
    """
    inner = filters * row.groups * row.group_width // 64
    first, second, rate = (1, strides, rates[0]) if row.groups > 1 else (strides, 1, rates[1])
    y = conv_bn_relu(x, inner, 1, first, f"{name}_1")
    y = conv_bn_relu(y, inner, 3, second, f"{name}_2", groups=row.groups, dilation_rate=rate)
    y = norm(conv(y, 4 * filters, 1, 1, f"{name}_3"), f"{name}_3")
    return _join(SHORTCUTS[row.shortcut](x, 4 * filters, strides, name), y, row, name)


def _join(shortcut, y, row, name):
    """ReLU of the sum; a squeeze-and-excitation net weighs the channels of `y` first (Hu 2018, figure 3)."""
    if row.reduction:
        y = SqueezeExcite(ratio=row.reduction, name=f"{name}_se")(y)
    x = layers.Add(name=f"{name}_add")([shortcut, y])
    return layers.ReLU(name=f"{name}_out")(x)


def _always_projected(x, filters, strides, name):
    """A 1x1 convolution and batch norm in every block (option C of He 2015)."""
    return norm(conv(x, filters, 1, strides, f"{name}_shortcut"), f"{name}_shortcut")


def _projected(x, filters, strides, name):
    """x itself where the shape stays, else a 1x1 convolution and batch norm (option B of He 2015)."""
    if strides == 1 and x.shape[-1] == filters:
        return x
    return _always_projected(x, filters, strides, name)


def _zero_padded(x, filters, strides, name):
    """x with every second pixel and new channels of zeros where the shape changes (option A of He 2015)."""
    if strides > 1:
        x = layers.MaxPooling2D(1, strides, name=f"{name}_shortcut_subsample")(x)
    return x if x.shape[-1] == filters else ZeroChannels(filters, name=f"{name}_shortcut_zeros")(x)


BLOCKS = {"plain": plain, "basic": basic, "bottleneck": bottleneck}
SHORTCUTS = {"zeros": _zero_padded, "projected": _projected, "always projected": _always_projected}
STEMS = {
    "imagenet": lambda x, filters: conv_bn_relu(x, filters, 7, 2, "stem"),
    "cifar": lambda x, filters: conv_bn_relu(x, filters, 3, 1, "stem"),
}


def residual_features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; for the small stem {"C0": ..., "C1": ..., "C2": ...}

    With an output stride, the levels beyond it keep their names and have the size of the last one before it. A kernel
    that would have halved the map keeps its taps, those behind it have theirs twice as far apart: the map at the
    places that are kept is that of the net without dilation.
    """
    check_stages(row)
    _check_choices(row)
    _check_dilation(row)
    x = STEMS[row.stem](x, row.stem_filters)
    small = row.stem == "cifar"
    pyramid = {} if small else {"C1": x}
    if not small:
        x = pool(x, 3, 2, "stem_pool")
    total, dilation = 1 if small else 4, 1
    for i, (depth, filters) in enumerate(zip(row.depths, row.widths, strict=True)):
        level, halves = i if small else i + 2, i > 0 and total < row.output_stride
        before = dilation
        total, dilation = (2 * total, dilation) if halves else (total, dilation * (2 if i > 0 else 1))
        for j in range(depth):
            name = f"stage{i + 1 if small else level}_block{j + 1}"
            spread = row.multi_grid[j] if row.multi_grid and i == len(row.depths) - 1 else 1
            rates = (spread * (before if j == 0 else dilation), spread * dilation)
            x = BLOCKS[row.block](x, filters, 2 if halves and j == 0 else 1, row, name, rates)
        pyramid[f"C{level}"] = x
    return pyramid


def _check_choices(row):
    for field, known in (("block", BLOCKS), ("stem", STEMS), ("shortcut", SHORTCUTS)):
        value = getattr(row, field)
        if value not in known:
            raise ValueError(f"A residual net has no {field} {value!r}. {nearest(value, known)}")


def _check_dilation(row):
    if row.output_stride not in (1, 2, 4, 8, 16, 32) or row.output_stride < (1 if row.stem == "cifar" else 4):
        raise ValueError(
            "A residual net keeps the size of its maps from output_stride on: 4, 8, 16, or 32 for never; with the "
            f"small stem also 1 or 2. Got {row.output_stride!r}."
        )
    if row.multi_grid and len(row.multi_grid) != row.depths[-1]:
        raise ValueError(
            f"multi_grid has one rate for each block of the last stage, got {row.multi_grid} for {row.depths[-1]} "
            "blocks. Give as many, or ()."
        )
