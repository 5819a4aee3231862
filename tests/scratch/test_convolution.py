"""Convolution by loops, im2col, FFT and Winograd: equal to each other, to Keras, to SciPy and to finite differences."""

import keras
import numpy as np
import pytest
from scipy import signal

from dlcourse import ops
from dlcourse.scratch.convolution import convolve_loops, flip
from dlcourse.scratch.convolution_cost import multiplications
from dlcourse.scratch.convolution_fft import convolve_fft
from dlcourse.scratch.convolution_frame import output_size, pad_widths
from dlcourse.scratch.convolution_im2col import col2im, convolve_im2col, im2col
from dlcourse.scratch.convolution_winograd import convolve_winograd
from dlcourse.scratch.gradient_check import central_differences

QUICK = {"im2col": convolve_im2col, "fft": convolve_fft, "winograd": convolve_winograd}
ALL = {"loops": convolve_loops, **QUICK}

# input, kernel, options
CASES = {
    "1-D": ((2, 9, 3), (4, 3, 5), {}),
    "1-D same, stride 2, dilation 2": ((2, 9, 3), (3, 3, 2), {"padding": "same", "stride": 2, "dilation": 2}),
    "2-D": ((2, 6, 7, 3), (3, 3, 3, 4), {}),
    "2-D same": ((2, 6, 7, 3), (3, 3, 3, 4), {"padding": "same"}),
    "2-D full": ((1, 3, 4, 2), (3, 3, 2, 3), {"padding": "full"}),
    "2-D padded by 2": ((1, 4, 5, 2), (3, 3, 2, 2), {"padding": 2}),
    "2-D stride": ((2, 7, 8, 3), (3, 2, 3, 4), {"stride": (2, 3)}),
    "2-D even kernel, same, stride 3": ((2, 8, 7, 2), (4, 2, 2, 3), {"padding": "same", "stride": 3}),
    "2-D dilation": ((1, 9, 8, 2), (3, 2, 2, 3), {"dilation": (2, 3)}),
    "2-D full, dilation": ((1, 5, 5, 2), (3, 3, 2, 3), {"dilation": 2, "padding": "full"}),
    "2-D groups": ((2, 5, 6, 6), (3, 3, 2, 9), {"groups": 3, "padding": "same"}),
    "2-D depthwise": ((2, 6, 5, 4), (3, 3, 1, 8), {"groups": 4}),
    "2-D 1x1": ((2, 4, 3, 5), (1, 1, 5, 2), {}),
    "2-D all at once": ((1, 7, 6, 4), (2, 3, 2, 4), {"stride": 2, "dilation": (3, 2), "groups": 2, "padding": "same"}),
    "2-D as large as the input": ((2, 4, 5, 2), (4, 5, 2, 3), {}),
    "3-D": ((1, 4, 5, 4, 2), (2, 3, 2, 2, 3), {"padding": "same", "stride": (1, 2, 1)}),
}


def fits_winograd(w_shape, options):
    return w_shape[:-2] == (3, 3) and options.get("stride", 1) == options.get("dilation", 1) == 1


PAIRS = [
    pytest.param(QUICK[name], *case, id=f"{name}, {title}")
    for title, case in CASES.items()
    for name in QUICK
    if name != "winograd" or fits_winograd(case[1], case[2])
]


def arrays(x_shape, w_shape, dtype="float32", seed=0):
    """Input and kernel of such a size that the output is about 1."""
    rng = np.random.default_rng(seed)
    w = rng.normal(size=w_shape) / np.sqrt(np.prod(w_shape[:-1]))
    return rng.normal(size=x_shape).astype(dtype), w.astype(dtype)


@pytest.mark.parametrize(("convolve", "x_shape", "w_shape", "options"), PAIRS)
def test_every_algorithm_equals_the_loops_forward_and_backward_in_float32(convolve, x_shape, w_shape, options):
    x, w = arrays(x_shape, w_shape)
    (y, back), (expected, back_loops) = convolve(x, w, **options), convolve_loops(x, w, **options)
    assert y.dtype == expected.dtype == "float32" and y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    dy = np.random.default_rng(1).normal(size=y.shape).astype("float32") / 4
    for slope, slope_loops, a in zip(back(dy), back_loops(dy), (x, w), strict=True):
        assert slope.shape == a.shape and slope.dtype == "float32"
        np.testing.assert_allclose(slope, slope_loops, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("title", ["1-D same, stride 2, dilation 2", "2-D full", "2-D all at once"])
def test_gradients_agree_with_central_differences_in_float64(name, title):
    x_shape, w_shape, options = CASES[title]
    if name == "winograd" and not fits_winograd(w_shape, options):
        x_shape, w_shape, options = (1, 5, 4, 2), (3, 3, 1, 4), {"padding": "same", "groups": 2}
    x, w = arrays(x_shape, w_shape, "float64")
    y, backward = ALL[name](x, w, **options)
    dy = np.random.default_rng(2).normal(size=y.shape)
    numeric = central_differences(lambda x, w: (ALL[name](x, w, **options)[0] * dy).sum(), [x, w], step=1e-4)
    for found, expected in zip(backward(dy), numeric, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


KERAS_DOES = [title for title, (_, _, how) in CASES.items() if not {"stride", "dilation"} <= set(how)]  # not both


@pytest.mark.parametrize("title", KERAS_DOES)
def test_loops_equal_keras_forward_and_backward(title):
    x_shape, w_shape, options = CASES[title]
    x, w = arrays(x_shape, w_shape)
    y, backward = convolve_loops(x, w, **options)
    stride, dilation, padding = (options.get(k, d) for k, d in [("stride", 1), ("dilation", 1), ("padding", "valid")])
    spread = [d * (k - 1) for k, d in zip(w_shape, np.broadcast_to(dilation, len(x_shape) - 2), strict=False)]
    widths = {"full": [(s, s) for s in spread], 2: [(2, 2)] * len(spread)}.get(padding, [(0, 0)] * len(spread))

    def peer(inputs):
        padded = keras.ops.pad(inputs[0], [(0, 0), *widths, (0, 0)])
        same = "same" if padding == "same" else "valid"
        return keras.ops.conv(padded, inputs[1], strides=stride, padding=same, dilation_rate=dilation)

    np.testing.assert_allclose(
        y, keras.ops.convert_to_numpy(peer([keras.ops.array(x), keras.ops.array(w)])), rtol=1e-5, atol=1e-5
    )
    dy = np.random.default_rng(3).normal(size=y.shape).astype("float32") / 4
    _, slopes = ops.vjp(peer, [x, w], dy)
    for found, expected in zip(backward(dy), slopes, strict=True):
        np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same", "full"])
def test_it_is_scipys_correlation_and_with_a_turned_kernel_its_convolution(padding):
    x, w = arrays((1, 8, 9, 1), (3, 5, 1, 1), "float64")
    correlated = signal.correlate(x[0, :, :, 0], w[:, :, 0, 0], mode=padding)
    convolved = signal.convolve(x[0, :, :, 0], w[:, :, 0, 0], mode=padding)
    np.testing.assert_allclose(convolve_loops(x, w, padding=padding)[0][0, :, :, 0], correlated, atol=1e-12)
    np.testing.assert_allclose(convolve_loops(x, flip(w), padding=padding)[0][0, :, :, 0], convolved, atol=1e-12)
    kernel = np.arange(24.0).reshape(2, 3, 2, 2)
    assert np.array_equal(flip(kernel)[0, 0], kernel[1, 2]), "channels and filters stay where they are"
    assert np.array_equal(flip(flip(kernel)), kernel)


def test_a_stride_keeps_every_other_place():
    x, w = arrays((1, 9, 9, 2), (3, 3, 2, 3))
    for dilation in (1, 2):
        thick, thin = (convolve_loops(x, w, stride, dilation=dilation)[0] for stride in (1, 2))
        assert np.array_equal(thick[:, ::2, ::2], thin)


def test_ones_smoothed_keep_one_only_where_the_kernel_is_inside():
    x, w = np.ones((1, 5, 1)), np.reshape([0.25, 0.5, 0.25], (3, 1, 1))
    for convolve in (convolve_loops, convolve_im2col, convolve_fft):
        np.testing.assert_allclose(convolve(x, w, padding="same")[0].ravel(), [0.75, 1, 1, 1, 0.75], atol=1e-12)
    replicated = np.pad(x, [(0, 0), (1, 1), (0, 0)], mode="edge")
    np.testing.assert_allclose(convolve_loops(replicated, w)[0].ravel(), np.ones(5))


def test_sharpening_by_hand():
    x = np.array([[60, 113, 56], [73, 121, 54], [131, 99, 70]])[None, ..., None]
    w = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])[..., None, None]
    for convolve in ALL.values():
        y, _ = convolve(x, w, padding="same")
        assert y[0, 0, 0, 0] == pytest.approx(5 * 60 - 113 - 73) and y[0, 1, 1, 0] == pytest.approx(
            605 - 113 - 54 - 99 - 73
        )


def test_col2im_is_the_transpose_of_im2col():
    rng = np.random.default_rng(4)
    x, geometry = rng.normal(size=(2, 7, 8, 3)), ((3, 2), (2, 1), (1, 3))
    columns = im2col(x, *geometry)
    other = rng.normal(size=columns.shape)
    assert (columns * other).sum() == pytest.approx((x * col2im(other, x.shape, *geometry)).sum())


@pytest.mark.parametrize(
    ("n", "k", "options", "size"),
    [
        (227, 11, {"stride": 4}, 55),
        (32, 5, {}, 28),
        (7, 3, {"padding": "same"}, 7),
        (7, 3, {"padding": "full"}, 9),
        (8, 2, {"stride": 2}, 4),
        (224, 7, {"stride": 2, "padding": 3}, 112),
        (10, 3, {"dilation": 4}, 2),
        (1, 1, {"stride": 5}, 1),
    ],
)
def test_output_sizes_of_the_worked_examples(n, k, options, size):
    assert output_size(n, k, **options) == size


def test_same_is_as_long_as_the_input_over_the_stride_and_puts_the_odd_zero_last():
    for n in range(1, 12):
        for k in range(1, 6):
            for stride in range(1, 5):
                before, after = pad_widths(n, k, stride, "same")
                assert output_size(n, k, stride, "same") == -(-n // stride) and after - before in (0, 1)


def test_multiplications_of_the_worked_example():
    count = multiplications(n=8, k=3, channels=2, filters=5)
    assert count == {"direct": 36 * 9 * 10, "fft": 7 * 384 + 128 * 10, "winograd": 9 * 16 * 10}
    assert "winograd" not in multiplications(8, 5, 1, 1) and multiplications(1, 1, 1, 1)["direct"] == 1
    with pytest.raises(ValueError, match="does not fit into 4 x 4"):
        multiplications(4, 5, 1, 1)


X, W = np.ones((1, 6, 6, 4)), np.ones((3, 3, 4, 2))


@pytest.mark.parametrize("convolve", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    ("x", "w", "options", "message"),
    [
        (X[0], W, {}, r"last axis of length 1"),
        (X, W[..., :3, :], {}, r"input has 4 channels, the kernel \(3, 3, 3, 2\) takes 3"),
        (X, W, {"groups": 2}, r"takes 4 in each of 2 groups: 8"),
        (X, W[..., :2, :1], {"groups": 2}, "1 filters do not split into 2 equal groups"),
        (X[:, :2], W, {}, "a kernel that spans 3 does not fit into 2"),
        (X, W, {"padding": "sane"}, "padding must be one of"),
        (X, W, {"padding": -1}, "padding must be one of"),
        (X, W, {"stride": 0}, "stride must be a whole number from 1 up, got 0"),
        (X, W, {"dilation": (1, 0)}, "dilation must be a whole number"),
        (X, W, {"stride": (1, 1, 1)}, "stride has 3 numbers, the input has 2 axes"),
    ],
)
def test_what_does_not_go_together_is_refused(convolve, x, w, options, message):
    with pytest.raises(ValueError, match=message):
        convolve(x, w, **options)


@pytest.mark.parametrize("options", [{"stride": 2}, {"dilation": 2}, {"stride": (1, 2)}])
def test_winograd_says_what_it_is_for(options):
    with pytest.raises(ValueError, match="stride 1 and dilation 1, got a kernel"):
        convolve_winograd(X, W, **options)
    with pytest.raises(ValueError, match=r"got a kernel \(2, 2, 4, 2\)"):
        convolve_winograd(X, W[:2, :2])


def test_a_slope_of_the_wrong_shape_is_refused():
    for convolve in ALL.values():
        with pytest.raises(ValueError, match=r"shape \(1, 4, 4, 2\) of the output"):
            convolve(X, W)[1](np.ones((1, 4, 4, 1)))
