"""Parts of the nets before batch normalization: convolutions with a bias, and wide dense layers with dropout."""

from keras import layers

from dlcourse.layers import GroupedConv2D
from dlcourse.models.pyramid import deepest


def conv_biased(x, filters, kernel, name, activation="relu", **options):
    """Convolution with bias and activation, padded "same" unless told otherwise: (b, h, w, c) -> (b, h', w', filters)

    options: `strides`, `padding` and `groups`, as of `keras.layers.Conv2D`
    """
    kind = GroupedConv2D if options.get("groups", 1) > 1 else layers.Conv2D
    return kind(filters, kernel, **{"padding": "same", **options}, activation=activation, name=name)(x)


def dense_head(pyramid, row, classes):
    """Two wide layers with dropout and the scores: the deepest map (b, h, w, c) -> scores (b, classes)

    row.units, row.activation: of the wide layers; row.dropout: the share of their outputs silenced in training
    """
    x = layers.Flatten(name="head_flatten")(deepest(pyramid))
    for i in (1, 2):
        x = layers.Dense(row.units, activation=row.activation, name=f"head_dense{i}")(x)
        x = layers.Dropout(row.dropout, name=f"head_dropout{i}")(x)
    return layers.Dense(classes, name="head_scores")(x)
