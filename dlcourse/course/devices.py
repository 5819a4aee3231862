"""Which devices Keras computes on."""


def devices():
    """Names of the devices of the active backend, for example ["gpu:0"]; ["cpu:0"] where there is no accelerator."""
    import keras

    if keras.backend.backend() == "torch":  # Keras lists no devices there: ask a tensor where it lies
        name = str(keras.ops.zeros(()).device)
        return [name.replace("cuda", "gpu") if ":" in name else f"{name}:0"]
    return list(keras.distribution.list_devices())
