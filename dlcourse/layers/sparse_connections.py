"""A convolution in which each output map sees only some of the input maps, as a table says."""

import math

import keras
import numpy as np
from keras import ops

from dlcourse.layers.pairs import pair

_THREE = [[i, (i + 1) % 6, (i + 2) % 6] for i in range(6)]
_FOUR = [[i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6] for i in range(6)]
_SPLIT = [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5]]


def lenet5_table():
    """LeNet-5's table for C3: which of the 6 maps of S2 (rows) each of the 16 maps of C3 (columns) sees.

    Six maps see three neighbours in a ring, six see four, three see two pairs, and one sees all: 60 of 96 pairs.

    Shapes:  -> (6, 16), integers 0 and 1
    Source:  LeCun et al. 1998, table I

    >>> lenet5_table().sum(axis=0).tolist()
    [3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6]
    """
    table = np.zeros((6, 16), int)
    for column, rows in enumerate([*_THREE, *_FOUR, *_SPLIT, range(6)]):
        table[list(rows), column] = 1
    return table


@keras.saving.register_keras_serializable("dlcourse")
class SparseConnections(keras.layers.Layer):
    """2D convolution between those pairs of maps that `table` connects; the other kernels do not exist.

    y_f = activation(bias_f + sum over the c with table[c, f] = 1 of x_c * kernel_cf)

    A grouped convolution is the table of blocks on the diagonal; a table of ones is `Conv2D`. Maps that see different
    inputs cannot become copies of each other, and parameters are saved. The kernels are stored without gaps and laid
    out into a dense one at each call, so that parameters are saved and time is not.

    Args:
        table: (c, filters) of 0 and 1 (or booleans); each column holds at least one 1.
        kernel_size: height and width of a kernel, one integer or a pair.
        strides: one integer or a pair.
        padding: "valid" or "same".
        activation: as of any Keras layer.
        kernel_initializer: draws the dense kernel (height, width, c, filters), of which the connected planes are kept.

    Shapes:  (b, h, w, c) -> (b, h', w', filters) as `Conv2D` has it; weights: kernel (height, width, connections),
             the pairs in the order of `np.argwhere(table)`, and bias (filters,)
    Errors:  NaN goes to the maps that see it (through a dense kernel's zeros to the others as well). ValueError for a
             table that is not (c, filters) of 0 and 1, an empty column, or images with another number of maps
    Source:  LeCun et al. 1998, section II.B, layer C3

    >>> layer = SparseConnections(lenet5_table(), kernel_size=5)
    >>> tuple(layer(np.ones((1, 14, 14, 6))).shape), layer.count_params()
    ((1, 10, 10, 16), 1516)
    """

    def __init__(
        self,
        table,
        kernel_size,
        strides=1,
        padding="valid",
        activation=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.table = _table(table)
        self.kernel_size = pair(kernel_size, "kernel_size", "SparseConnections")
        self.strides = pair(strides, "strides", "SparseConnections")
        if padding not in ("valid", "same"):
            raise ValueError(f"SparseConnections: padding must be 'valid' or 'same', got {padding!r}.")
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def filters(self):
        """Number of output maps."""
        return self.table.shape[1]

    def build(self, input_shape):
        c = self.table.shape[0]
        if len(input_shape) != 4 or input_shape[-1] != c:
            raise ValueError(
                f"SparseConnections: the table connects {c} input maps, so it takes images (b, h, w, {c}), got shape "
                f"{tuple(input_shape)}. Give the table a row for each input map."
            )
        rows, columns = np.nonzero(self.table)
        self._place = np.full(self.table.shape, len(rows), "int32")  # of an absent pair: the plane of zeros at the end
        self._place[rows, columns] = np.arange(len(rows))
        dense = (*self.kernel_size, *self.table.shape)

        def connected(shape, dtype=None):
            drawn = ops.reshape(self.kernel_initializer(dense, dtype=dtype), (*self.kernel_size, -1))
            return ops.take(drawn, np.flatnonzero(self.table).astype("int32"), axis=-1)

        self.kernel = self.add_weight(shape=(*self.kernel_size, len(rows)), initializer=connected, name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.built = True

    def dense_kernel(self):
        """The kernel as `Conv2D` would hold it, with zeros for absent pairs: (height, width, c, filters)"""
        padded = ops.pad(ops.convert_to_tensor(self.kernel), [(0, 0), (0, 0), (0, 1)])
        return ops.reshape(ops.take(padded, self._place.ravel(), axis=-1), (*self.kernel_size, *self.table.shape))

    def call(self, inputs):
        y = ops.conv(inputs, self.dense_kernel(), self.strides, self.padding, "channels_last")
        return self.activation(y + self.bias)

    def compute_output_shape(self, input_shape):
        b, *sides, _ = input_shape
        sides = [
            n if n is None else -(-(n if self.padding == "same" else n - k + 1) // s)
            for n, k, s in zip(sides, self.kernel_size, self.strides, strict=True)
        ]
        return b, *sides, self.filters

    def complexity(self, input_shapes, output_shapes):
        """What one example costs, for `dlcourse.complexity.profile`: the products of the pairs that are connected."""
        ((_, h, w, c),) = output_shapes
        macs = h * w * math.prod(self.kernel_size) * int(self.table.sum())
        curve = self.activation is not keras.activations.linear
        other = h * w * c * (1 + curve)
        return {"macs": macs, "other_ops": other, "kernel": self.kernel_size, "strides": self.strides}

    def get_config(self):
        return {
            **super().get_config(),
            "table": self.table.tolist(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def _table(table):
    try:
        array = np.asarray(table)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.ndim != 2 or array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all() or not array.size:
        raise ValueError(
            f"SparseConnections: table must be (input maps, output maps) of 0 and 1, got {np.shape(array)} of type "
            f"{array.dtype}. lenet5_table() is an example."
        )
    empty = np.flatnonzero(array.sum(axis=0) == 0)
    if len(empty):
        raise ValueError(
            f"SparseConnections: output maps {empty.tolist()} see no input map. Give each column of the table a 1."
        )
    return array.astype(int)
