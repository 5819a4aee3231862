"""What regularises does so in training and not in inference, in `fit` and in a training step of one's own."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlcourse.ops import compiled, loss_of_weights, value_and_grad
from dlcourse.regularizers import GroupLasso
from tests.contracts.backends import numpy

ONES = np.ones((200, 50), "float32")
NOISY = [layers.Dropout, layers.GaussianNoise, layers.GaussianDropout, layers.AlphaDropout]


@pytest.mark.parametrize("cls", NOISY)
def test_noise_is_off_in_predict_evaluate_and_a_plain_call_and_on_in_training(cls):
    model = keras.Sequential([keras.Input((50,)), cls(0.4, seed=1)])
    model.compile(loss="mse")
    for quiet in (model(ONES), model.predict(ONES, verbose=0), model(ONES, training=False)):
        np.testing.assert_array_equal(numpy(quiet), ONES)
    assert model.evaluate(ONES, ONES, verbose=0) == 0
    noisy = numpy(model(ONES, training=True))
    assert (noisy != ONES).mean() > 0.3
    assert (noisy != numpy(model(ONES, training=True))).any(), "the same mask twice"


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_silences_a_share_of_the_units_and_scales_the_rest(rate):
    found = numpy(layers.Dropout(rate, seed=1)(ONES, training=True))
    np.testing.assert_allclose(np.unique(found), [0, 1 / (1 - rate)], rtol=1e-6)
    share = (found == 0).mean()
    assert abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / found.size)
    assert abs(found.mean() - 1) < 5 * np.sqrt(rate / (1 - rate) / found.size), "the mean is not kept"


def test_dropout_is_on_in_fit():
    """With all units dropped but a few, training sees other outputs than inference: the reported loss differs."""
    model = keras.Sequential([keras.Input((50,)), layers.Dropout(0.5, seed=1)])
    head = layers.Dense(1, kernel_initializer="ones", use_bias=False)
    model.add(head)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    target = 50 * ONES[:, :1]
    assert model.evaluate(ONES, target, verbose=0) == pytest.approx(0, abs=1e-6)
    trained = model.fit(ONES, target, epochs=1, verbose=0).history["loss"][0]
    assert trained == pytest.approx(50, rel=0.4), "the variance of 50 units, each 0 or 2"


def test_a_dropout_line_on_its_own_adds_nothing():
    def net(connected):
        inputs = keras.Input((50,))
        x = layers.Dense(20, "relu")(inputs)
        dropped = layers.Dropout(0.5)(x)
        return keras.Model(inputs, layers.Dense(3)(dropped if connected else x))

    for connected in (True, False):
        model = net(connected)
        kinds = [type(layer).__name__ for layer in model.layers]
        differs = (numpy(model(ONES, training=True)) != numpy(model(ONES))).any()
        assert ("Dropout" in kinds) == differs == connected


# Validation losses of six epochs; the weight is set to the epoch's number, so that it says which one came back.
CASES = [
    ("patience runs out", [3.0, 1.0, 2.0, 2.0, 2.0, 0.5], 2, True, 1),
    ("the epochs end first", [3.0, 1.0, 2.0, 2.0, 2.0, 2.0], 9, True, 1),
    ("the last epoch is best", [3.0, 2.5, 2.0, 1.5, 1.0, 0.5], 2, True, 5),
    ("the first epoch is best", [1.0, 2.0, 2.0, 2.0, 2.0, 2.0], 2, True, 0),
    ("restoring is not asked for", [3.0, 1.0, 2.0, 2.0, 2.0, 0.5], 2, False, 3),
]


class Script(keras.callbacks.Callback):
    """Sets the weight to the epoch's number and reports a validation loss of its own."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([np.full((1, 1), epoch, "float32")])
        logs["val_loss"] = self.losses[epoch]


@pytest.mark.parametrize(
    ("losses", "patience", "restore", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_early_stopping_brings_back_the_best_weights(losses, patience, restore, expected):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    stop = keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=restore)
    model.fit(ONES[:4, :1], ONES[:4, :1], epochs=6, verbose=0, callbacks=[Script(losses), stop])
    assert float(model.get_weights()[0].item()) == expected


PENALTIES = {
    "L2": (keras.regularizers.L2(0.1), lambda w: 0.2 * w),
    "L1": (keras.regularizers.L1(0.1), lambda w: 0.1 * np.sign(w)),
    "ours": (GroupLasso(0.1), lambda w: 0.1 * np.sqrt(len(w)) * w / np.linalg.norm(w, axis=0)),
}


def penalised(penalty):
    """A linear model, and data whose loss has no slope: only the penalty can move the kernel."""
    layer = layers.Dense(3, kernel_regularizer=penalty, use_bias=False)
    model = keras.Sequential([keras.Input((4,)), layer])
    layer.kernel.assign(np.random.default_rng(0).normal(size=(4, 3)))
    return model, layer, np.zeros((5, 4), "float32"), np.zeros((5, 3), "float32")


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_reaches_the_gradient_in_fit(name):
    penalty, slope = PENALTIES[name]
    model, layer, x, y = penalised(penalty)
    before = numpy(layer.kernel)
    model.compile(keras.optimizers.SGD(0.5), "mse")
    model.fit(x, y, verbose=0)
    np.testing.assert_allclose(numpy(layer.kernel), before - 0.5 * slope(before), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_reaches_the_gradient_of_a_training_step_that_adds_it(name):
    """`stateless_call` hands the penalties out only when asked; a step that forgets to ask trains without them."""
    penalty, slope = PENALTIES[name]
    model, _, x, y = penalised(penalty)
    weights = [numpy(v) for v in model.trainable_variables]

    def with_penalty(w):
        fixed = [ops.convert_to_tensor(v) for v in model.non_trainable_variables]
        outputs, _, penalties = model.stateless_call(w, fixed, x, training=True, return_losses=True)
        return ops.mean(ops.square(ops.subtract(outputs, y))) + sum(penalties)

    step = compiled(lambda w: value_and_grad(with_penalty, w)[1])
    (found,) = step(weights)
    np.testing.assert_allclose(numpy(found), slope(weights[0]), rtol=1e-5, atol=1e-6)
    (without,) = value_and_grad(loss_of_weights(model, keras.losses.MeanSquaredError(), x, y), weights)[1]
    np.testing.assert_array_equal(numpy(without), 0.0)


def test_an_activity_penalty_is_averaged_over_the_batch_and_is_there_in_training():
    layer = layers.Dense(3, kernel_initializer="ones", activity_regularizer=keras.regularizers.L1(0.1))
    model = keras.Sequential([keras.Input((4,)), layer])
    for rows in (2, 10):
        model(ONES[:rows, :4])
        assert float(numpy(sum(model.losses))) == pytest.approx(0.1 * 3 * 4, rel=1e-5)


def test_a_max_norm_constraint_holds_after_every_step():
    limit = keras.constraints.MaxNorm(1.5, axis=0)
    layer = layers.Dense(3, kernel_constraint=limit, kernel_initializer=keras.initializers.Constant(2.0))
    model = keras.Sequential([keras.Input((4,)), layer])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    rng = np.random.default_rng(0)
    for _ in range(3):
        model.train_on_batch(rng.normal(size=(8, 4)).astype("float32"), 10 * ONES[:8, :3])
        lengths = np.linalg.norm(numpy(layer.kernel), axis=0)
        assert (lengths <= 1.5 * (1 + 1e-5)).all() and lengths.max() > 1.4
