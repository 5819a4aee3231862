"""A shortcut to which a branch is added in part."""

import math

import keras


@keras.saving.register_keras_serializable("dlcourse")
class ScaledResidual(keras.layers.Layer):
    """x + scale * r: the sum of a shortcut x and a residual branch r, made small so that very wide nets stay stable.

    Args:
        scale: a fixed number; Inception-ResNet took 0.1 to 0.3. 1 is the plain sum of ResNet, 0 leaves r out.

    Shapes:  inputs (b, ..., c), residual of the same shape -> the same
    Errors:  ValueError for a scale that is not finite, or two shapes that differ
    Source:  Szegedy et al. 2017, section 3.3

    >>> import numpy as np
    >>> np.array(ScaledResidual(0.5)(np.ones((1, 2)), np.array([[2.0, 4.0]]))).tolist()
    [[2.0, 3.0]]
    """

    def __init__(self, scale=0.2, **kwargs):
        super().__init__(**kwargs)
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not math.isfinite(scale):
            raise ValueError(f"ScaledResidual: scale must be a finite number, got {scale!r}. The paper has 0.1 to 0.3.")
        self.scale = scale

    def build(self, inputs_shape, residual_shape):
        unlike = [a != b for a, b in zip(inputs_shape, residual_shape, strict=False) if None not in (a, b)]
        if len(inputs_shape) != len(residual_shape) or any(unlike[1:]):
            raise ValueError(
                f"ScaledResidual adds tensors of one shape, got {tuple(inputs_shape)} and {tuple(residual_shape)}. End "
                "the branch in a 1x1 convolution with as many filters as the shortcut has channels."
            )

    def call(self, inputs, residual):
        return inputs + self.scale * residual

    def compute_output_shape(self, inputs_shape, residual_shape):
        return inputs_shape

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: a product and a sum for each number."""
        return {"macs": 0, "other_ops": 2 * math.prod(output_shapes[0][1:])}

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
