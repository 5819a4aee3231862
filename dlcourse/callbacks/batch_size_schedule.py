"""Batches that grow while the learning rate stays."""

import itertools
import operator

import keras
import numpy as np

from dlcourse.callbacks.checks import count


class BatchSizeSchedule(keras.utils.PyDataset, keras.callbacks.Callback):
    """Arrays in batches whose size is scheduled, in an order that only the seed and the epoch decide.

    data = BatchSizeSchedule((x, y), [(0, 32), (4, 64), (8, 128)], seed=1)
    model.fit(data, epochs=12, shuffle=False, callbacks=[data])

    It is data source and callback in one: as a callback it learns which epoch it is. `shuffle=False` keeps Keras from
    mixing the batches, whose examples are shuffled already. A growing batch does to the noise of the gradient what a
    falling rate does; the learning rate is not touched.

    Keras asks a data source for its length once, before the first epoch. This one gives it a number that is read anew
    in each epoch, so that each has as many steps as it has batches, and the progress bar is right.

    Args:    data, (x, y) or (x, y, sample_weight), arrays or nested lists and dicts of arrays with n examples each
             sizes, one batch size, a list [(first epoch, size), ...] that starts at 0, or a function epoch -> size;
             unit, what sizes go by: "epoch", or "step", the number of batches since the beginning of training
             seed, decides the order with the epoch; None keeps the order of the arrays
             last, "keep" the smaller batch that may remain of an epoch, or "drop" it. More than n counts as n
    Errors:  ValueError for arguments out of range; in fit where Keras shuffles it, or it stands not among the callbacks
    Leaves:  the optimizer as it is
    Source:  Smith, Kindermans, Ying & Le 2018

    >>> data = BatchSizeSchedule((np.arange(10.0), np.arange(10)), [(0, 2), (1, 4)], seed=None)
    >>> data.sizes_of(0), data.sizes_of(1)
    ([2, 2, 2, 2, 2], [4, 4, 2])
    >>> data.rows_of(1)[2].tolist()
    [8, 9]
    """

    def __init__(self, data, sizes, unit="epoch", seed=0, last="keep"):
        keras.utils.PyDataset.__init__(self)
        keras.callbacks.Callback.__init__(self)
        if unit not in ("epoch", "step"):
            raise ValueError(f"BatchSizeSchedule goes by unit 'epoch' or 'step', got unit={unit!r}. Choose one.")
        if last not in ("keep", "drop"):
            raise ValueError(f"BatchSizeSchedule can 'keep' or 'drop' a last small batch, got last={last!r}.")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
            raise ValueError(f"BatchSizeSchedule takes a whole number from 0 up as seed, or None, got seed={seed!r}.")
        self._data, self.examples = _arrays(data)
        self.sizes, self.unit, self.seed, self.last = sizes, unit, seed, last
        self._size_at = _function(sizes)
        self.epoch = 0
        self._starts, self._plan = [0], None
        self._passes, self._asked = 0, None

    def sizes_of(self, epoch):
        """The batch sizes of an epoch, in order: a list of ints."""
        left, sizes = self.examples, []
        step = self._first_step(epoch) if self.unit == "step" else None
        while left:
            at = epoch if step is None else step + len(sizes)
            size = min(count("BatchSizeSchedule", f"the size at {self.unit} {at}", self._size_at(at)), self.examples)
            if size > left and self.last == "drop":
                break
            sizes.append(min(size, left))
            left -= sizes[-1]
        return sizes

    def rows_of(self, epoch):
        """Which examples are in which batch of an epoch: a list of int arrays, one a batch."""
        order = np.arange(self.examples)
        if self.seed is not None:
            order = np.random.default_rng([self.seed, epoch]).permutation(self.examples)
        sizes = self.sizes_of(epoch)
        return np.split(order[: sum(sizes)], np.cumsum(sizes)[:-1])

    def __len__(self):
        return len(self._rows())

    @property
    def num_batches(self):
        """The number of batches of the present epoch, whenever it is read: what Keras takes for a number."""
        return _Length(self)

    def __getitem__(self, index):
        rows = self._rows()
        if not 0 <= index < len(rows):
            raise IndexError(f"epoch {self.epoch} has {len(rows)} batches, got index {index}")
        if self._asked is not None and index and index - 1 not in self._asked:
            raise ValueError(
                "Keras asks for the batches of BatchSizeSchedule in mixed order. Call fit with shuffle=False: the "
                "examples are shuffled already, by the seed."
            )
        if self._asked is not None:
            self._asked.add(index)
        return keras.tree.map_structure(lambda array: array[rows[index]], self._data)

    def on_epoch_begin(self, epoch=None, logs=None):
        """Called by fit twice: as callback with the epoch, as data source without."""
        if epoch is not None:
            self.epoch, self._asked = epoch, set()
        elif self.model is None:
            self._passes += 1
            if self._passes > 2:  # one look at the data, and one epoch
                raise ValueError(
                    "BatchSizeSchedule does not know the epoch. Put it among the callbacks as well: "
                    "model.fit(data, shuffle=False, callbacks=[data])."
                )

    def on_epoch_end(self, epoch=None, logs=None):
        """Called by fit twice, as `on_epoch_begin`."""
        if epoch is not None:
            self._asked = None

    def get_state(self):
        """The epoch; all else follows from it."""
        return {"epoch": self.epoch}

    def set_state(self, state):
        """Go on from where `get_state` was called."""
        self.epoch = state["epoch"]

    def _rows(self):
        plan = self._plan
        if plan is None or plan[0] != self.epoch:
            plan = self._plan = (self.epoch, self.rows_of(self.epoch))
        return plan[1]

    def _first_step(self, epoch):
        while len(self._starts) <= epoch:
            self._starts.append(self._starts[-1] + len(self.sizes_of(len(self._starts) - 1)))
        return self._starts[epoch]


class _Length:
    """The length of the present epoch, as a number that is read anew in each comparison and calculation."""

    def __init__(self, data):
        self._data = data

    def __index__(self):
        return len(self._data)

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return str(int(self))


def _forwarded(operation, swapped=False):
    def method(self, other):
        return operation(other, int(self)) if swapped else operation(int(self), other)

    return method


for _name in ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod"):
    setattr(_Length, f"__{_name}__", _forwarded(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    setattr(_Length, f"__r{_name}__", _forwarded(getattr(operator, _name), swapped=True))


def _arrays(data):
    """The data with every leaf an array, and how many examples all of them have."""
    if not isinstance(data, tuple) or len(data) not in (2, 3):
        raise ValueError(
            f"BatchSizeSchedule needs (x, y) or (x, y, sample_weight), got a {type(data).__name__}"
            f"{f' of {len(data)}' if isinstance(data, tuple) else ''}. Put the arrays into one tuple."
        )
    data = keras.tree.map_structure(np.asarray, data)
    lengths = {array.shape[0] if array.ndim else None for array in keras.tree.flatten(data)}
    if len(lengths) != 1 or not lengths - {None, 0}:
        shapes = [array.shape for array in keras.tree.flatten(data)]
        raise ValueError(
            f"BatchSizeSchedule needs arrays with one number of examples, at least 1, got shapes {shapes}."
        )
    return data, lengths.pop()


def _function(sizes):
    """The sizes as a function of the epoch or step."""
    if callable(sizes):
        return sizes
    rows = sizes if isinstance(sizes, (list, tuple)) else [(0, sizes)]
    pairs = [row for row in rows if isinstance(row, (list, tuple)) and len(row) == 2]
    if not rows or len(pairs) != len(rows) or pairs[0][0] != 0:
        raise ValueError(
            f"BatchSizeSchedule needs a size, a function, or [(first, size), ...] from 0 on, got sizes={sizes!r}."
        )
    for first, size in pairs:
        count("BatchSizeSchedule", f"the size from {first} on", size)
        if first:
            count("BatchSizeSchedule", "where a size begins", first)
    firsts = [first for first, _ in pairs]
    if any(later <= sooner for sooner, later in itertools.pairwise(firsts)):
        raise ValueError(f"BatchSizeSchedule needs sizes that begin one after another, got {firsts}. Sort them.")
    return lambda place: next(size for first, size in reversed(pairs) if first <= place)
