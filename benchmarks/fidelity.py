"""Every architecture against its published parameter count, and against its twin in keras.applications.

    python benchmarks/fidelity.py [NAME ...]

`ours` counts all parameters at the paper's size, `trained` those that are trained. Where keras.applications has the
net, its weights and running statistics are drawn at random and transplanted into ours, at two input sizes; `scores`
and `features` are the largest differences of the outputs over the largest output of the twin, the worse of the sizes.
"""

import argparse
import gc

import keras
import numpy as np

from dlcourse import models
from dlcourse.models.registry import find

SIZES = {"inception v3": (75, 96), "inception resnet": (75, 96), "xception": (71, 96), "vgg": (32, 65)}


def randomize(model):
    """`model` with random gains, biases, means and variances."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        shape = tuple(weight.shape)
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, shape))
        elif len(shape) == 1:
            weight.assign(rng.normal(scale=0.1, size=shape))
    return model


def stages(model):
    """What the head reads, and the scores, for two random images."""
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    head = (found or [layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)])[-1]
    image = np.random.default_rng(1).normal(size=(2, *model.input_shape[1:])).astype("float32")
    outputs = keras.Model(model.input, [head.input, model.output])(image)
    return [keras.ops.convert_to_numpy(output) for output in outputs]


def errors(entry):
    """The largest relative differences (features, scores) over two input sizes."""
    plain = {"include_preprocessing": False} if entry.name.startswith("MobileNetV3") else {}
    worst = [0.0, 0.0]
    for size in SIZES.get(entry.family.name, (64, 97)):
        options = {"input_shape": (size, size, 3), "classes": 50, "classifier_activation": None}
        source = randomize(getattr(keras.applications, entry.imagenet)(weights=None, **options, **plain))
        target = models.transplant(source, models.create(entry.name, **options))
        for i, (given, taken) in enumerate(zip(stages(source), stages(target), strict=True)):
            worst[i] = max(worst[i], float(np.abs(given - taken).max() / np.abs(given).max()))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these models")
    names = parser.parse_args().names or list(models.list_models()["name"])
    print(f"{'model':<20} {'ours':>12} {'trained':>12} {'row':>5}  {'features':>8}  {'scores':>8}  reference")
    for name in names:
        entry = find(name)
        model = models.create(name, classes=entry.classes)
        trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        equal = model.count_params() == entry.params and entry.trainable in (None, trained)
        found = [f"{error:.0e}" for error in errors(entry)] if entry.imagenet else ["", ""]
        counts = f"{entry.name:<20} {model.count_params():>12,} {trained:>12,} {'yes' if equal else 'NO':>5}"
        print(f"{counts}  {found[0]:>8}  {found[1]:>8}  {entry.reference}", flush=True)
        keras.backend.clear_session()
        gc.collect()


if __name__ == "__main__":
    main()
