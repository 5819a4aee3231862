"""Batch normalisation that stays as it is while the rest of a model trains, as fine-tuning on little data wants it."""

from collections import defaultdict, deque

import keras
from keras import ops
from keras.layers import BatchNormalization


class FrozenBatchNorm:
    """What `freeze_batch_norm` froze: `layers`, those that were not frozen before.

    `undo()` lets them train again; the end of a `with` block calls it. A second `undo()` does nothing.
    """

    def __init__(self, model, layers):
        self.model, self.layers = model, layers

    def undo(self):
        """Let the layers train again, from the weights and averages that they were frozen with."""
        _set_trainable(self.model, self.layers, True)
        self.layers = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.undo()


def freeze_batch_norm(model):
    """Freeze every `BatchNormalization` in `model`, at any depth: its averages, gamma and beta stay put in `fit`.

    A frozen layer also computes in training as in inference, from its moving averages, so that a batch of 2 serves as
    well as one of 256. All else trains on. Call it when you like, before or after `build`, `compile` or a `fit`.

    After a fit `trainable = False` alone does not do it: TensorFlow goes on with the training step that it has
    compiled, which moves the layer, and JAX stops with an error, because the optimizer was built for more weights.
    Here the model is compiled again as it was, and an optimizer that has made steps is replaced by a copy for the
    weights that are left, with the same settings, step and slots: take `model.optimizer` afresh. A model of another
    name that holds the same layers is to be compiled again by you.

    Returns:
        a `FrozenBatchNorm`, with `.layers`, `.undo()` and use in `with`. On a model that is already frozen it changes
        nothing, and its `.layers` is empty.

    Raises:
        ValueError: `model` is no keras.Model, or holds no batch normalisation.

    >>> x = keras.Input((4,))
    >>> model = keras.Model(x, BatchNormalization(name="norm")(keras.layers.Dense(3)(x)))
    >>> frozen = freeze_batch_norm(model)
    >>> [layer.name for layer in frozen.layers], len(model.trainable_variables)
    (['norm'], 2)
    >>> frozen.undo()
    >>> len(model.trainable_variables)
    4
    """
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"expected a keras.Model, got {type(model).__name__}. For one layer set layer.trainable = False."
        )
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, BatchNormalization)]
    if not norms:
        raise ValueError(
            f"the model {model.name!r} holds no BatchNormalization, so there is nothing to freeze. Other "
            "normalisations keep no averages; freeze their weights by layer.trainable = False."
        )
    awake = [layer for layer in norms if layer.trainable]
    _set_trainable(model, awake, False)
    return FrozenBatchNorm(model, awake)


def _set_trainable(model, layers, trainable):
    """Set the flag of the layers; a compiled model is compiled again, with all that it was compiled with."""
    old = getattr(model, "optimizer", None)
    used = bool(layers) and old is not None and old.built
    new = _unbuilt_copy(old) if used else old  # first, for it can fail
    for layer in layers:
        layer.trainable = trainable
    if used:
        new.build(model.trainable_variables)
        _carry_over(old, new)
    if layers and model.compiled:
        kept = {**model._compile_config.config, "optimizer": new}
        keras.Model.compile(model, **kept, auto_scale_loss=False)  # `new` scales the loss by now, where it is to


def _unbuilt_copy(optimizer):
    try:
        copy = type(optimizer).from_config(optimizer.get_config())
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the optimizer {optimizer.name!r} has trained and cannot be copied from its config ({error}). Register "
            "its classes with keras.saving.register_keras_serializable, or freeze before the first fit."
        ) from error
    for name in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern"):  # not in the config
        if hasattr(optimizer, name):
            setattr(copy, name, getattr(optimizer, name))
    return copy


def _carry_over(old, new):
    """Give each variable of `new` the value of its namesake in `old`. Those without one keep their start."""
    known = defaultdict(deque)
    for variable in old.variables:
        known[variable.name, tuple(variable.shape)].append(variable)
    for variable in new.variables:
        namesakes = known[variable.name, tuple(variable.shape)]
        if namesakes:
            variable.assign(ops.copy(namesakes.popleft()))  # JAX gives up the old one's memory in fit
