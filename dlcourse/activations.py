"""Activation functions, each with its derivative and with what one should know before choosing it.

Values are those of Keras where Keras has the function. Four are written out again: `gelu_tanh`, since the gradient of
Keras's form is NaN in float16 from |x| = 41 on TensorFlow and JAX; `gelu` and `hard_swish`, which overflow near the
largest float on PyTorch; `leaky_relu`, since its slope at 0 is 1 on JAX and the negative slope elsewhere.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps

import keras
import pandas as pd
from keras import ops

from dlcourse.settings import nearest

LEAK = 0.2  # negative slope of "leaky_relu" in Keras; Maas et al. took 0.01, layers.LeakyReLU takes 0.3
ALPHA = 0.25  # where PReLU's slope starts in the paper; layers.PReLU starts at 0
_CUBIC, _ROOT = 0.044715, math.sqrt(2 / math.pi)


@dataclass(frozen=True)
class Activation:
    """One activation function: two callables and a row of facts.

    name:         as in `keras.activations`, where Keras has it
    formula:      the value, as text
    slope:        the derivative, as text, with the value taken at each kink
    range:        the values it takes
    zero_centred: whether values of both signs come with equal weight: f(-x) = -f(x)
    saturation:   where the slope tends to 0 or is 0
    cost:         operations for one number, in the plainest way to compute it
    source:       author and year
    value:        x (...) -> (...), on keras.ops
    derivative:   x (...) -> (...); of softmax the Jacobian, x (..., k) -> (..., k, k); of PReLU that with a = 0.25

    Both callables take floats of any precision and keep it, are finite up to the largest float, and pass NaN on;
    `value` can be the activation of a Keras layer and is saved with it. They raise ValueError for integers.
    """

    name: str
    formula: str
    slope: str
    range: str
    zero_centred: bool
    saturation: str
    cost: str
    source: str
    value: Callable
    derivative: Callable


def activation(name):
    """The `Activation` of that name; `swish`, `hard_silu` and `identity` are known as well.

    Errors:  ValueError for an unknown name, with the nearest known ones

    >>> import numpy as np
    >>> relu = activation("relu")
    >>> np.array(relu.value([-2.0, 0.0, 3.0])).tolist(), np.array(relu.derivative([-2.0, 0.0, 3.0])).tolist()
    ([0.0, 0.0, 3.0], [0.0, 0.0, 1.0])
    """
    found = _ROWS.get(_ALIASES.get(name, name)) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"no activation is called {name!r}. {nearest(name, [*_ROWS, *_ALIASES])}")
    return found


def table():
    """A DataFrame with a row for each activation and a column for each field of `Activation`, indexed by name.

    >>> table().loc["sigmoid", ["formula", "slope", "range"]].tolist()
    ['1 / (1 + e^-x)', 'f (1 - f), at most 1/4', '(0, 1)']
    """
    columns = [field.name for field in fields(Activation)]
    rows = [[getattr(row, column) for column in columns] for row in _ROWS.values()]
    return pd.DataFrame(rows, columns=columns, index=list(_ROWS))


def step(x):
    """1 where x >= 0, else 0. Its slope is 0 wherever it has one, so nothing below it learns by gradient.

    Shapes:  x (...) -> (...)
    Errors:  ValueError where x is not floating-point
    Source:  McCulloch & Pitts 1943

    >>> import numpy as np
    >>> np.array(step([-0.1, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    x = _floats(x, "step")
    return ops.where(x >= 0, ops.ones_like(x), ops.where(x < 0, ops.zeros_like(x), x))  # NaN stays


def prelu(x, alpha=ALPHA):
    """Parametric ReLU as a function: x where x > 0, else alpha x, with alpha learned. Its slope in alpha is min(x, 0).

    Shapes:  x (..., k), alpha () or (k,): one for all units or one each -> (..., k)
    Kink:    the slope in x at 0 is alpha
    Errors:  ValueError where x is not floating-point
    Source:  He et al. 2015, eq. 1

    >>> import numpy as np
    >>> np.array(prelu([[-2.0, -2.0, 3.0]], alpha=np.array([0.5, 0.0, 0.5], "float32"))).tolist()
    [[-1.0, -0.0, 3.0]]
    """
    x = _floats(x, "prelu")
    return ops.where(x > 0, x, x * ops.cast(alpha, x.dtype))


def _floats(x, name):
    """x as a float tensor; an integer is refused, since backends disagree on what becomes of it."""
    if not isinstance(x, keras.KerasTensor):
        x = ops.convert_to_tensor(x)
    kind = keras.backend.standardize_dtype(x.dtype)
    if "float" not in kind:
        raise ValueError(f"{name} takes floating-point numbers, got {kind}. Cast first: ops.cast(x, 'float32').")
    return x


def _piecewise(x, slope):
    """A slope that was chosen by comparing x, in its precision; NaN where x is NaN, which compares as False."""
    return ops.where(ops.isnan(x), x, ops.cast(slope, x.dtype))


def _gelu(x):
    return x * (0.5 + 0.5 * ops.erf(x * math.sqrt(0.5)))


def _gelu_slope(x):
    return 0.5 + 0.5 * ops.erf(x * math.sqrt(0.5)) + x * ops.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _gelu_tanh(x):
    _, u, _ = _bent(x)
    return x * ops.sigmoid(2 * u)  # (1 + tanh u) / 2 is sigmoid(2 u), which keeps its digits far below 0


def _gelu_tanh_slope(x):
    x, u, slope = _bent(x)
    return ops.sigmoid(2 * u) * (1 + x * ops.sigmoid(-2 * u) * 2 * slope)


def _bent(x):
    """x kept within +-10, where sigmoid(2 u) is 0 or 1, with u = sqrt(2/pi) (x + 0.044715 x^3) and the slope of u."""
    x = ops.clip(x, -10.0, 10.0)  # in float16 the cube of 41 is infinite, and its gradient NaN
    return x, _ROOT * x * (1 + _CUBIC * x * x), _ROOT * (1 + 3 * _CUBIC * x * x)


def _hard_swish_slope(x):
    return _piecewise(x, ops.where(x > -3, ops.where(x < 3, x / 3 + 0.5, 1.0), 0.0))


def _silu_slope(x):
    s = ops.sigmoid(x)
    return s * (1 + x * (1 - s))


def _mish_slope(x):
    t = ops.tanh(ops.softplus(x))
    return t + x * (1 - t * t) * ops.sigmoid(x)


def _softmax(x):
    if len(x.shape) == 0:
        raise ValueError("softmax shares out 1 among the last axis, got a single number. Give it an array (..., k).")
    return ops.softmax(x, axis=-1)


def _softmax_jacobian(x):
    p = _softmax(x)
    return p[..., :, None] * (ops.eye(x.shape[-1], dtype=x.dtype) - p[..., None, :])


def _checked(function, name):
    """`function` of a float tensor, told `name` in its error."""

    @wraps(function)
    def call(x):
        return function(_floats(x, name))

    call.__name__ = call.__qualname__ = name
    return call


def _rows(*rows):
    """{name: Activation}, each value registered with Keras under its name, so that a saved layer finds it."""
    found = {}
    for *facts, value, derivative in rows:
        value, derivative = _checked(value, facts[0]), _checked(derivative, f"{facts[0]}_slope")
        keras.saving.register_keras_serializable("dlcourse", facts[0])(value)
        found[facts[0]] = Activation(*facts, value, derivative)
    return found


_ALIASES = {"swish": "silu", "hard_silu": "hard_swish", "identity": "linear"}

# name, formula, slope, range, zero-centred, saturation, cost, source, value, derivative
_ROWS = _rows(
    ("step", "1 if x >= 0, else 0", "0; at 0 taken as 0", "{0, 1}", False, "everywhere", "1 comparison",
     "McCulloch & Pitts 1943", step, lambda x: _piecewise(x, ops.zeros_like(x))),
    ("linear", "x", "1", "(-inf, inf)", True, "nowhere", "none", "-", lambda x: x,
     lambda x: _piecewise(x, ops.ones_like(x))),
    ("sigmoid", "1 / (1 + e^-x)", "f (1 - f), at most 1/4", "(0, 1)", False, "both sides", "1 exp, 1 division",
     "Verhulst 1845", ops.sigmoid, lambda x: ops.sigmoid(x) * ops.sigmoid(-x)),
    ("tanh", "(e^x - e^-x) / (e^x + e^-x)", "1 - f^2, at most 1", "(-1, 1)", True, "both sides", "1 exp, 1 division",
     "LeCun et al. 1998", ops.tanh, lambda x: 1 - ops.square(ops.tanh(x))),
    ("softmax", "e^x_i / sum_j e^x_j", "Jacobian diag(f) - f f^T", "(0, 1), sum 1", False, "one unit far ahead",
     "1 exp, 1 division, 1 addition", "Bridle 1990", _softmax, _softmax_jacobian),
    ("relu", "max(x, 0)", "1 if x > 0, else 0", "[0, inf)", False, "x <= 0", "1 comparison",
     "Nair & Hinton 2010", ops.relu, lambda x: _piecewise(x, x > 0)),
    ("leaky_relu", f"x if x > 0, else {LEAK} x", f"1 if x > 0, else {LEAK}", "(-inf, inf)", False, "nowhere",
     "1 comparison, 1 product", "Maas et al. 2013", lambda x: ops.where(x > 0, x, LEAK * x),
     lambda x: _piecewise(x, ops.where(x > 0, 1.0, LEAK))),
    ("prelu", "x if x > 0, else a x, a learned", "1 if x > 0, else a", "(-inf, inf)", False,
     "nowhere for a > 0", "1 comparison, 1 product", "He et al. 2015", prelu,
     lambda x: _piecewise(x, ops.where(x > 0, 1.0, ALPHA))),
    ("relu6", "min(max(x, 0), 6)", "1 if 0 < x < 6, else 0", "[0, 6]", False, "x <= 0 and x >= 6", "2 comparisons",
     "Krizhevsky 2010", ops.relu6, lambda x: _piecewise(x, ops.logical_and(x > 0, x < 6))),
    ("elu", "x if x > 0, else e^x - 1", "1 if x > 0, else e^x (1 at 0)", "(-1, inf)", False, "far below 0",
     "1 comparison, 1 exp", "Clevert et al. 2016", ops.elu, lambda x: ops.exp(ops.minimum(x, 0.0))),
    ("silu", "x s with s = sigmoid(x)", "s (1 + x (1 - s))", "[-0.28, inf)", False, "far below 0",
     "1 exp, 1 division, 1 product", "Elfwing et al. 2018; as Swish: Ramachandran et al. 2017", ops.silu, _silu_slope),
    ("hard_swish", "x min(max(x + 3, 0), 6) / 6", "0 if x <= -3, 1 if x >= 3, else x / 3 + 1/2", "[-3/8, inf)", False,
     "x <= -3", "2 comparisons, 2 products", "Howard et al. 2019", lambda x: x * (ops.relu6(x + 3) / 6),
     _hard_swish_slope),
    ("gelu", "x P(Z <= x), Z normal", "P(Z <= x) + x e^(-x^2/2) / sqrt(2 pi)", "[-0.17, inf)", False, "far below 0",
     "1 erf, 3 products", "Hendrycks & Gimpel 2016", _gelu, _gelu_slope),
    ("gelu_tanh", "x (1 + t) / 2 with t = tanh(sqrt(2/pi) (x + 0.044715 x^3))",
     "(1 + t) / 2 + x (1 - t^2) sqrt(2/pi) (1 + 0.134145 x^2) / 2", "[-0.17, inf)", False, "far below 0",
     "1 exp, 1 division, 6 products", "Hendrycks & Gimpel 2016", _gelu_tanh, _gelu_tanh_slope),
    ("softplus", "log(1 + e^x)", "sigmoid(x)", "(0, inf)", False, "far below 0", "1 exp, 1 log", "Dugas et al. 2001",
     ops.softplus, ops.sigmoid),
    ("mish", "x t with t = tanh(softplus(x))", "t + x (1 - t^2) sigmoid(x)", "[-0.31, inf)", False, "far below 0",
     "1 exp, 1 log, 1 tanh, 1 product", "Misra 2019", lambda x: x * ops.tanh(ops.softplus(x)), _mish_slope),
)  # fmt: skip
