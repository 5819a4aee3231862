"""A layer in a few words: what a box of a diagram says about it."""

from keras import layers

_QUIET = (
    "Activation BatchNormalization Cast CropLike Cropping2D Dropout ELU Flatten GaussianNoise GetItem HardSigmoid "
    "HardSilu Identity InputLayer LayerNormalization LeakyReLU Normalization PReLU PadToMultiple Permute Relu Relu6 "
    "ReLU Rescaling Reshape ResizeLike Sigmoid Silu Softmax SpatialDropout2D Tanh ZeroChannels ZeroPadding1D "
    "ZeroPadding2D"
).split()
_FOLLOWERS = {"BatchNormalization": "BN", "LayerNormalization": "LN", "LocalResponseNormalization": "LRN"}
_ACTIVATIONS = {"relu": "ReLU", "relu6": "ReLU6"}
_GATES = ("Multiply", "SqueezeExcite")


def is_quiet(operation):
    """Whether it only norms, bends, reshapes or pads: such a layer gets no place of its own in a diagram."""
    return type(operation).__name__ in _QUIET


def is_gate(operation):
    """Whether it multiplies its first input by a gate."""
    return type(operation).__name__ in _GATES


def is_merge(node):
    """Whether branches meet here; a layer that only takes the size of its second input joins nothing."""
    several = len(node.input_tensors) > 1 and not is_quiet(node.operation)
    return several or type(node.operation).__name__ == "Concatenate"


def describe(operation):
    """Its window or name, and its width, a number or None: ("3×3", 64), ("3×3 /2", 128), ("max 2×2", None).

    Anything with a `kernel_size` is read as a convolution, anything with `units` as a dense layer.
    """
    kind = type(operation).__name__
    if hasattr(operation, "kernel_size"):
        return _convolution(operation, kind)
    if hasattr(operation, "pool_size"):
        word = next((word for word in ("max", "average", "stochastic") if word in kind.lower()), "")
        word = word or ("" if "Pool" in kind else "subsampling")
        return " ".join(filter(None, (word, _times(operation.pool_size)))), None
    if kind == "UpSampling2D":
        return f"enlarged {_times(operation.size)}", None
    if kind.startswith("Global"):
        return f"global {'max' if 'Max' in kind else 'average'}", None
    if isinstance(operation, layers.Dense):
        return "dense", operation.units
    units = getattr(operation, "units", None)
    return {**_FOLLOWERS, "SqueezeExcite": "gate"}.get(kind, kind), units if isinstance(units, int) else None


def lines(operation):
    """The lines of its box in the picture of a block: window and width, then its own activation."""
    kind, (window, width) = type(operation).__name__, describe(operation)
    if kind in _FOLLOWERS:
        return [_FOLLOWERS[kind]]
    own = _activation(operation)
    if kind == "Activation" or kind in _ACTIVATIONS.values():
        return [own or kind]
    if kind == "SqueezeExcite":
        return ["squeeze, excite", f"{operation.squeeze.units} units"]
    if kind == "ScaledResidual":
        return [f"+ {operation.scale:g} ×"]
    for short, long in (("dw ", "depthwise "), ("sep ", "separable ")):
        window = window.replace(short, long)
    if hasattr(operation, "pool_size") and _first(operation.strides) > 1:
        window += f" /{_first(operation.strides)}"
    first = window if width is None else f"{window}, {width}"
    return [first, own] if own else [first]


def _activation(operation):
    """Its name, or "" if there is none."""
    name = getattr(getattr(operation, "activation", None), "__name__", "linear")
    return "" if name == "linear" else _ACTIVATIONS.get(name, name.replace("_", " "))


def _convolution(operation, kind):
    """Its window, what is special about it, and its filters."""
    special = {"Depthwise": "dw", "Separable": "sep", "Transpose": "up"}
    notes = [*(word for name, word in special.items() if name in kind), _times(operation.kernel_size)]
    if getattr(operation, "groups", 1) > 1:
        notes.append(f"in {operation.groups} groups")
    dilation = getattr(operation, "dilation_rate", 1)
    if _first(dilation) > 1:
        notes.append(f"dilated {_first(dilation)}")
    if _first(operation.strides) > 1:
        notes.append(f"/{_first(operation.strides)}")
    return " ".join(notes), getattr(operation, "filters", None)


def _first(value):
    return value[0] if isinstance(value, (tuple, list)) else value


def _times(value):
    return "×".join(map(str, value)) if isinstance(value, (tuple, list)) else f"{value}×{value}"
