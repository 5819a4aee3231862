"""Adam with a beta_1 that may change from step to step."""

import keras
from keras import ops

from dlcourse.schedules.arguments import real


@keras.saving.register_keras_serializable("dlcourse")
class Adam(keras.optimizers.Adam):
    """Keras's Adam, but beta_1, its momentum, is a variable, as the learning rate is.

    In `keras.optimizers.Adam` beta_1 is a Python number. TensorFlow and JAX bake it into the compiled step, where a
    change made later does nothing. Here `optimizer.beta_1 = 0.85` reaches the next step. As in PyTorch, the bias
    correction 1 - beta_1 ** step takes the present beta_1 for all steps: after a few dozen it is 1 either way.

    Everything else is Keras's: the arguments, the numbers (to float32 rounding), and `weight_decay`, with which this is
    AdamW.

    Args:    as keras.optimizers.Adam; beta_1 a number in [0, 1)
    Errors:  ValueError for a beta_1 outside [0, 1), and what Keras raises
    Source:  Kingma & Ba 2015, algorithm 1

    >>> optimizer = Adam(0.1, beta_1=0.5)
    >>> optimizer.beta_1 = 0.75
    >>> optimizer.get_config()["beta_1"]
    0.75
    """

    @property
    def beta_1(self):
        """The decay of the mean gradient in the next step, a variable of shape ()."""
        return self._beta_1

    @beta_1.setter
    def beta_1(self, value):
        if hasattr(self, "_beta_1"):
            self._beta_1.assign(value)
            return
        start = real("Adam", "beta_1", value, "a number from 0 to below 1", lambda beta: 0 <= beta < 1)
        self._beta_1 = self.add_variable((), keras.initializers.Constant(start), name="beta_1")

    def get_config(self):
        return {**super().get_config(), "beta_1": float(ops.convert_to_numpy(self._beta_1))}
