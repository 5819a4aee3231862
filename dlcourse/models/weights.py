"""Weights for a fresh model: from a file, or converted from keras.applications."""

import os
import socket
import warnings
from contextlib import contextmanager
from pathlib import Path

import keras

from dlcourse.models.transplant import transplant

SECONDS = 60  # of silence, after which a download counts as failed; Keras itself waits for ever


def check_weights(weights, twin, input_shape, name):
    """Raises ValueError unless there are such weights for a model; nothing is built or downloaded yet.

    weights: None, "imagenet" or a path; twin: the name of the same net in `keras.applications`, None without one;
    input_shape: (b, h, w, c)
    """
    if weights is None:
        return
    if not isinstance(weights, (str, os.PathLike)):
        raise ValueError(f'{name} takes weights=None, "imagenet" or a file, got {type(weights).__name__}.')
    if weights != "imagenet":
        if not Path(weights).is_file():
            raise ValueError(
                f'{name} takes weights=None, "imagenet" or a file that save_weights() wrote; there is no file '
                f"{str(weights)!r}."
            )
        return
    if twin is None:
        raise ValueError(
            f"There are no ImageNet weights for {name} in keras.applications, or its variant was changed. "
            'list_models() tells which models take weights="imagenet".'
        )
    if input_shape[-1] != 3:
        raise ValueError(
            f"ImageNet weights take images with 3 channels, {name} was given {input_shape[-1]}. "
            "Repeat a gray channel with keras.ops.repeat(x, 3, axis=-1)."
        )


def load(model, weights, twin):
    """`model` with `weights` in it: None leaves it fresh, "imagenet" converts those of the `twin`, else a file.

    Raises:
        ValueError: the weights are of another model; the first layer that does not fit is named.
        ConnectionError: ImageNet weights are not on this machine and cannot be downloaded.
    """
    if weights is None:
        return model
    if weights == "imagenet":
        return transplant(_download(twin, top=model.output_names[0] == "predictions"), model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras leaves a layer fresh with no more than a warning
            model.load_weights(weights)
    except Exception as error:  # Keras raises errors of several kinds
        raise ValueError(
            f"The weights in {weights} are not those of {model.name} for images of {model.input_shape[1:]}: {error} "
            "Build the model with the arguments that it was saved with."
        ) from error
    return model


def _download(twin, top):
    """The trained net of `keras.applications`; Keras keeps the file, and checks its hash whenever it is read."""
    plain = {"include_preprocessing": False} if twin.startswith("MobileNetV3") else {}
    try:
        with _patience():
            return getattr(keras.applications, twin)(weights="imagenet", include_top=top, **plain)
    except Exception as error:  # Keras raises a bare Exception when the download fails
        raise ConnectionError(
            f"The ImageNet weights of {twin} need a network the first time; loading them failed with: {error} "
            "Connect once and call it again, or use weights=None."
        ) from error


@contextmanager
def _patience():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
