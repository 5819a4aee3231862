"""Objects that break one promise each: the checks of the contracts have to notice."""

import keras
import numpy as np
from keras import ops

from dlcourse.initializers import FanInUniform
from dlcourse.losses import WestonWatkins
from tests.contracts.catalog import two_levels

registered = keras.saving.register_keras_serializable("broken")


class Scale(keras.layers.Layer):
    """y = gain * kernel * x, sound but for one thing: it is not registered."""

    def __init__(self, gain=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1],), "ones")

    def call(self, inputs):
        return inputs * self.kernel * self.gain

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "gain": self.gain}


@registered
class LosesGain(Scale):
    def get_config(self):
        return keras.layers.Layer.get_config(self)


class IdleWeight(Scale):
    def build(self, input_shape):
        super().build(input_shape)
        self.idle = self.add_weight((1,), "ones")


class WrongShape(Scale):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class AlwaysFloat32(Scale):
    def call(self, inputs):
        return ops.cast(super().call(inputs), "float32")


class HidesNan(Scale):
    def call(self, inputs):
        return ops.where(ops.isnan(inputs), 0.0, super().call(inputs))


class LeavesTheGraph(Scale):
    def call(self, inputs):
        return ops.convert_to_tensor(np.asarray(ops.convert_to_numpy(super().call(inputs))))


class Distance(keras.losses.Loss):
    """Euclidean distance, whose gradient is 0 / 0 where the prediction is right."""

    def call(self, y_true, y_pred):
        return ops.sqrt(ops.sum(ops.square(y_true - y_pred), axis=-1))


class WholeBatch(keras.losses.Loss):
    """A mean over the batch, which is 0 / 0 for an empty one."""

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))


class Twofold(WestonWatkins):
    def per_label(self, labels, y_pred):
        return 2.0 * super().per_label(labels, y_pred)


class AboveTheBatch(WestonWatkins):
    def per_label(self, labels, y_pred):
        return super().per_label(labels, y_pred) - ops.mean(y_pred)


class ForgetsWeights(WestonWatkins):
    def __call__(self, y_true, y_pred, sample_weight=None):
        return super().__call__(y_true, y_pred)


class ClipsNan(WestonWatkins):
    def per_label(self, labels, y_pred):
        return ops.nan_to_num(super().per_label(labels, y_pred), nan=0.0, posinf=1e6)


class DetachedLoss(WestonWatkins):
    def per_label(self, labels, y_pred):
        return super().per_label(labels, ops.stop_gradient(y_pred))


class NumpyInside(WestonWatkins):
    def per_label(self, labels, y_pred):
        return ops.convert_to_tensor(ops.convert_to_numpy(super().per_label(labels, y_pred)))


class NeverResets(keras.metrics.MeanSquaredError):
    def reset_state(self):
        pass


class LastBatch(keras.metrics.MeanSquaredError):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().reset_state()
        return super().update_state(y_true, y_pred, sample_weight=sample_weight)


class Unweighted(keras.metrics.MeanSquaredError):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(y_true, y_pred)


class Cosine(keras.optimizers.schedules.CosineDecay):
    """As Keras has it, but not registered."""


class PythonIf(Cosine):
    def __call__(self, step):
        return super().__call__(step) if step < 600 else ops.convert_to_tensor(0.03)


class Counts(Cosine):
    def __call__(self, step):
        self.calls = getattr(self, "calls", 0) + 1
        return super().__call__(ops.convert_to_tensor(self.calls))


class OffByOne(Cosine):
    def __call__(self, step):
        return super().__call__(step + 1)


@registered
class LosesSeed(FanInUniform):
    def get_config(self):
        return {name: value for name, value in super().get_config().items() if name != "seed"}


class HalfWidth(FanInUniform):
    def __call__(self, shape, dtype=None):
        return 0.5 * super().__call__(shape, dtype)


class ByTheLastAxis(keras.initializers.VarianceScaling):
    """Counts the units in place of the inputs of one."""

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(1 / 3, "fan_out", "uniform", seed, input_axes, output_axes)


class Float32Only(FanInUniform):
    def __call__(self, shape, dtype=None):
        return super().__call__(shape, "float32")


class Deaf(FanInUniform):
    """Draws from seed 7, whatever it is given."""

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(7, input_axes, output_axes)


class Restless(FanInUniform):
    """Draws anew at each call, where Keras draws the same again."""

    def __call__(self, shape, dtype=None):
        self.seed = getattr(self, "later", self.seed)
        self.later = 8
        return super().__call__(shape, dtype)


class LeavesRate(keras.callbacks.Callback):
    """Doubles the rate for the second epoch and says that it restores it."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer.learning_rate = 1.0


class Caches(keras.callbacks.LearningRateScheduler):
    def set_model(self, model):
        super().set_model(model)
        self.optimizer = model.optimizer


class OnlyOnce(keras.callbacks.LearningRateScheduler):
    used = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self.used:
            super().on_epoch_begin(epoch, logs)

    def on_train_end(self, logs=None):
        self.used = True


def idle_branch(shape):
    """`two_levels` with a layer whose weights reach no output."""
    model = two_levels(shape)
    unused = keras.layers.Conv2D(2, 1)(model.inputs[0])
    return keras.Model(model.inputs, {**model.output, "C0": 0.0 * unused})
