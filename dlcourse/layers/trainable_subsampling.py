"""Pooling as it was in 1998: a sum over a window, with a coefficient and a bias that are learned."""

import math

import keras
from keras import ops

from dlcourse.layers.pairs import pair

REDUCTIONS = ("sum", "average")


@keras.saving.register_keras_serializable("dlcourse")
class TrainableSubsampling(keras.layers.Layer):
    """Add up each window of a map, multiply by the map's coefficient, add the map's bias; then the activation.

    y_c = activation(coefficient_c * sum of x_c over the window + bias_c)

    Windows do not overlap. A small coefficient leaves the activation in its linear part, so that the layer blurs; a
    large one makes it a noisy OR or AND, by the bias. `AveragePooling2D` is the case reduction="average" with
    coefficient 1, bias 0 and no activation, where the windows fill the image.

    Args:
        pool_size: height and width of a window, one integer or a pair.
        reduction: "sum", as published, or "average", which is a sum whose coefficient is told in other units.
        activation: as of any Keras layer; the published one is a scaled tanh.
        coefficient_initializer, bias_initializer: of the two weights.

    Shapes:  (b, h, w, c) -> (b, h // p, w // q, c) for windows p x q, rows and columns left over dropped;
             weights: coefficient (c,), bias (c,)
    Errors:  NaN in a window gives NaN. ValueError for another rank, an image smaller than a window, a window that is
             not of positive integers, or an unknown reduction
    Source:  LeCun et al. 1998, section II.B, layers S2 and S4

    >>> import numpy as np
    >>> layer = TrainableSubsampling(coefficient_initializer=keras.initializers.Constant(0.5), bias_initializer="ones")
    >>> np.array(layer(np.arange(4.0).reshape(1, 2, 2, 1))).item()  # 0.5 * (0 + 1 + 2 + 3) + 1
    4.0
    """

    def __init__(
        self,
        pool_size=2,
        reduction="sum",
        activation=None,
        coefficient_initializer="ones",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.pool_size = pair(pool_size, "pool_size", "TrainableSubsampling")
        if reduction not in REDUCTIONS:
            raise ValueError(f"TrainableSubsampling: reduction must be one of {REDUCTIONS}, got {reduction!r}.")
        self.reduction = reduction
        self.activation = keras.activations.get(activation)
        self.coefficient_initializer = keras.initializers.get(coefficient_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise ValueError(
                f"TrainableSubsampling takes images (b, h, w, c) with a known c, got shape {tuple(input_shape)}."
            )
        for n, window in zip(input_shape[1:3], self.pool_size, strict=True):
            if n is not None and n < window:
                raise ValueError(
                    f"TrainableSubsampling: windows are {self.pool_size}, but the images (b, h, w, c) have shape "
                    f"{tuple(input_shape)}. Give larger images or take a smaller pool_size."
                )
        maps = (input_shape[-1],)
        self.coefficient = self.add_weight(shape=maps, initializer=self.coefficient_initializer, name="coefficient")
        self.bias = self.add_weight(shape=maps, initializer=self.bias_initializer, name="bias")
        self.built = True

    def call(self, inputs):
        pooled = ops.average_pool(inputs, self.pool_size, self.pool_size, "valid", "channels_last")
        if self.reduction == "sum":
            pooled = pooled * (self.pool_size[0] * self.pool_size[1])
        return self.activation(pooled * self.coefficient + self.bias)

    def compute_output_shape(self, input_shape):
        b, h, w, c = input_shape
        p, q = self.pool_size
        return b, h if h is None else h // p, w if w is None else w // q, c

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: one product an output, the coefficient's."""
        ((_, h, w, c),) = output_shapes
        window = math.prod(self.pool_size)
        curve = self.activation is not keras.activations.linear
        other = h * w * c * (window + 1 + curve)
        return {"macs": h * w * c, "other_ops": other, "kernel": self.pool_size, "strides": self.pool_size}

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "reduction": self.reduction,
            "activation": keras.activations.serialize(self.activation),
            "coefficient_initializer": keras.initializers.serialize(self.coefficient_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
