"""The boundary loss: how far from the true outline the prediction puts its mass."""

import keras
from keras import ops

from dlcourse.losses.contour import ContourLoss
from dlcourse.ops.distance import signed_distance


@keras.saving.register_keras_serializable("dlcourse")
class Boundary(ContourLoss):
    """Boundary loss: the mean over all pixels of probability times signed distance to the target's outline.

    L(t, p) = mean of phi(t) p, a mean over the classes,  phi the signed distance of the target, negative inside

    Mass far outside costs much, mass deep inside earns much: so the loss is below 0 when things go well, and least,
    but not 0, at the target itself. Alone it is weak (all background is a place where it hardly slopes); the paper adds
    it to a region loss and lets its weight grow: `Compound`. Distances are computed here, on the accelerator, with the
    batch; see `ops.signed_distance`.

    Shapes:  y_true (b, h, w), (b, h, w, 1) or (b, h, w, k), y_pred (b, h, w, k), or with a third axis of space -> (b,),
             then `reduction`
    Args:    sampling: distance of neighbours along each axis of space, 1 without; options: those of `SegmentationLoss`
    Range:   any number, in the units of `sampling`, else in pixels
    Empty:   a class without target lies a diagonal of the image away, a class that covers all as deep inside; sums and
             means over nothing, or over ignored pixels only, are 0, without a gradient
    Errors:  those of `SegmentationLoss` and `ops.distance_transform`
    Source:  Kervadec et al. 2019, equation 5

    >>> import numpy as np
    >>> loss = Boundary()  # distances of -1, 1, 2 and 3
    >>> float(loss(np.array([[[1, 0, 0, 0]]]), np.array([[[[1.0], [0.0], [0.0], [1.0]]]])))  # (-1 + 3) / 4
    0.5
    """

    def __init__(self, sampling=None, **options):
        super().__init__(**options)
        self.sampling = None if sampling is None else list(sampling)

    def of_pixel(self, targets, p):
        return ops.cast(ops.stop_gradient(signed_distance(targets > 0.5, self.sampling)), p.dtype) * p

    def get_config(self):
        return {**super().get_config(), "sampling": self.sampling}
