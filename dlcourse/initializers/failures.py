"""Initial weights that do not work, each in its own way: for teaching, and for tests of tools that should notice."""

import math

import keras
from keras import initializers

from dlcourse.initializers.fan_in_uniform import fans


@keras.saving.register_keras_serializable("dlcourse")
class MisreadGlorot(initializers.VarianceScaling):
    """Normal with the STANDARD DEVIATION 2 / (n_in + n_out): Glorot's variance, misread, as many notes print it.

    Glorot and Bengio's normal form has the variance 2 / (n_in + n_out). Between layers of n units the misreading is
    sqrt(n) times too narrow, so that each layer passes on only 1 / n of the variance.

    Shapes:  any; n_in and n_out as `fans` counts them
    Range:   the whole line, standard deviation 2 / (n_in + n_out)
    Seed:    as in Keras; see `FanInUniform`
    Source:  the right form: Glorot & Bengio 2010, eq. 12

    >>> weights = keras.ops.convert_to_numpy(MisreadGlorot(seed=0)((300, 100)))
    >>> print(f"{weights.std():.4f}, where Glorot has {(2 / 400) ** 0.5:.4f}")
    0.0050, where Glorot has 0.0707
    """

    def __init__(self, seed=None):
        super().__init__(scale=1.0, mode="fan_avg", distribution="untruncated_normal", seed=seed)

    def __call__(self, shape, dtype=None):
        shrink = math.sqrt(2 / max(2, sum(fans(shape))))
        return super().__call__(shape, dtype) * shrink  # from the root of the variance to the variance itself

    def get_config(self):
        return {"seed": super().get_config()["seed"]}


def failures(seed=None):
    """A spectrum of initial weights that fail, from silence to noise: {name: initializer}, fresh ones at each call.

    | name              | weights                       | what goes wrong                                             |
    |-------------------|-------------------------------|-------------------------------------------------------------|
    | zero              | 0                             | tanh and ReLU: only the last bias has a gradient            |
    | constant          | 0.05                          | all units of a layer stay equal                             |
    | negative          | U(-0.1, 0)                    | ReLU: no unit of the second layer fires                     |
    | too small         | N(0, 0.01^2)                  | the signal fades layer by layer, forward and backward       |
    | Glorot misread    | `MisreadGlorot`               | the same, by mistaking a variance for a standard deviation  |
    | one for all       | GlorotUniform(seed=an int)    | every layer of one shape gets the same matrix               |
    | naive normal      | N(0, 1)                       | the signal grows by n_in a layer; tanh saturates            |

    Args:
        seed: an int for the same draws in each run, or None. All but "one for all" hold a `SeedGenerator`, so that
            each call of one object, hence each layer that shares it, draws anew.

    Raises:
        ValueError: `seed` is neither an int nor None.

    >>> sorted(failures(seed=0))[:3]
    ['Glorot misread', 'constant', 'naive normal']
    """
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError(f"failures draws from a seed that is an int or None, got {seed!r}. Pass a whole number.")

    def draw():
        return keras.random.SeedGenerator(seed)

    return {
        "zero": initializers.Zeros(),
        "constant": initializers.Constant(0.05),
        "negative": initializers.RandomUniform(-0.1, 0.0, seed=draw()),
        "too small": initializers.RandomNormal(stddev=0.01, seed=draw()),
        "Glorot misread": MisreadGlorot(seed=draw()),
        "one for all": initializers.GlorotUniform(seed=seed),
        "naive normal": initializers.RandomNormal(stddev=1.0, seed=draw()),
    }
