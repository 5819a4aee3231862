"""Inception-ResNet v1 and v2: Inception modules as the branches of a residual net (Szegedy et al. 2016)."""

from dataclasses import dataclass

from keras import layers

from dlcourse.layers import ScaledResidual
from dlcourse.models.blocks.heads import dropout_head
from dlcourse.models.blocks.inception import Conv, Pool, chain, module, unit
from dlcourse.models.blocks.inception_net import least_unpadded, unpadded_stem
from dlcourse.models.pyramid import deepest
from dlcourse.models.registry import Family


@dataclass(frozen=True)
class InceptionResidual:
    """version: one of VERSIONS, which hold the modules; width: what all numbers of filters are multiplied by; depths:
    residual modules in stages 3, 4 and 5; scales: what the branches of each stage are multiplied by before they are
    added; stem_strides: of the first convolution and the two steps of the stem that halve the map; dropout: before the
    scores
    """

    version: str = "v2"
    width: float = 1.0
    depths: tuple[int, int, int] = (10, 20, 10)
    scales: tuple[float, float, float] = (0.17, 0.1, 0.2)
    stem_strides: tuple[int, int, int] = (2, 2, 2)
    dropout: float = 0.2


@dataclass(frozen=True)
class Version:
    """stem: the step that ends the stem; entry: modules before stage 3; modules: the residual ones of the three stages;
    reductions: those that halve the map before stages 4 and 5; last: filters of a 1x1 convolution after stage 5, if
    any, and then stage 5 ends in a plain sum, neither scaled nor rectified
    """

    stem: Conv | Pool
    entry: tuple
    modules: tuple
    reductions: tuple
    last: int | None = None


def _module_a(*double):
    """1x1, 3x3, and two 3x3 (figures 10 and 16); double: filters of the two."""
    return ((Conv(32),), (Conv(32), Conv(32, 3)), (Conv(32), *(Conv(filters, 3) for filters in double)))


def _one_sided(first, size, chain):
    """1x1, and 1 x size with size x 1 behind a 1x1 (figures 11, 13, 17 and 19); chain: filters of the three."""
    reduce, wide, high = chain
    return ((Conv(first),), (Conv(reduce), Conv(wide, (1, size)), Conv(high, (size, 1))))


def _reduction_a(reduce, middle, last):
    """Figure 7 with the k, l, m of table 1 (n is 384)."""
    return (
        (Conv(384, 3, 2, "valid"),),
        (Conv(reduce), Conv(middle, 3), Conv(last, 3, 2, "valid")),
        (Pool("max", 2, "valid"),),
    )


def _reduction_b(second, third):
    """Figures 12 and 18; second, third: filters of the second and of the third chain of convolutions."""
    return (
        (Conv(256), Conv(384, 3, 2, "valid")),
        (Conv(256), Conv(second, 3, 2, "valid")),
        (Conv(256), Conv(second, 3), Conv(third, 3, 2, "valid")),
        (Pool("max", 2, "valid"),),
    )


# The v2 whose weights the authors published is larger than the one in their paper: twice the modules, and instead of
# the stem of Inception v4 that of v3 with one module more. This is the published one.
VERSIONS = {
    "v1": Version(
        stem=Conv(256, 3, 2, "valid"),
        entry=(),
        modules=(_module_a(32, 32), _one_sided(128, 7, (128, 128, 128)), _one_sided(192, 3, (192, 192, 192))),
        reductions=(_reduction_a(192, 192, 256), _reduction_b(256, 256)),
    ),
    "v2": Version(
        stem=Pool("max", 2, "valid"),
        entry=(
            (
                (Conv(96),),
                (Conv(48), Conv(64, 5)),
                (Conv(64), Conv(96, 3), Conv(96, 3)),
                (Pool("average"), Conv(64)),
            ),
        ),
        modules=(_module_a(48, 64), _one_sided(192, 7, (128, 160, 192)), _one_sided(192, 3, (192, 224, 256))),
        reductions=(_reduction_a(256, 256, 384), _reduction_b(288, 320)),
        last=1536,
    ),
}


def residual(x, chains, scale, name, build, activate=True):
    """relu(x + scale * conv1x1(module(x))): the shape stays. The 1x1 has a bias and no batch norm (section 3.2)."""
    y = module(x, chains, name, build)
    y = layers.Conv2D(x.shape[-1], 1, name=f"{name}_linear")(y)
    x = ScaledResidual(scale, name=f"{name}_add")(x, y)
    return layers.ReLU(name=f"{name}_out")(x) if activate else x


def features(x, row):
    """Image (b, h, w, c) -> {"C1": ..., "C5": ...}, 147, 71, 35, 17 and 8 pixels wide at 299"""
    if row.version not in VERSIONS:
        raise ValueError(f"Inception-ResNet has the versions {list(VERSIONS)}, got version={row.version!r}.")
    version, build = VERSIONS[row.version], unit(row.width)
    pyramid = unpadded_stem(x, row.stem_strides, version.stem, build)
    level, x = int(list(pyramid)[-1][1:]), deepest(pyramid)
    before = (version.entry, *((reduction,) for reduction in version.reductions))
    for i, (entry, chains) in enumerate(zip(before, version.modules, strict=True)):
        stage = f"stage{i + 3}"
        for opening in entry:
            x = module(x, opening, f"{stage}_block1", build)
        for j in range(row.depths[i]):
            plain = version.last and i == 2 and j == row.depths[i] - 1
            scale = 1.0 if plain else row.scales[i]
            x = residual(x, chains, scale, f"{stage}_block{j + 1 + len(entry)}", build, activate=not plain)
        pyramid[f"C{level + i}"] = x
    if version.last:
        pyramid[f"C{level + 2}"] = chain(x, (Conv(version.last),), "head_conv", build)
    return pyramid


FAMILY = Family(
    "inception resnet",
    features,
    dropout_head,
    input_shape=(299, 299, 3),
    least=least_unpadded,
    source="Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual Connections, 2016, figure 15",
)

InceptionResNetV1 = FAMILY.define(
    "InceptionResNetV1",
    InceptionResidual("v1", depths=(5, 10, 5)),
    params=22769848,
    trainable=22742808,
    reference="the paper's layers, counted by formula",
)
"""Inception-ResNet as costly as Inception v3, which it learns faster than."""
InceptionResNetV2 = FAMILY.define(
    "InceptionResNetV2",
    InceptionResidual("v2"),
    params=55873736,
    trainable=55813192,
    reference="keras.applications, batch normalization without gamma",
    imagenet="InceptionResNetV2",
)
"""Inception-ResNet as costly as Inception v4 in the paper; here with the modules of the published weights."""
