"""What segmenters share: a classifier's feature maps to begin with, and scores as large as the image at the end."""

from keras import layers

from dlcourse.layers import ResizeLike
from dlcourse.models.registry import feature_maps


def encoded(x, row, **fixed):
    """Image (b, h, w, c) -> {"image": x, "C1": ..., "C5": ...}: the maps of the classifier `row.encoder`

    row.encoder_changes: fields of that classifier that are to differ; fixed: those that this architecture sets itself
    """
    return {"image": x, **feature_maps(row.encoder, x, **{**fixed, **row.encoder_changes})}


def encoded_densely(x, row):
    """`encoded`, with no map smaller than the image by more than `row.output_stride`"""
    return encoded(x, row, output_stride=row.output_stride)


def scores_like(x, image, classes, name="head_scores"):
    """A score a class and place, enlarged: (b, h, w, c), (b, H, W, .) -> (b, H, W, classes)"""
    x = layers.Conv2D(classes, 1, name=name)(x)
    return ResizeLike(name=f"{name}_enlarged")(x, image)
