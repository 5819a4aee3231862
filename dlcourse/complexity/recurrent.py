"""Costs of recurrent layers: a step's products, times the steps."""

from math import prod

from keras import layers

from dlcourse.complexity.cost import Cost

_PRODUCTS = {layers.SimpleRNNCell: 1, layers.GRUCell: 3, layers.LSTMCell: 4}  # gates and candidate
_ELEMENTWISE = {layers.SimpleRNNCell: 2, layers.GRUCell: 12, layers.LSTMCell: 13}  # biases, slopes, products a unit


def _recurrent(call):
    """`steps` times what the cell costs. None for a cell that is not known."""
    _, steps, *features = call.inputs[0]
    cell = call.layer.cell
    if len(features) != 1:
        return None
    return _over_steps(steps, cell, features[0])


def _over_steps(steps, cell, features):
    macs = other = 0
    for part in cell.cells if type(cell) is layers.StackedRNNCells else [cell]:
        kind = next((kind for kind in _PRODUCTS if isinstance(part, kind) and type(part).call is kind.call), None)
        if kind is None:
            return None
        macs += _PRODUCTS[kind] * part.units * (features + part.units)
        other += _ELEMENTWISE[kind] * part.units
        features = part.units
    return Cost(steps * macs, steps * other, "all")


def _convolutional(call):
    """An LSTM whose products with the input and with the state are convolutions. Its window grows with each step."""
    layer, (inputs, *_) = call.layer, call.inputs
    first = layer.data_format == "channels_first"
    channels = inputs[2] if first else inputs[-1]
    places = prod(call.outputs[0]) // layer.filters // (inputs[1] if layer.return_sequences else 1)
    taps = prod(layer.kernel_size) * (channels + layer.filters)  # the state has as many channels as filters
    units = inputs[1] * places * layer.filters
    return Cost(4 * units * taps, _ELEMENTWISE[layers.LSTMCell] * units, None)


RULES = {
    **dict.fromkeys((layers.LSTM, layers.GRU, layers.SimpleRNN, layers.RNN), _recurrent),
    **dict.fromkeys((layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D), _convolutional),
}
"""{class of Keras: its rule, Call -> Cost}; a rule may answer None: not known"""
