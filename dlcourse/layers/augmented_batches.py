"""A data source that augments images and their labels together, for `fit` on every backend."""

import math

import keras
import numpy as np


class AugmentedBatches(keras.utils.PyDataset):
    """Mixed-up batches (images, one-hot labels) of x and y, run through an augmentation layer of Keras.

    A layer inside a model sees images only. MixUp and CutMix also have to mix the labels, in the same shares, so they
    belong into the data: `model.fit(AugmentedBatches(x, y, 32, keras.layers.MixUp()), epochs=5)`. Class numbers become
    rows of shares, for `CategoricalCrossentropy`; a layer that leaves labels alone leaves them one-hot.

    Batch i of epoch e depends on nothing but seed, e and i: the order is drawn anew for each epoch, the layer's
    generators are set before each batch, and a batch can be asked for in any order and again.

    Shapes:  x (n, h, w, c), y (n,) class numbers or (n, k) shares -> ceil(n / batch_size) pairs (b, h, w, c), (b, k),
             float32; the last may be smaller
    State:   `get_state()` and `set_state(state)`: the epoch. `fit` moves it by `on_epoch_end`, once also before it
             begins; by default it mixes the order of the batches too, which `fit(..., shuffle=False)` leaves alone
    Errors:  ValueError for x that are no images, labels of another length or out of range, or a batch size below 1
    Source:  mixup: Zhang et al. 2018; CutMix: Yun et al. 2019

    >>> x, y = np.zeros((10, 8, 8, 1), "float32"), np.arange(10)
    >>> batches = AugmentedBatches(x, y, 4, keras.layers.MixUp(0.4), classes=10)
    >>> [(images.shape, labels.shape) for images, labels in (batches[0], batches[2])]
    [((4, 8, 8, 1), (4, 10)), ((2, 8, 8, 1), (2, 10))]
    """

    def __init__(self, x, y, batch_size, layer, classes=None, seed=0):
        super().__init__()
        self.x, self.y = np.asarray(x, "float32"), _shares(np.asarray(y), classes)
        if self.x.ndim != 4 or len(self.x) != len(self.y):
            raise ValueError(
                f"AugmentedBatches takes images (n, h, w, c) and as many labels, got x {self.x.shape} and "
                f"y {self.y.shape}. Add an axis for the channel, or cut both to the same length."
            )
        if isinstance(batch_size, bool) or int(batch_size) != batch_size or batch_size < 1:
            raise ValueError(f"a batch holds a whole number of images, at least 1, got batch_size={batch_size!r}.")
        self.batch_size, self.layer, self.classes, self.seed = int(batch_size), layer, classes, seed
        self.epoch = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.x))
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        self._set_generators(index)
        batch = self.layer({"images": self.x[rows], "labels": self.y[rows]}, training=True)
        return tuple(keras.ops.convert_to_numpy(batch[name]).astype("float32") for name in ("images", "labels"))

    def on_epoch_end(self):
        self.epoch += 1

    def get_state(self):
        """{"epoch": the one that is being read, counted from 0}"""
        return {"epoch": self.epoch}

    def set_state(self, state):
        """Go on where another object of the same arguments stood."""
        self.epoch = int(state["epoch"])

    def _set_generators(self, index):
        draw = np.random.default_rng([self.seed, self.epoch, index])
        for variable in self.layer.variables:
            if variable.name == "seed_generator_state":
                variable.assign(np.array([draw.integers(2**31), 0], variable.dtype))


def _shares(y, classes):
    """Class numbers (n,) or shares (n, k) -> float32 (n, k)"""
    if y.ndim == 2 and y.shape[1] > 1 and classes in (None, y.shape[1]):
        return y.astype("float32")
    numbers = y.reshape(-1) if y.ndim < 2 or y.shape[1] == 1 else None
    whole = numbers is not None and len(numbers) and (numbers == np.floor(numbers)).all() and numbers.min() >= 0
    if not whole or (classes is not None and numbers.max() >= classes):
        limit = "" if classes is None else f" below classes={classes}"
        raise ValueError(
            f"AugmentedBatches takes class numbers (n,) from 0 up{limit}, or shares (n, k), got labels of shape "
            f"{y.shape}. Count the classes from 0, and pass classes if not all occur."
        )
    return np.eye(int(numbers.max()) + 1 if classes is None else classes, dtype="float32")[numbers.astype(int)]
