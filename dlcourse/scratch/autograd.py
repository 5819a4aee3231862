"""Reverse-mode automatic differentiation on NumPy arrays: compute a number, then ask for its slope in everything.

Each operation leaves a `Value` that remembers its operands. To every operand goes an edge with a function, its
vector-Jacobian product: slope of the outcome in the result -> slope of the outcome in that operand. `backward` starts
at the outcome with the slope 1 and sends slopes along the edges; where several meet, they add up.

Here are the engine and arithmetic; sums, shapes and indexing are in `dlcourse.scratch.autograd_axes`, activations and
the loss in `autograd_functions`, the picture in `graph_drawing`.

>>> x, y, z = Value(2.0, "x"), Value(3.0, "y"), Value(-4.0, "z")
>>> f = (x + y) * z
>>> f.backward()
>>> f, [float(value.gradient) for value in (x, y, z)]
(Value(-20.0), [-4.0, -4.0, 5.0])
"""

from itertools import count
from numbers import Real
from operator import attrgetter

import numpy as np

from dlcourse.scratch.autograd_axes import Axes
from dlcourse.scratch.autograd_functions import Functions
from dlcourse.scratch.graph_drawing import graph

__all__ = ["Value", "concatenate", "graph"]

_NUMBERS = count()
_QUIET = {"divide": "ignore", "invalid": "ignore"}  # NaN is refused in words, so NumPy need not warn of it


class Value(Functions, Axes):
    """An array of floats that knows how it was made and, after `backward`, its slope.

    Shapes broadcast as in NumPy. Plain numbers and float arrays may stand on either side of an operation; they become
    constants, which get no slope. To change a weight give it new `data`; what was computed before keeps the old.

    Attributes:
        data: the numbers, an array (...) of float64, float32 or float16.
        gradient: slope of the last `backward`, shaped like `data`; None before, and for a constant.
        name: what the picture calls it.
        operation: what made it, "" for a given value.
        edges: a pair (operand, function from slope to slope) for each operand.
        constant: whether it gets no slope.

    Raises:
        ValueError: `data` is not made of floats or holds NaN; an operation gets shapes that do not fit, or gives NaN.

    Source: Linnainmaa 1970; Rumelhart, Hinton & Williams 1986
    """

    __array_ufunc__ = None  # NumPy steps back, so that array + value comes here too
    __slots__ = ("constant", "data", "edges", "gradient", "name", "number", "operation")

    def __init__(self, data, name="", constant=False):
        self.data = np.asarray(data)
        if self.data.dtype.kind != "f":
            raise ValueError(f"a Value holds floats, got {self.data.dtype}. Write 2.0 for 2, or pass x.astype(float).")
        if _has_nan(self.data):
            raise ValueError(f"a Value was given NaN in an array of shape {self.data.shape}. Drop or fill those first.")
        self.name, self.constant, self.gradient = name, constant, None
        self.operation, self.edges, self.number = "", (), next(_NUMBERS)

    def __repr__(self):
        return f"Value({self.data!r})" if self.data.ndim else f"Value({self.data})"

    @staticmethod
    def made(operation, data, *edges):
        """What an operation leaves: its result, and an edge (operand, function from slope to slope) to each operand.

        A slope in the shape of a broadcast result is summed to the operand's shape by `backward`.
        """
        value = Value.__new__(Value)
        value.data, value.name, value.gradient = np.asarray(data), "", None
        value.operation, value.edges, value.number = operation, edges, next(_NUMBERS)
        value.constant = True
        for operand, _ in edges:
            value.constant &= operand.constant
        if _has_nan(value.data):
            shapes = " and ".join(str(operand.data.shape) for operand, _ in edges)
            raise ValueError(f"{operation} gave NaN from {shapes}. Look for 0 / 0, inf - inf or a root or log below 0.")
        return value

    def operand(self, other):
        """`other` as a Value: itself, or a constant. A plain number takes the dtype of this value."""
        if isinstance(other, Value):
            return other
        return Value(self.data.dtype.type(other) if isinstance(other, Real) else other, constant=True)

    def backward(self, seed=None):
        """Set `gradient` of all values that this one was computed from; slopes of an earlier call are overwritten.

        Args:
            seed: slope of the outcome in this value, of its shape. Without, this value is the outcome, a scalar.

        Raises:
            ValueError: no seed and no scalar, a seed of another shape or with NaN, only constants, or a slope is NaN.
        """
        if seed is None and self.data.size != 1:
            raise ValueError(
                f"backward starts at a scalar, got the shape {self.data.shape}. Take .sum() or .mean(), or pass a seed."
            )
        if seed is not None and np.shape(seed) != self.data.shape:
            raise ValueError(f"the seed must have the shape of the value, {self.data.shape}, got {np.shape(seed)}.")
        if self.constant:
            raise ValueError("backward found only constants. Wrap what you want the slope of: x = Value(x).")
        order = _operands_first(self)
        for value in order:
            value.gradient = None
        self.gradient = np.ones(self.data.shape, self.data.dtype) if seed is None else self.operand(seed).data.copy()
        with np.errstate(**_QUIET):
            for value in reversed(order):  # when its turn comes, every slope that meets in it has arrived
                for operand, pull in value.edges:
                    if not operand.constant:
                        _send(pull(value.gradient), operand)
        for value in order:
            if not value.edges:  # a given value: its slope is yours, so it shares no memory with another
                value.gradient = np.array(value.gradient, dtype=value.data.dtype)
                if _has_nan(value.gradient):
                    with np.errstate(**_QUIET):
                        _blame(order)

    def __add__(self, other):
        a, b = self, self.operand(other)
        return Value.made("+", _fit("+", np.add, a, b), (a, lambda g: g), (b, lambda g: g))

    def __sub__(self, other):
        a, b = self, self.operand(other)
        return Value.made("-", _fit("-", np.subtract, a, b), (a, lambda g: g), (b, lambda g: -g))

    def __mul__(self, other):
        a, b = self, self.operand(other)
        x, y = a.data, b.data
        return Value.made("*", _fit("*", np.multiply, a, b), (a, lambda g: g * y), (b, lambda g: g * x))

    def __truediv__(self, other):
        a, b = self, self.operand(other)
        with np.errstate(**_QUIET):
            y, ratio = b.data, _fit("/", np.divide, a, b)
        return Value.made("/", ratio, (a, lambda g: g / y), (b, lambda g: -g * ratio / y))

    def __pow__(self, other):
        a, b = self, self.operand(other)
        with np.errstate(**_QUIET):
            x, n, y = a.data, b.data, _fit("**", np.power, a, b)
        in_base = (a, lambda g: g * np.where(n == 0, 0, n * x ** (n - 1)))
        return Value.made("**", y, in_base, (b, lambda g: g * np.where(y == 0, 0, y * np.log(x))))

    def __matmul__(self, other):
        a, b = self, self.operand(other)
        product = _fit("@", np.matmul, a, b)
        x = a.data if a.data.ndim > 1 else a.data[None, :]  # a vector on the left is a row (1, n),
        y = b.data if b.data.ndim > 1 else b.data[:, None]  # on the right a column (n, 1)

        def rows(g):
            g = g if b.data.ndim > 1 else g[..., None]
            return g if a.data.ndim > 1 else g[..., None, :]

        def in_right(g):
            slope = x.mT @ rows(g)
            return slope if b.data.ndim > 1 else slope[..., 0]

        return Value.made("@", product, (a, lambda g: rows(g) @ y.mT), (b, in_right))

    def __neg__(self):
        return Value.made("-", -self.data, (self, lambda g: -g))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return self.operand(other) - self

    def __rtruediv__(self, other):
        return self.operand(other) / self

    def __rpow__(self, other):
        return self.operand(other) ** self

    def __rmatmul__(self, other):
        return self.operand(other) @ self


def concatenate(values, axis=0):
    """Join values (or float arrays) along one axis: (..., a, ...), (..., b, ...) -> (..., a + b, ...)

    Raises:
        ValueError: the shapes differ on another axis.
    """
    values = [value if isinstance(value, Value) else Value(value, constant=True) for value in values]
    joined = np.concatenate([value.data for value in values], axis=axis)
    ends = np.cumsum([value.data.shape[axis] for value in values])[:-1]
    pulls = [lambda g, i=i: np.split(g, ends, axis=axis)[i] for i in range(len(values))]
    return Value.made("concatenate", joined, *zip(values, pulls, strict=True))


def _fit(operation, function, a, b):
    """`function` of both arrays, or an error that names the operation, both shapes and the way out."""
    try:
        return function(a.data, b.data)
    except ValueError:
        rule = "(n, k) @ (k, m): the last axis of the left meets the last but one of the right. Transpose one."
        if operation != "@":
            rule = "Counted from the right, lengths are equal or 1. Reshape one, for example (n,) to (n, 1)."
        raise ValueError(f"{a.data.shape} {operation} {b.data.shape} does not fit. {rule}") from None


def _has_nan(array):
    return np.count_nonzero(np.isnan(array)) > 0  # twice as fast as .any() on arrays as small as ours


def _operands_first(outcome):
    """All values below `outcome` that get a slope, by age: an operand is older than what was made of it."""
    found, stack = {outcome}, [outcome]  # a stack and no recursion, so that depth has no limit
    while stack:
        for operand, _ in stack.pop().edges:
            if not operand.constant and operand not in found:
                found.add(operand)
                stack.append(operand)
    return sorted(found, key=attrgetter("number"))


def _send(slope, operand):
    """Add `slope`, summed over the axes that broadcasting had stretched, to what `operand` has received."""
    shape = operand.data.shape
    if slope.shape != shape:
        new = slope.ndim - len(shape)
        stretched = [new + i for i, length in enumerate(shape) if length == 1]
        slope = slope.sum(axis=(*range(new), *stretched)).reshape(shape)
    operand.gradient = slope if operand.gradient is None else operand.gradient + slope


def _blame(order):
    """Name the operation on whose way back the first NaN appeared."""
    for value in reversed(order):
        for operand, pull in value.edges:
            if not operand.constant and _has_nan(pull(value.gradient)):
                raise ValueError(
                    f"the slope of {value.operation} is NaN for an operand of shape {operand.data.shape}. "
                    "Look for an infinite slope times 0, as of sqrt at 0: add a small number inside."
                )
