"""A model's loss as a pure function of its weights."""

from keras import ops, tree


def loss_of_weights(model, loss, x, y, training=False):
    """The mean loss of `model` on (x, y), as a function of its trainable weights: what `ops.autodiff` differentiates.

    fn = loss_of_weights(model, loss, x, y);  fn(weights) is a scalar, weights a list like model.trainable_variables

    Shapes:  x (b, ...), y (b, ...), or what the model takes and the loss compares; fn: list of tensors -> ()
    Args:    loss is a keras.losses.Loss or a function (y, predictions) -> (b, ...) or (), whose mean is taken;
             training=True runs dropout and batch statistics, with the same random numbers at each call (on PyTorch
             only where the layer has a seed: Keras leaves an unseeded Dropout to PyTorch's own generator)
    State:   no variable of the model is changed; the non-trainable ones enter with their values at the call of fn
    Left out: regularisation and losses that layers add
    Errors:  ValueError where the model has no weights yet

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> fn = loss_of_weights(model, keras.losses.MeanSquaredError(), np.ones((4, 2)), np.zeros((4, 1)))
    >>> float(fn(model.trainable_variables))
    4.0
    """
    if not model.built or not model.trainable_variables:
        raise ValueError(
            f"the model {model.name!r} has no trainable weights. Build it: give it a keras.Input, or call it once."
        )
    x, y = tree.map_structure(ops.convert_to_tensor, (x, y))

    def fn(weights):
        fixed = [ops.convert_to_tensor(variable) for variable in model.non_trainable_variables]
        predictions, _ = model.stateless_call(list(weights), fixed, x, training=training)
        return ops.mean(loss(y, predictions))

    return fn
