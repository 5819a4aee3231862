"""A model whose one weight is minus the sum of all learning rates so far: it shows which rates really arrived."""

import keras
import numpy as np

from tests.contracts.backends import jit_compile, numpy

BATCHES = 2


def model(rate, optimizer=keras.optimizers.SGD):
    """y = w x with w = 0, loss = mean(y), fed with ones: every step of SGD takes the rate off w."""
    given = keras.Input((1,))
    out = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(given)
    ramp = keras.Model(given, out)
    ramp.compile(optimizer(rate), lambda y_true, y_pred: keras.ops.mean(y_pred), jit_compile=jit_compile())
    return ramp


def data(examples=1):
    """Ones, and targets that nobody reads."""
    return np.ones((examples, 1), "float32"), np.zeros((examples, 1), "float32")


def descended(ramp):
    """The sum of the rates of all steps."""
    return -float(numpy(ramp.layers[-1].kernel)[0, 0])


def rate(ramp):
    """The rate that the optimizer would use next."""
    return float(numpy(ramp.optimizer.learning_rate))


class Recorder(keras.callbacks.Callback):
    """Writes down the learning rate at the beginning of each batch; put it last in the list."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(rate(self.model))
