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
        squeeze-and-excitation block is, 0 for none
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


def plain(x, filters, strides, row, name):
    """Two 3x3 convolutions, no shortcut (the rival in He 2015): (b, h, w, c) -> (b, h/strides, w/strides, filters)"""
    x = conv_bn_relu(x, filters, 3, strides, f"{name}_1")
    return conv_bn_relu(x, filters, 3, 1, f"{name}_2")


def basic(x, filters, strides, row, name):
    """Two 3x3 convolutions beside a shortcut: (b, h, w, c) -> (b, h/strides, w/strides, filters)"""
    y = conv_bn_relu(x, filters, 3, strides, f"{name}_1")
    y = norm(conv(y, filters, 3, 1, f"{name}_2"), f"{name}_2")
    return _join(SHORTCUTS[row.shortcut](x, filters, strides, name), y, row, name)


def bottleneck(x, filters, strides, row, name):
    """1x1, 3x3, 1x1 convolutions beside a shortcut: (b, h, w, c) -> (b, h/strides, w/strides, 4 * filters)

    The stride stands on the first 1x1, as in He 2015; PyTorch's nets have it on the 3x3 (known as v1.5). With groups
    (ResNeXt) the 3x3 has it, as in Xie 2017.
    """
    inner = filters * row.groups * row.group_width // 64
    first, second = (1, strides) if row.groups > 1 else (strides, 1)
    y = conv_bn_relu(x, inner, 1, first, f"{name}_1")
    y = conv_bn_relu(y, inner, 3, second, f"{name}_2", groups=row.groups)
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
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}; for the small stem {"C0": ..., "C1": ..., "C2": ...}"""
    check_stages(row)
    _check_choices(row)
    x = STEMS[row.stem](x, row.stem_filters)
    small = row.stem == "cifar"
    pyramid = {} if small else {"C1": x}
    if not small:
        x = pool(x, 3, 2, "stem_pool")
    for i, (depth, filters) in enumerate(zip(row.depths, row.widths, strict=True)):
        level = i if small else i + 2
        for j in range(depth):
            strides = 2 if j == 0 and i > 0 else 1
            x = BLOCKS[row.block](x, filters, strides, row, f"stage{i + 1 if small else level}_block{j + 1}")
        pyramid[f"C{level}"] = x
    return pyramid


def _check_choices(row):
    for field, known in (("block", BLOCKS), ("stem", STEMS), ("shortcut", SHORTCUTS)):
        value = getattr(row, field)
        if value not in known:
            raise ValueError(f"A residual net has no {field} {value!r}. {nearest(value, known)}")
