"""What a `Value` can do along its axes: sums, means, maxima, other shapes, and picking entries."""

import numpy as np


class Axes:
    """Abstract: reductions, shapes and indexing as methods, with the arguments of NumPy.

    Whoever inherits has `data` and `made(operation, data, *edges)`; see `dlcourse.scratch.autograd.Value`.
    """

    __slots__ = ()

    def sum(self, axis=None, keepdims=False):
        shape = self.data.shape
        total = self.data.sum(axis=axis, keepdims=keepdims)
        return self.made("sum", total, (self, lambda g: np.broadcast_to(_kept(g, axis, keepdims), shape)))

    def mean(self, axis=None, keepdims=False):
        mean = self.data.mean(axis=axis, keepdims=keepdims)
        shape, share = self.data.shape, mean.size / max(self.data.size, 1)
        return self.made("mean", mean, (self, lambda g: np.broadcast_to(_kept(g * share, axis, keepdims), shape)))

    def max(self, axis=None, keepdims=False):
        """The largest; where several are, they share the slope."""
        top = self.data.max(axis=axis, keepdims=keepdims)
        hit = self.data == _kept(top, axis, keepdims)
        share = (hit / hit.sum(axis=axis, keepdims=True)).astype(self.data.dtype)
        return self.made("max", top, (self, lambda g: _kept(g, axis, keepdims) * share))

    def reshape(self, *shape):
        before = self.data.shape
        return self.made("reshape", self.data.reshape(*shape), (self, lambda g: g.reshape(before)))

    def transpose(self, *axes):
        """The axes in the given order; reversed without."""
        order = np.ravel(axes) % self.data.ndim if axes else np.arange(self.data.ndim)[::-1]
        return self.made("transpose", self.data.transpose(*axes), (self, lambda g: g.transpose(np.argsort(order))))

    @property
    def T(self):
        """The axes reversed."""
        return self.transpose()

    def __getitem__(self, key):
        data = self.data

        def put_back(g):
            slope = np.zeros_like(data)
            np.add.at(slope, key, g)  # an entry taken twice gets both slopes
            return slope

        return self.made("[]", data[key], (self, put_back))


def _kept(g, axis, keepdims):
    """A slope with the axes that a reduction took away put back as length 1."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)
