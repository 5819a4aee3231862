"""Channels of zeros, so that a narrow tensor can be added to a wide one."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlcourse")
class ZeroChannels(keras.layers.Layer):
    """Appends channels of zeros until there are `channels`: a shortcut without weights.

    Shapes:  (b, ..., c) -> (b, ..., channels)
    Source:  He et al. 2015, option A of section 4.1

    >>> tuple(ZeroChannels(3)(ops.ones((1, 2, 1))).shape)
    (1, 2, 3)

    Raises:
        ValueError: `channels` is no whole number of at least 1, or less than the input has.
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(channels, int) or channels < 1:
            raise ValueError(f"ZeroChannels needs a whole number of channels, at least 1, got {channels!r}.")
        self.channels = channels

    def call(self, inputs):
        missing = self.channels - inputs.shape[-1]
        if missing < 0:
            raise ValueError(
                f"ZeroChannels({self.channels}) can only widen, the input has {inputs.shape[-1]} channels already. "
                "Give at least as many."
            )
        return ops.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, missing]])

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.channels)

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: nothing is computed."""
        return {"macs": 0}

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}
