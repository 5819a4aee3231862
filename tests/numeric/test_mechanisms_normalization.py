"""Batch normalisation does in `fit`, `evaluate` and `predict` what lessons say it does; frozen, it stays put."""

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from dlcourse.layers import freeze_batch_norm

RNG = np.random.default_rng(0)
X = (3 * RNG.normal(size=(64, 6)) + 1).astype("float32")
Y = RNG.integers(0, 3, size=64)
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def adam():
    return optimizers.AdamW(0.01, weight_decay=0.5)


def net(*more, compiled=True):
    """A dense net with one batch normalisation of its own and one in a nested model."""
    inner = keras.Sequential([keras.Input((5,)), layers.BatchNormalization(momentum=0.9, name="deep")], name="inner")
    first = layers.Dense(5, name="first")
    model = keras.Sequential([keras.Input((6,)), first, inner, *more, layers.Dense(3)])
    if compiled:
        model.compile(adam(), LOSS, metrics=["accuracy"])
    return model


def norms(model):
    return [layer for layer in model._flatten_layers() if isinstance(layer, layers.BatchNormalization)]


def held(model):
    """Everything that the batch normalisations hold: gamma, beta and both averages of each."""
    return [weight for norm in norms(model) for weight in norm.get_weights()]


def moved(before, model):
    return [not np.array_equal(a, b) for a, b in zip(before, held(model), strict=True)]


def fit(model, **more):
    first = model.get_layer("first").get_weights()[0]
    history = model.fit(X, Y, batch_size=16, verbose=0, **more).history
    assert not np.array_equal(first, model.get_layer("first").get_weights()[0])  # the rest trains
    return history


def test_statistics_move_in_training_and_inference_uses_them():
    model = net()
    z = X[:16] @ model.get_layer("first").get_weights()[0]
    model.fit(X[:16], Y[:16], batch_size=16, validation_data=(100 * X, Y), verbose=0)  # one training step
    gamma, beta, mean, variance = kept = held(model)
    np.testing.assert_allclose(mean, 0.1 * z.mean(0), rtol=1e-5, atol=1e-6)  # the rest of the batch mean
    np.testing.assert_allclose(variance, 0.9 + 0.1 * z.var(0), rtol=1e-5)
    model.evaluate(100 * X, Y, verbose=0)
    given = model.predict(X, verbose=0)
    assert not any(moved(kept, model))
    first, last = model.layers[0], model.layers[-1]
    z = gamma * (X @ first.get_weights()[0] + first.get_weights()[1] - mean) / np.sqrt(variance + 1e-3) + beta
    want = z @ last.get_weights()[0] + last.get_weights()[1]
    np.testing.assert_allclose(given, want, rtol=1e-4, atol=1e-5)
    alone = keras.ops.convert_to_numpy(model(X[:1], training=False))
    np.testing.assert_allclose(alone, given[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:A layer's `trainable` state")
@pytest.mark.parametrize("by", ["helper", "hand"])
@pytest.mark.parametrize("when", ["before compile", "after compile"])
def test_frozen_weights_and_statistics_stay_frozen(when, by):
    model = net(layers.BatchNormalization(name="top"), compiled=when == "after compile")
    if by == "helper":
        assert {layer.name for layer in freeze_batch_norm(model).layers} == {"top", "deep"}
    else:
        for norm in norms(model):
            norm.trainable = False
    if when == "before compile":
        model.compile(adam(), LOSS)
    start = held(model)
    fit(model, epochs=2)
    assert not any(moved(start, model)) and len(start) == 8


def values(optimizer):
    return {v.name: np.array(keras.ops.convert_to_numpy(v)) for v in optimizer.variables}


def test_after_a_fit_the_layers_stay_put_and_the_rest_goes_on(recwarn):
    model = net()
    fit(model)
    old, start = values(model.optimizer), held(model)
    assert any(moved(start, net()))
    model.optimizer.learning_rate = 0.003
    with freeze_batch_norm(model) as frozen:
        new = values(model.optimizer)
        assert len(old) - len(new) == 4  # two slots for gamma, two for beta
        assert new.pop("learning_rate") == pytest.approx(0.003) and new["iteration"] == 4
        assert all(np.array_equal(value, old[name]) for name, value in new.items())
        assert "accuracy" in fit(model)
        assert not any(moved(start, model)) and len(frozen.layers) == 1 and int(model.optimizer.iterations) == 8
        told = keras.ops.convert_to_numpy(model(X[:2], training=True))  # computed as in inference
        np.testing.assert_allclose(told, keras.ops.convert_to_numpy(model(X[:2], training=False)), rtol=1e-6)
    assert frozen.layers == []
    fit(model)
    assert all(moved(start, model))
    assert not [str(warning.message) for warning in recwarn if "trainable" in str(warning.message)]


def test_twice_is_once_and_what_was_frozen_before_stays_so():
    model = net(layers.BatchNormalization(name="top"))
    model.get_layer("inner").get_layer("deep").trainable = False
    first = freeze_batch_norm(model)
    optimizer = model.optimizer
    second = freeze_batch_norm(model)
    assert [layer.name for layer in first.layers] == ["top"] and second.layers == []
    second.undo()
    assert model.optimizer is optimizer and len(model.trainable_variables) == 4
    first.undo()
    first.undo()
    assert {norm.name: norm.trainable for norm in norms(model)} == {"top": True, "deep": False}


def test_what_was_excluded_from_weight_decay_stays_so():
    model, optimizer = net(compiled=False), optimizers.AdamW(0.5, weight_decay=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.get_layer("first").bias.assign(np.ones(5))
    model.compile(optimizer, LOSS)
    optimizer.build(model.trainable_variables)
    freeze_batch_norm(model)
    assert model.optimizer is not optimizer
    start = model.get_weights()
    model.optimizer.apply([keras.ops.zeros(v.shape) for v in model.trainable_variables], model.trainable_variables)
    np.testing.assert_allclose(model.get_weights()[1], 1)
    np.testing.assert_allclose(model.get_weights()[0], 0.5 * start[0], rtol=1e-6)


def test_a_frozen_model_saves_and_loads(tmp_path):
    model = net()
    model.optimizer.build(model.trainable_variables)
    freeze_batch_norm(model)
    model.optimizer.learning_rate = 0.25
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    here, there = (keras.ops.convert_to_numpy(m(X, training=True)) for m in (model, loaded))
    np.testing.assert_array_equal(here, there)
    assert not any(norm.trainable for norm in norms(loaded))
    assert len(loaded.optimizer.variables) == len(model.optimizer.variables)
    assert float(loaded.optimizer.learning_rate) == 0.25


def test_a_model_that_is_not_built_yet():
    model = keras.Sequential([layers.Dense(3), layers.BatchNormalization(), layers.Dense(2)])
    freeze_batch_norm(model)
    model.build((None, 4))
    assert len(model.trainable_variables) == 4


class Unregistered(optimizers.schedules.LearningRateSchedule):
    """A rate that Keras cannot read back from a config."""

    def __call__(self, step):
        return 0.01

    def get_config(self):
        return {}


def test_what_cannot_be_frozen_is_refused():
    with pytest.raises(ValueError, match="'plain' holds no BatchNormalization"):
        freeze_batch_norm(keras.Sequential([keras.Input((3,)), layers.LayerNormalization()], name="plain"))
    with pytest.raises(ValueError, match=r"keras.Model, got BatchNormalization"):
        freeze_batch_norm(layers.BatchNormalization())
    model = net(compiled=False)
    model.compile(optimizers.SGD(Unregistered()), LOSS)
    model.optimizer.build(model.trainable_variables)
    with pytest.raises(ValueError, match="register_keras_serializable, or freeze before"):
        freeze_batch_norm(model)
    assert all(norm.trainable for norm in norms(model))  # nothing was half done
