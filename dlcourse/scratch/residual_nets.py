"""Deep nets of residual or plain blocks, a net a row, trained side by side: the degradation experiment in NumPy."""

import numpy as np

from dlcourse.scratch.labels import one_hot
from dlcourse.scratch.residual import convolve, normalise, residual


def folded(images, size=2):
    """Each square of `size` x `size` pixels becomes one place with more channels.  (n, h, w, c) -> smaller, deeper

    >>> folded(np.zeros((5, 8, 8, 1))).shape
    (5, 4, 4, 4)
    """
    n, h, w, c = images.shape
    if h % size or w % size:
        raise ValueError(f"squares of {size} pixels do not fill {h} x {w}. Pad or crop the images.")
    squares = np.reshape(images, (n, h // size, size, w // size, size, c)).transpose(0, 1, 3, 2, 4, 5)
    return squares.reshape(n, h // size, w // size, size * size * c)


CLASSES = 10


class DeepNets:
    """A stem (convolution, norm, ReLU), `blocks` blocks of two convolutions, the mean over places, a dense layer.

    seeds: of each net's start; nets of one seed start from the same weights, so that they can be paired
    shortcut: a number for each net, what the input of a block is multiplied by before it is added: 0 plain, 1 residual
    weights: a list for each part of the net: the stem's three arrays, the blocks' six, the dense layer's two
    block: `residual` or `preactivated` of `dlcourse.scratch.residual`; the second has a norm and a ReLU at its end

    Source:  He et al. 2015, section 4.2, at one resolution and one width
    """

    def __init__(self, blocks, seeds, shortcut, channels=4, filters=16, block=residual):
        if len(seeds) != len(shortcut) or blocks < 1:
            raise ValueError(
                f"expected a block or more, and a shortcut for each seed, got {blocks} blocks, {len(seeds)} seeds and "
                f"{len(shortcut)} shortcuts. Repeat the seeds for each kind of net."
            )
        self.shortcut = np.asarray(shortcut, "float32")[:, None, None, None, None]
        self.block, self.layers, self.classes = block, 2 * blocks + 2, CLASSES
        starts = [_start(np.random.default_rng(seed), blocks, channels, filters, CLASSES) for seed in seeds]
        if block is not residual:  # its sums are neither normed nor rectified: that is done once, at the end
            starts = [[*parts[:-1], _scale_and_shift(filters), parts[-1]] for parts in starts]
        self.weights = [[np.stack(arrays) for arrays in zip(*part, strict=True)] for part in zip(*starts, strict=True)]
        self.velocity = [[np.zeros_like(w) for w in part] for part in self.weights]

    def gradient(self, x, y):
        """x (r, b, h, w, c), y (r, b) class numbers -> loss (r,), share of errors (r,), slopes as `weights`,
        and the slopes (r, b, h, w, f) of the loss in the input of each block and in the output of the last."""
        stem, *blocks, head = self.weights
        maps, stem_back = self._stem(x, stem)
        backs = []
        for weights in blocks:
            maps, back = self._end(maps, weights) if len(weights) == 2 else self.block(maps, weights, self.shortcut)
            backs.append(back)
        features = maps.mean((2, 3))  # (r, b, f)
        scores = features @ head[0] + head[1]
        scores -= scores.max(-1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(-1, keepdims=True)
        hot = one_hot(y.ravel(), self.classes).reshape(p.shape).astype("float32")
        loss, wrong = -np.log((p * hot).sum(-1) + 1e-30).mean(1), (p.argmax(-1) != y).mean(1)
        d = (p - hot) / y.shape[1]
        slopes = [[features.swapaxes(1, 2) @ d, d.sum(1, keepdims=True)]]
        places = maps.shape[2] * maps.shape[3]
        d = np.broadcast_to((d @ head[0].swapaxes(1, 2))[:, :, None, None] / places, maps.shape)
        signals = [d]
        for back in reversed(backs):
            d, slope = back(d)
            slopes.append(slope)
            signals.append(d)
        slopes.append(stem_back(d))
        return loss, wrong, slopes[::-1], signals[::-1]

    def train(self, x, y, order, rate, momentum=0.9):
        """A step of momentum for each entry of `order` (steps, r, b), row numbers of x -> losses, errors (steps, r)"""
        losses, errors = [], []
        for rows in order:
            loss, wrong, slopes, _ = self.gradient(x[rows], y[rows])
            losses.append(loss)
            errors.append(wrong)
            for part, speeds, slope in zip(self.weights, self.velocity, slopes, strict=True):
                for w, v, g in zip(part, speeds, slope, strict=True):
                    v *= momentum
                    v -= rate * g
                    w += v
        return np.array(losses), np.array(errors)

    def _stem(self, x, weights):
        z, conv_back = convolve(x, weights[0])
        a, norm_back = normalise(z, *weights[1:])

        def back(d):
            dz, norm = norm_back(d * (a > 0))
            return conv_back(dz)[1] + norm

        return np.maximum(a, 0), back

    def _end(self, x, weights):
        a, norm_back = normalise(x, *weights)
        return np.maximum(a, 0), lambda d: norm_back(d * (a > 0))


def kernel_norms(slopes):
    """Length of the slope in each kernel of a `DeepNets`, from the stem to the last block.  -> (layers - 1, r)"""
    kernels = [part[n] for part in slopes[:-1] for n in range(0, len(part), 3) if len(part) > 2]
    return np.array([np.sqrt((kernel**2).sum((1, 2))) for kernel in kernels])


def _start(rng, blocks, channels, filters, classes):
    """He's start for the kernels, gamma 1, beta 0, and a dense layer."""

    def layer(c):
        kernel = rng.normal(size=(9 * c, filters)) * np.sqrt(2 / (9 * c))
        return [kernel.astype("float32"), *_scale_and_shift(filters)]

    parts = [layer(channels), *[layer(filters) + layer(filters) for _ in range(blocks)]]
    dense = (rng.normal(size=(filters, classes)) / np.sqrt(filters)).astype("float32")
    return [*parts, [dense, np.zeros((1, classes), "float32")]]


def _scale_and_shift(filters):
    return [np.ones((1, filters), "float32"), np.zeros((1, filters), "float32")]
