"""Keras's optimizers with a momentum that may change while they train, as their learning rate may."""

from dlcourse.optimizers.adam import Adam
from dlcourse.optimizers.sgd import SGD

__all__ = ["SGD", "Adam"]
