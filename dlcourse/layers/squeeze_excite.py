"""Squeeze and excitation: channels that are weighed by what the whole map holds."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class SqueezeExcite(keras.layers.Layer):
    """Multiply each channel by a gate between 0 and 1 that two small dense layers read off the means of all channels.

    s = mean of x over the image (squeeze),  y = x * gate(W2 activation(W1 s + b1) + b2) (excitation)

    The squeeze is the global average. The gates depend on the input, so that a channel may count in one image and not
    in the next; they are the same at all places of an image.

    Args:
        ratio: how many times narrower than the input the hidden layer is: max(1, c // ratio) units.
        units: the width of the hidden layer itself, in place of `ratio`.
        activation: of the hidden layer.
        gate_activation: "sigmoid" as published, "hard_sigmoid" as in MobileNetV3.
        kernel_initializer: of both kernels.

    Shapes:  (b, ..., c) -> the same; weights in `squeeze` (c, units), (units,) and `excite` (units, c), (c,)
    Errors:  ValueError for a ratio or units below 1, or an input without an axis to average over
    Source:  Hu, Shen & Sun 2018, eq. 2 to 4; hard_sigmoid: Howard et al. 2019, section 5

    >>> layer = SqueezeExcite(ratio=4)
    >>> tuple(layer(ops.ones((2, 5, 5, 8))).shape), layer.count_params()  # 8 * 2 + 2, 2 * 8 + 8
    ((2, 5, 5, 8), 42)
    """

    def __init__(
        self,
        ratio=16,
        units=None,
        activation="relu",
        gate_activation="sigmoid",
        kernel_initializer="he_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, size in (("ratio", ratio), ("units", 1 if units is None else units)):
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise ValueError(
                    f"SqueezeExcite: {name} must be an integer >= 1, got {size!r}. The paper has ratio 16."
                )
        self.ratio, self.units = ratio, units
        self.activation = keras.activations.get(activation)
        self.gate_activation = keras.activations.get(gate_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        if len(input_shape) < 3 or input_shape[-1] is None:
            raise ValueError(
                f"SqueezeExcite averages over the places of a map (b, ..., c) with a known c, got {tuple(input_shape)}."
            )
        c = input_shape[-1]
        units = self.units or max(1, c // self.ratio)
        self.squeeze = self._dense(units, self.activation, "squeeze")
        self.excite = self._dense(c, self.gate_activation, "excite")
        self.squeeze.build((None, c))
        self.excite.build((None, units))

    def call(self, inputs):
        places = tuple(range(1, len(inputs.shape) - 1))
        gates = self.excite(self.squeeze(ops.mean(inputs, axis=places)))  # (b, c)
        for axis in places:
            gates = ops.expand_dims(gates, axis)
        return inputs * gates

    def compute_output_shape(self, input_shape):
        return input_shape

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`."""
        ((_, *places, c),) = output_shapes
        units, size = self.squeeze.units, c
        for n in places:
            size *= n
        return {"macs": 2 * c * units, "other_ops": 2 * size + 2 * (units + c), "kernel": "all"}

    def get_config(self):
        return {
            **super().get_config(),
            "ratio": self.ratio,
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "gate_activation": keras.activations.serialize(self.gate_activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }

    def _dense(self, units, activation, name):
        initializer = self.kernel_initializer.clone()  # each kernel draws its own numbers
        return keras.layers.Dense(units, activation, kernel_initializer=initializer, dtype=self.dtype_policy, name=name)
