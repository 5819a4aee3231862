"""Small convolutional nets with any normalisation, one for each seed, stacked along a leading axis; NumPy, by hand.

A net is a row of blocks with a dense layer on top. A block is a convolution without bias, a normalisation, and a ReLU.
The convolutions are 2x2 with stride 2, whose patches do not overlap, or 1x1: both are a reshape and a product.
"""

from dataclasses import dataclass, replace

import numpy as np

from dlcourse.scratch.labels import one_hot
from dlcourse.scratch.normalization import standardise
from dlcourse.scratch.softmax import softmax

KINDS = ("none", "batch", "layer", "group", "instance", "rms")
SMALL = ((4, 16), (4, 16), (4, 32))  # blocks: (pixels of a patch, channels)


@dataclass(frozen=True)
class Recipe:
    """What is done to the output z of a convolution, in every block.

    kind: "none", "batch", "layer", "group", "instance" or "rms"; "none" keeps gamma and beta, and standardises nothing
    groups: for "group"
    share: examples that share batch statistics in training; the whole batch where it is None
    memory: examples that the moving averages of "batch" reach back: momentum is 1 - batch / memory, 0 at least
    after: normalise the output of the ReLU instead of its input
    noise: in training, add to each number one of a mean and a spread that are drawn anew for each channel and step
    dropout: share of the dense layer's inputs that is set to 0 in training
    """

    kind: str = "batch"
    groups: int = 4
    share: int | None = None
    memory: float = 640.0
    after: bool = False
    noise: float = 0.0
    dropout: float = 0.0


def pixels(images):
    """(n, h, w, 1) -> (1, n, h w, 1), in an order in which 2x2 patches, and 2x2 of them, and so on, lie in a row."""
    n, h, w = images.shape[:3]
    if h % 8 or w % 8:
        raise ValueError(f"three halvings need a height and a width that 8 divides, got {h} x {w}. Pad or crop them.")
    split = np.reshape(images, (n, h // 8, 2, 2, 2, w // 8, 2, 2, 2)).transpose(0, 1, 5, 2, 6, 3, 7, 4, 8)
    return split.reshape(1, n, -1, 1).astype(float)


class Nets:
    """Nets of one recipe; net i starts from seeds[i].  x (1, n, places, 1) for all nets, or (s, n, places, 1)

    weights: kernel (s, 1, patch c_in, c), gamma and beta (s, 1, 1, c) of each block; kernel and bias on top
    averages: moving mean and variance (s, 1, 1, c) of each block, of use for "batch" alone
    outputs: of each block, (s, n, places, c), as the last forward pass left them
    """

    def __init__(self, recipe, seeds, places=64, blocks=SMALL, classes=10):
        if recipe.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {recipe.kind!r}.")
        self.recipe, self.weights, self.averages, c_in = recipe, [], [], 1
        self.rng, rngs = np.random.default_rng(len(seeds)), [np.random.default_rng(seed) for seed in seeds]
        for patch, c in blocks:
            one, zero = np.ones((len(seeds), 1, 1, c)), np.zeros((len(seeds), 1, 1, c))
            self.weights += [_kernels(rngs, patch * c_in, c), one, zero]
            self.averages.append([zero.copy(), one.copy()])
            c_in, places = c, places // patch
        self.weights += [_kernels(rngs, places * c_in, classes)[:, 0], np.zeros((len(seeds), 1, classes))]

    def logits(self, x, training=False):
        """-> (s, n, k), and the function that leads from their slopes back to those of the weights."""
        a, backs, self.outputs = x, [], []
        for block in range(len(self.averages)):
            a, back = self._block(block, a, training)
            backs.append(back)
            self.outputs.append(a)
        kernel, bias = self.weights[-2:]
        flat = a.reshape(*a.shape[:2], -1)
        drop = self.recipe.dropout if training else 0.0
        kept = (self.rng.random(flat.shape) >= drop) / (1 - drop) if drop else 1.0
        flat = flat * kept

        def back(d):
            slopes = [flat.swapaxes(1, 2) @ d, d.sum(1, keepdims=True)]
            d = (d @ kernel.swapaxes(1, 2) * kept).reshape(a.shape)
            for lead_back in reversed(backs):
                d, found = lead_back(d)
                slopes = found + slopes
            return slopes

        return flat @ kernel + bias, back

    def gradient(self, x, y, training=True):
        """Mean cross entropy of each net (s,), and its slopes: a list like `weights`.  y (n,) or (s, n)"""
        z, back = self.logits(x, training)
        p = softmax(z)
        target = one_hot(np.ravel(y), p.shape[-1]).reshape(*np.shape(y), -1)
        return -np.log(np.maximum((p * target).sum(-1), 1e-300)).mean(1), back((p - target) / p.shape[1])

    def train(self, x, y, order, rate):
        """A step w <- w - rate slope for each of the row numbers in order (steps, s, b); rate is one number or (s,).

        A net whose rate is too high goes on with NaN and disturbs no other.

        Returns the losses before each step: (steps, s)
        """
        losses = []
        with np.errstate(over="ignore", invalid="ignore"):
            for rows in order:
                loss, slopes = self.gradient(x[0, rows], y[rows])
                losses.append(loss)
                for weight, slope in zip(self.weights, slopes, strict=True):
                    weight -= np.reshape(rate, (-1,) + (1,) * (weight.ndim - 1)) * slope
        return np.array(losses)

    def settle(self, x):
        """Replace the moving averages by the mean and variance over all of x: what they are meant to estimate."""
        kept, self.recipe = self.recipe, replace(self.recipe, memory=0.0, share=None, noise=0.0)
        self.logits(x, training=True)
        self.recipe = kept

    def accuracy(self, x, y):
        """Share of right answers of each net in inference: (s,); NaN is never right"""
        with np.errstate(over="ignore", invalid="ignore"):
            z = self.logits(x)[0]
        return ((z.argmax(-1) == y) & np.isfinite(z).all(-1)).mean(-1)

    def _block(self, block, a, training):
        kernel, gamma, beta = self.weights[3 * block : 3 * block + 3]
        recipe, came = self.recipe, a.shape
        a = a.reshape(*came[:2], -1, kernel.shape[2])  # (s, b, places, patch c_in)
        z = a @ kernel
        on = z > 0
        x_hat, back = self._normalised(block, np.maximum(z, 0) if recipe.after else z, training)
        y = gamma * x_hat + beta
        if recipe.noise and training:
            mean, spread = recipe.noise * self.rng.uniform((-1, 0), (1, 1), (*gamma.shape, 2)).transpose(4, 0, 1, 2, 3)
            y = y + mean + spread * self.rng.standard_normal(y.shape)
        if not recipe.after:
            on = y > 0
            y = np.maximum(y, 0)

        def lead_back(d):
            d = d.reshape(y.shape)
            d = d if recipe.after else d * on
            slopes = [(d * x_hat).sum((1, 2), keepdims=True), d.sum((1, 2), keepdims=True)]
            d = back(d * gamma)
            d = d * on if recipe.after else d
            rows = a.reshape(len(a), 1, -1, a.shape[-1])  # all places of all examples
            slopes.insert(0, rows.swapaxes(2, 3) @ d.reshape(len(d), 1, -1, d.shape[-1]))
            return (d @ kernel.swapaxes(2, 3)).reshape(-1, *came[1:]) if block else None, slopes

        return y, lead_back

    def _normalised(self, block, z, training):
        """z (s, b, places, c) standardised in the recipe's way, and the way back."""
        kind, (s, b, places, c) = self.recipe.kind, z.shape
        if kind == "batch" and training:
            shared = (s, -1, self.recipe.share or b, *z.shape[2:])  # (s, shares, examples of one, places, c)
            self._move(block, z.reshape(shared))
            return _folded(z, shared, (2, 3))
        if kind == "batch":
            mean, variance = self.averages[block]
            inverse = 1 / np.sqrt(variance + 1e-3)
            return (z - mean) * inverse, lambda d: d * inverse
        if kind == "rms":
            inverse = 1 / np.sqrt((z**2).mean(-1, keepdims=True) + 1e-3)
            x_hat = z * inverse
            return x_hat, lambda d: inverse * (d - x_hat * (d * x_hat).mean(-1, keepdims=True))
        if kind == "group":
            return _folded(z, (*z.shape[:3], self.recipe.groups, c // self.recipe.groups), (2, 4))
        if kind == "layer" or (kind == "instance" and places > 1):  # a single place would leave nothing but 0
            return standardise(z, -1 if kind == "layer" else 2, 1e-3)
        return z, lambda d: d

    def _move(self, block, z):
        new = min(1.0, z.shape[1] * z.shape[2] / self.recipe.memory) if self.recipe.memory else 1.0
        for average, value in zip(self.averages[block], (z.mean((2, 3)), z.var((2, 3))), strict=True):
            average += new * (value.mean(1)[:, None, None] - average)


def _folded(z, shape, axes):
    x_hat, back = standardise(z.reshape(shape), axes, 1e-3)
    return x_hat.reshape(z.shape), lambda d: back(d.reshape(shape)).reshape(z.shape)


def _kernels(rngs, fan_in, fan_out):
    """He's normal kernels (s, 1, fan_in, fan_out), one from each generator."""
    return np.stack([rng.normal(0, np.sqrt(2 / fan_in), (1, fan_in, fan_out)) for rng in rngs])
