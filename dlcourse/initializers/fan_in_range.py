"""Uniform weights within 2.4 / n_in, as LeNet-5 began."""

import keras
import numpy as np
from keras import ops

from dlcourse.initializers.fan_in_uniform import fans


@keras.saving.register_keras_serializable("dlcourse")
class FanInRange(keras.initializers.RandomUniform):
    """Uniform between -2.4 / n_in and 2.4 / n_in: narrower than the usual 1 / sqrt(n_in) from 6 inputs on.

    The weighted sum of n_in inputs grows as sqrt(n_in) where they are independent, and as n_in where they are alike;
    this range assumes the second, as neighbouring pixels are.

    Args:
        fan_in: n_in, a number, or one for each filter where they see different numbers of inputs; None takes it from
            the shape, as `fans` counts it.
        seed: as in Keras.

    Shapes:  any; a list `fan_in` goes along the last axis
    Range:   [-2.4 / n_in, 2.4 / n_in]
    Errors:  ValueError for a fan_in that is not of numbers > 0, or a list of another length than the last axis
    Source:  LeCun et al. 1998, appendix A

    >>> weights = keras.ops.convert_to_numpy(FanInRange(seed=0)((24, 100)))
    >>> bool(0.099 < abs(weights).max() <= 0.1)
    True
    """

    def __init__(self, fan_in=None, seed=None):
        super().__init__(-2.4, 2.4, seed)
        numbers = np.ravel(1.0 if fan_in is None else fan_in)
        if numbers.dtype.kind not in "iuf" or not numbers.size or not (numbers > 0).all() or np.ndim(fan_in or 0) > 1:
            raise ValueError(
                f"FanInRange: fan_in is the number of inputs of a unit, > 0, or one for each filter, got {fan_in!r}. "
                "None takes it from the shape."
            )
        self.fan_in = fan_in.tolist() if isinstance(fan_in, np.ndarray | np.generic) else fan_in

    def __call__(self, shape, dtype=None):
        fan_in = np.asarray(fans(shape)[0] if self.fan_in is None else self.fan_in, "float64")
        if fan_in.ndim and tuple(shape)[-1:] != fan_in.shape:
            raise ValueError(
                f"FanInRange has {len(fan_in)} numbers of inputs, one for each filter, but the weights have shape "
                f"{tuple(shape)}. Give as many as the last axis is long."
            )
        drawn = super().__call__(shape, dtype=dtype)
        return drawn / ops.cast(fan_in, drawn.dtype)

    def get_config(self):
        return {"fan_in": self.fan_in, "seed": super().get_config()["seed"]}
