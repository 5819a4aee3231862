"""Derivatives of a function of tensors: the same call on TensorFlow, JAX and PyTorch.

`fn` takes one list of tensors and returns one tensor. It must be pure: all that it is differentiated by comes in that
list. Only the three classes of this file name a backend.
"""

from contextvars import ContextVar
from functools import wraps
from importlib import import_module

import keras
import numpy as np
from keras import ops, tree

from dlcourse.ops.differentiable import NAN, float_tensors, is_float, refuse_nan, tensors_like, with_value

_looking = ContextVar("whether NaN is looked for at once", default=True)


def value_and_grad(fn, inputs):
    """The scalar fn(inputs) and its gradient in each input, by one pass forward and one back (reverse mode).

    Shapes:  inputs, a list of n float tensors of any shapes -> value (), gradients like inputs
    Unused:  an input on which fn does not depend has the gradient 0
    Errors:  ValueError where fn(inputs) is no float scalar, an input is not floating-point, or an input, the value or
             a gradient holds NaN. While a backend traces, NaN cannot be seen and propagates; `compiled` looks after.
    Source:  Linnainmaa 1970; Griewank & Walther 2008, chapter 3

    >>> value, (gradient,) = value_and_grad(lambda w: ops.sum(w[0] ** 2), [np.array([1.0, -3.0], "float32")])
    >>> float(value), np.array(gradient).tolist()
    (10.0, [2.0, -6.0])
    """
    inputs = float_tensors(inputs, "value_and_grad")
    value, gradients = _backend().vjp(with_value(fn, "value_and_grad", ()), inputs, None)
    _look("value_and_grad", inputs, {"the value": value, **_numbered("the gradient in ", gradients)})
    return value, gradients


def vjp(fn, inputs, cotangent):
    """fn(inputs) and the vector-Jacobian product: the gradient of sum(cotangent * fn(inputs)) in each input.

    Shapes:  fn(inputs) and cotangent (...) -> value (...), gradients like inputs
    Errors:  as value_and_grad; ValueError where the cotangent has another shape than fn(inputs)
    Source:  Griewank & Walther 2008, section 3.2

    >>> _, (gradient,) = vjp(lambda x: x[0] ** 2, [np.array([1.0, 2.0], "float32")], np.array([10.0, 1.0], "float32"))
    >>> np.array(gradient).tolist()
    [20.0, 4.0]
    """
    inputs, (cotangent,) = float_tensors(inputs, "vjp"), float_tensors([cotangent], "vjp", "cotangent")
    value, gradients = _backend().vjp(with_value(fn, "vjp", cotangent.shape), inputs, cotangent)
    _look("vjp", inputs, {"the value": value, **_numbered("the gradient in ", gradients)})
    return value, gradients


def jvp(fn, inputs, vectors):
    """fn(inputs) and its derivative along `vectors`, the Jacobian-vector product, in one pass (forward mode).

    Shapes:  vectors like inputs; fn(inputs) (...) -> value (...), tangent (...)
    Errors:  as value_and_grad; ValueError where a vector has another shape than its input
    Source:  Wengert 1964; Griewank & Walther 2008, section 3.1

    >>> x, v = [np.array([1.0, 2.0], "float32")], [np.array([10.0, 1.0], "float32")]
    >>> np.array(jvp(lambda x: x[0] ** 2, x, v)[1]).tolist()
    [20.0, 4.0]
    """
    inputs = float_tensors(inputs, "jvp")
    value, tangent = _backend().jvp(with_value(fn, "jvp"), inputs, tensors_like(vectors, inputs, "jvp"))
    _look("jvp", inputs, {"the value": value, "the tangent": tangent})
    return value, tangent


def hvp(fn, inputs, vectors):
    """The Hessian of the scalar fn at `inputs` times `vectors`, without the Hessian: the gradient's derivative.

    Shapes:  vectors like inputs -> products like inputs
    Cost:    about two to three gradients, in time and in memory, whatever the number of weights
    Errors:  as value_and_grad; ValueError where a vector has another shape than its input
    Source:  Pearlmutter 1994

    >>> x, v = [np.array([1.0, 2.0], "float32")], [np.array([1.0, 0.0], "float32")]
    >>> np.array(hvp(lambda x: x[0][0] ** 3 + x[0][0] * x[0][1], x, v)[0]).tolist()
    [6.0, 1.0]
    """
    inputs = float_tensors(inputs, "hvp")
    value, products = _backend().hvp(with_value(fn, "hvp", ()), inputs, tensors_like(vectors, inputs, "hvp"))
    _look("hvp", inputs, {"the value": value, **_numbered("the product for ", products)})
    return products


def compiled(function, check_nan=True):
    """`function` compiled by XLA on TensorFlow and JAX, for each new set of shapes; as it is on PyTorch.

    Shapes:  its arguments and its result are tensors (or arrays, or numbers), or lists and dicts of them
    NaN:     looked for in the result, once a call: what the four functions above cannot see while they are traced
    Pure:    what else the function uses is fixed at its first call; a Keras variable has to come as an argument
    Errors:  ValueError where `check_nan` and the result holds NaN

    >>> step = compiled(lambda w, rate: [w[0] - rate * value_and_grad(lambda w: ops.sum(w[0] ** 2), w)[1][0]])
    >>> np.array(step([np.array([1.0, -3.0], "float32")], 0.25)[0]).tolist()
    [0.5, -1.5]
    """

    def traced(*arguments, **named):
        result = function(*arguments, **named)
        leaves = [ops.any(ops.isnan(leaf)) for leaf in tree.flatten(result) if check_nan and is_float(leaf)]
        return result, ops.stack(leaves) if leaves else None

    run = _backend().compile(traced)

    @wraps(function)
    def call(*arguments, **named):
        token = _looking.set(False)
        try:
            arguments, named = tree.map_structure(ops.convert_to_tensor, (arguments, named))
            result, spoilt = run(*arguments, **named)
        finally:
            _looking.reset(token)
        if spoilt is not None and np.any(ops.convert_to_numpy(spoilt)):
            raise ValueError(f"the compiled function returned NaN. {NAN}")
        return result

    return call


def _numbered(what, tensors):
    return {f"{what}inputs[{n}]": tensor for n, tensor in enumerate(tensors)}


def _look(caller, inputs, results):
    """Raise where an input or a result is NaN, unless the backend is tracing or `compiled` looks later."""
    named = _numbered("", inputs) | results
    if _looking.get() and all(_backend().seen(tensor) for tensor in named.values()):
        refuse_nan(caller, named)


class _TensorFlow:
    def __init__(self):
        self.tf = import_module("tensorflow")
        self.zero = self.tf.UnconnectedGradients.ZERO

    def vjp(self, fn, inputs, cotangent):
        with self.tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            value = fn(inputs)
        return value, self._pull(tape, value, inputs, cotangent)

    def jvp(self, fn, inputs, vectors):
        with self.tf.autodiff.ForwardAccumulator(inputs, vectors) as forward:
            value = fn(inputs)
        return value, forward.jvp(value, unconnected_gradients=self.zero)

    def hvp(self, fn, inputs, vectors):
        with self.tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            value, gradients = self.vjp(fn, inputs, None)
        return value, self._pull(tape, gradients, inputs, vectors)  # the Hessian is symmetric: v H is H v

    def compile(self, function):
        run, traced = self.tf.function(function, jit_compile=True, autograph=False), {}

        def call(*arguments, **named):
            if not self.tf.executing_eagerly():
                return run(*arguments, **named)
            # To find a trace takes `run` 0.2 ms of every call, as long as a small step. A variable counts as its value.
            arguments, named = tree.map_structure(self.tf.convert_to_tensor, (arguments, named))
            key = repr(tree.map_structure(lambda x: (x.dtype.name, *x.shape), (arguments, named)))
            if key not in traced:
                traced[key] = run.get_concrete_function(*arguments, **named)
            return traced[key](*arguments, **named)

        return call

    def seen(self, tensor):
        return self.tf.executing_eagerly()

    def _pull(self, tape, value, inputs, cotangent):
        found = tape.gradient(value, inputs, output_gradients=cotangent, unconnected_gradients=self.zero)
        return [self.tf.convert_to_tensor(gradient) for gradient in found]  # a lookup's gradient comes as slices


class _JAX:
    def __init__(self):
        self.jax = import_module("jax")

    def vjp(self, fn, inputs, cotangent):
        value, pull = self.jax.vjp(fn, inputs)
        return value, pull(ops.ones_like(value) if cotangent is None else cotangent)[0]

    def jvp(self, fn, inputs, vectors):
        return self.jax.jvp(fn, (inputs,), (vectors,))

    def hvp(self, fn, inputs, vectors):
        (value, _), (_, products) = self.jax.jvp(self.jax.value_and_grad(fn), (inputs,), (vectors,))
        return value, products

    def compile(self, function):
        return self.jax.jit(function)

    def seen(self, tensor):
        return not isinstance(tensor, self.jax.core.Tracer)


class _PyTorch:
    def __init__(self):
        self.torch = import_module("torch")

    def vjp(self, fn, inputs, cotangent):
        inputs = self._leaves(inputs)
        value = fn(inputs)
        return value.detach(), [g.detach() for g in self._pull([value], inputs, [cotangent], further=False)]

    def jvp(self, fn, inputs, vectors):
        inputs = self._leaves(inputs)
        value = fn(inputs)
        # The gradient is linear in its cotangent u; what it gives along `vectors`, derived by u, is the tangent.
        u = self.torch.zeros_like(value, requires_grad=True)
        pulled = self._pull([value], inputs, [u], further=True)
        return value.detach(), self._pull(pulled, [u], vectors, further=False)[0].detach()

    def hvp(self, fn, inputs, vectors):
        inputs = self._leaves(inputs)
        value = fn(inputs)
        gradients = self._pull([value], inputs, [None], further=True)
        return value.detach(), [product.detach() for product in self._pull(gradients, inputs, vectors, further=False)]

    def compile(self, function):
        return function

    def seen(self, tensor):
        return True

    def _leaves(self, inputs):
        return [tensor.detach().clone().requires_grad_(True) for tensor in inputs]

    def _pull(self, values, inputs, cotangents, further):
        """Gradients of `values`; 0 where nothing leads from an input to them."""
        with self.torch.enable_grad():
            led = [(value, u) for value, u in zip(values, cotangents, strict=True) if value.requires_grad]
            if not led:
                return [self.torch.zeros_like(tensor) for tensor in inputs]
            values, cotangents = zip(*led, strict=True)
            return self.torch.autograd.grad(
                values, inputs, cotangents, create_graph=further, allow_unused=True, materialize_grads=True
            )


def _backend():
    kinds, name = {"tensorflow": _TensorFlow, "jax": _JAX, "torch": _PyTorch}, keras.backend.backend()
    if name not in kinds:
        raise ValueError(f"the backend {name!r} has no gradients. Set KERAS_BACKEND to one of {', '.join(kinds)}.")
    return kinds[name]()
