"""What makes scores of the deepest feature map."""

from keras import layers

from dlcourse.models.pyramid import deepest


def average_head(pyramid, variant, classes):
    """Global average pooling and one dense layer: the deepest map (b, h, w, c) -> scores (b, classes)"""
    x = layers.GlobalAveragePooling2D(name="head_pool")(deepest(pyramid))
    return layers.Dense(classes, name="head_scores")(x)


def dropout_head(pyramid, variant, classes):
    """average_head with dropout of `variant.dropout` of the averages: the deepest map (b, h, w, c) -> (b, classes)"""
    x = layers.GlobalAveragePooling2D(name="head_pool")(deepest(pyramid))
    x = layers.Dropout(variant.dropout, name="head_dropout")(x)
    return layers.Dense(classes, name="head_scores")(x)
