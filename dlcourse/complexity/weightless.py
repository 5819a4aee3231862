"""Costs of the layers without products: activations, normalisation, merges, reshapes, and what rests at inference."""

from fractions import Fraction
from math import prod

from keras import layers

from dlcourse.complexity.cost import Cost, as_tuple


def each(operations):
    """The rule of a layer that spends so many operations on each output number."""
    return lambda call: Cost(0, operations * sum(prod(shape) for shape in call.outputs))


def _merging(call):
    """One operation less than there are inputs."""
    return Cost(0, prod(call.outputs[0]) * (len(call.inputs) - 1))


def _average(call):
    return Cost(0, prod(call.outputs[0]) * len(call.inputs))


def reshaping(call):
    """Moves numbers. Whoever flattens a map sees all of it; other moves keep the window only where positions stay."""
    before, after = call.inputs[0], call.outputs[0]
    if len(after) == 2 and after[0] == 1:
        return Cost(0, 0, "all" if len(before) > 2 else 1)
    same = before[:-1] == after[: len(before) - 1] or prod(before[:-1]) == prod(after[:-1])
    return Cost(0, 0, 1 if same or len(before) == 2 else None)


def _permuted(call):
    dims = call.layer.dims
    return Cost(0, 0, 1 if dims == tuple(range(1, len(dims) + 1)) or len(dims) < 3 else None)


def _upsampling(call):
    layer = call.layer
    sizes = as_tuple(layer.size, len(call.inputs[0]) - 2)
    smooth = getattr(layer, "interpolation", "nearest") != "nearest"
    return Cost(0, 3 * prod(call.outputs[0]) if smooth else 0, 1 + smooth, tuple(Fraction(1, size) for size in sizes))


def _resizing(call):
    before, after = call.inputs[0][1:-1], call.outputs[0][1:-1]
    smooth = call.layer.interpolation != "nearest"
    strides = tuple(Fraction(n, m) for n, m in zip(before, after, strict=True))
    return Cost(0, 3 * prod(call.outputs[0]), 1 + smooth, strides)


def _names(*names):
    return [getattr(layers, name) for name in names]


_AUGMENTATION = (
    "AugMix AutoContrast CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter "
    "RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale "
    "RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness "
    "RandomShear RandomTranslation RandomZoom"
).split()
_NOISE = "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D"
_PADDING = [f"{kind}{n}D" for kind in ("Cropping", "ZeroPadding") for n in (1, 2, 3)]

RULES = {
    **dict.fromkeys(_names(*_AUGMENTATION, *_NOISE.split(), "SpatialDropout3D"), each(0)),  # these rest at inference
    **dict.fromkeys(_names("Identity", "Masking", "InputLayer", "CenterCrop", "RepeatVector", *_PADDING), each(0)),
    **dict.fromkeys(_names("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU"), each(1)),
    layers.Softmax: each(3),
    **dict.fromkeys(_names("BatchNormalization", "Normalization", "Rescaling"), each(2)),  # one factor, one offset
    layers.LayerNormalization: each(7),
    layers.GroupNormalization: each(7),
    layers.RMSNormalization: each(4),
    layers.UnitNormalization: each(3),
    **dict.fromkeys(_names("Add", "Maximum", "Minimum", "Multiply", "Subtract"), _merging),
    layers.Average: _average,
    layers.Concatenate: each(0),
    **dict.fromkeys(_names("Flatten", "Reshape"), reshaping),
    layers.Permute: _permuted,
    **dict.fromkeys(_names("UpSampling1D", "UpSampling2D", "UpSampling3D"), _upsampling),
    layers.Resizing: _resizing,
}
"""{class of Keras: its rule, Call -> Cost}"""
