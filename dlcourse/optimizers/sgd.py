"""Gradient descent with a momentum that may change from step to step."""

import keras
from keras import ops

from dlcourse.schedules.arguments import between


@keras.saving.register_keras_serializable("dlcourse")
class SGD(keras.optimizers.Optimizer):
    """Keras's SGD, but the momentum is a variable, as the learning rate is.

    velocity = momentum * velocity - rate * gradient
    w        = w + velocity                                   (nesterov: w + momentum * velocity - rate * gradient)

    In `keras.optimizers.SGD` the momentum is a Python number. TensorFlow and JAX bake it into the compiled step, where
    a change made later does nothing. Here `optimizer.momentum = 0.8` reaches the next step. As in Keras the velocity
    holds the rate, so a new rate scales what is added from now on and leaves what was added before.

    Args:    learning_rate, a float or a schedule; momentum in [0, 1]; nesterov; the other arguments of Keras's
             optimizers by name (weight_decay, clipnorm, ...)
    Errors:  ValueError for a momentum outside [0, 1], and what Keras raises
    Source:  Polyak 1964; Sutskever et al. 2013, eq. 1 to 4

    >>> optimizer = SGD(0.1, momentum=0.5)
    >>> w = keras.Variable([0.0])
    >>> for momentum in (0.5, 1.0):
    ...     optimizer.momentum = momentum
    ...     optimizer.apply([ops.ones(1)], [w])
    >>> round(float(w[0]), 3)  # -0.1, then 1.0 * -0.1 - 0.1
    -0.3
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, nesterov=False, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        start = between("SGD", "momentum", momentum, 0.0, 1.0)
        self._momentum = self.add_variable((), keras.initializers.Constant(start), name="momentum")
        self.nesterov = nesterov

    @property
    def momentum(self):
        """The momentum of the next step, a variable of shape ()."""
        return self._momentum

    @momentum.setter
    def momentum(self, value):
        self._momentum.assign(value)

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self._velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        velocity = self._velocities[self._get_variable_index(variable)]  # the lookup that Keras documents for this
        momentum = ops.cast(self._momentum, variable.dtype)
        step = ops.cast(gradient, variable.dtype) * ops.cast(learning_rate, variable.dtype)
        self.assign(velocity, velocity * momentum - step)
        self.assign_add(variable, velocity * momentum - step if self.nesterov else velocity)

    def get_config(self):
        momentum = float(ops.convert_to_numpy(self._momentum))
        return {**super().get_config(), "momentum": momentum, "nesterov": self.nesterov}
