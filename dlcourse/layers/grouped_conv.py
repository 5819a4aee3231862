"""Conv2D in groups, with a gradient that is quick on every backend."""

import keras

from dlcourse.ops.grouped_convolution import grouped_convolution


@keras.saving.register_keras_serializable("dlcourse")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D(groups=g)`: same arguments, weights, outputs and gradients, in another order of sums.

    A convolution in g groups cuts channels and filters into g parts and connects each part of the filters to its own
    part of the channels: g times fewer weights and multiplications. Keras's own form trains hundreds of times slower
    on TensorFlow and JAX without an accelerator than on PyTorch; this one keeps within 3 times its time
    (`benchmarks/grouped_convolution.py`). Weights can be copied from either layer to the other.
    Channels-first data is computed as Keras does.

    Shapes:  (b, h, w, c) -> (b, h', w', filters), as of Conv2D; kernel (kh, kw, c / groups, filters), bias (filters,)
    Errors:  ValueError, by Keras, where `groups` does not divide `filters` or the channels of the input
    Source:  Krizhevsky, Sutskever & Hinton 2012, section 3.5; Xie et al. 2017, figure 3(c)

    >>> layer = GroupedConv2D(8, 3, groups=4)
    >>> tuple(layer(keras.ops.ones((1, 5, 5, 8))).shape), tuple(layer.kernel.shape)
    ((1, 3, 3, 8), (3, 3, 2, 8))
    """

    def convolution_op(self, inputs, kernel):
        if self.data_format == "channels_first":
            return super().convolution_op(inputs, kernel)
        return grouped_convolution(inputs, kernel, self.groups, self.strides, self.padding, self.dilation_rate)
