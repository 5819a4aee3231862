"""What the Inception nets share around their modules: stem, stages, head, and the least image they take."""

from dataclasses import replace

from dlcourse.models.blocks.inception import Conv, Pool, chain, module
from dlcourse.models.pyramid import deepest


def unpadded_stem(x, strides, last, build):
    """Convolutions and a pool, hardly padded: image (b, h, w, c) -> {"C1": ..., "C2": ..., "C3": ...}

    At 299 x 299 the maps are 147, 71 and 35 wide.

    strides: of the first convolution, the first pool and of `last`, 2 in the papers; a level that is not halved is not
    counted; last: the step that ends the stem
    """
    first, second, third = strides
    groups = (
        (Conv(32, 3, first, "valid"), Conv(32, 3, 1, "valid"), Conv(64, 3)),
        (Pool("max", second, "valid"), Conv(80), Conv(192, 3, 1, "valid")),
        (replace(last, strides=third),),
    )
    pyramid = {}
    for i, (steps, level) in enumerate(zip(groups, levels(strides), strict=True), start=1):
        x = pyramid[f"C{level}"] = chain(x, steps, f"stem_{i}_", build)
    return pyramid


def levels(strides):
    """How often the image was halved after each of `strides`, each 1 or 2.

    >>> levels((2, 1, 2))
    [1, 1, 2]
    """
    return [sum(stride == 2 for stride in strides[: i + 1]) for i in range(len(strides))]


def grow(pyramid, stages, build, gate=None):
    """Add to `pyramid` a level for each of `stages`, which are sequences of modules; returns it.

    The modules of the first stage keep the size of the deepest map there is; the first module of each later stage
    halves it. `gate(x, name)` is applied to what each module puts out.
    """
    level, x = int(list(pyramid)[-1][1:]), deepest(pyramid)
    for i, modules in enumerate(stages):
        for j, chains in enumerate(modules, start=1):
            name = f"stage{i + 3}_block{j}"
            x = module(x, chains, name, build)
            x = gate(x, name) if gate else x
        pyramid[f"C{level + i}"] = x
    return pyramid


def least_unpadded(row):
    """The least side of an image that leaves one pixel after the unpadded 3 x 3 windows of stem and reductions.

    row.stem_strides: those of `unpadded_stem`; for (2, 2, 2) it is 75
    """
    first, second, third = row.stem_strides
    side = 1
    for strides in (2, 2, third, 1, second, 1, first):
        side = (side - 1) * strides + 3
    return side
