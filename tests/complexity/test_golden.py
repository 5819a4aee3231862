"""Published multiply-adds, and every figure of LeNet-5 and AlexNet."""

import keras
import pytest
from keras import layers

from dlcourse import models
from dlcourse.complexity import profile


@pytest.fixture(autouse=True, scope="module")
def plain_weights():
    """Zeros: only shapes are read, and drawing 138 million weights is what takes time."""
    draw, patch = keras.initializers.Zeros(), pytest.MonkeyPatch()
    for name in ("GlorotUniform", "HeNormal", "RandomNormal", "VarianceScaling", "TruncatedNormal"):
        patch.setattr(getattr(keras.initializers, name), "__call__", lambda self, *a, **k: draw(*a, **k))
    yield
    patch.undo()


def resnet50_stride_on_3x3():
    """The variant that torchvision counts ("v1.5"); only what multiplies."""
    x = keras.Input((224, 224, 3))
    y = layers.MaxPooling2D(3, 2, "same")(layers.Conv2D(64, 7, 2, "same")(x))
    for stage, depth in enumerate((3, 4, 6, 3)):
        for block in range(depth):
            width, strides = 64 * 2**stage, 2 if stage and not block else 1
            z = layers.Conv2D(width, 3, strides, "same")(layers.Conv2D(width, 1)(y))
            z = layers.Conv2D(4 * width, 1)(z)
            y = layers.Add()([z, y if block else layers.Conv2D(4 * width, 1, strides)(y)])
    return keras.Model(x, layers.Dense(1000)(layers.GlobalAveragePooling2D()(y)))


def alexnet_in_one_column():
    """The variant that torchvision counts (Krizhevsky 2014)."""
    net = [keras.Input((224, 224, 3)), layers.ZeroPadding2D(2), layers.Conv2D(64, 11, 4), layers.MaxPooling2D(3, 2)]
    net += [layers.Conv2D(192, 5, padding="same"), layers.MaxPooling2D(3, 2)]
    net += [layers.Conv2D(filters, 3, padding="same") for filters in (384, 256, 256)]
    net += [layers.MaxPooling2D(3, 2), layers.Flatten(), layers.Dense(4096), layers.Dense(4096), layers.Dense(1000)]
    return keras.Sequential(net)


PUBLISHED = [  # net, multiply-adds in units of 10^9; from torchvision's table of weights
    (resnet50_stride_on_3x3, 4.089),
    (alexnet_in_one_column, 0.714),
    (models.VGG16, 15.47),
    (models.ResNet18, 1.814),
    (models.MobileNetV2, 0.301),
    (models.InceptionV3, 5.713),
]


@pytest.mark.parametrize("net, published", PUBLISHED, ids=[net.__name__ for net, _ in PUBLISHED])
def test_multiply_adds_are_those_published(net, published):
    model = net()
    p = profile(model)
    assert p.macs / 1e9 == pytest.approx(published, rel=0.002)
    assert (p.parameters, p.not_counted) == (model.count_params(), [])


LENET = {  # layer: parameters, connections (a product or a bias each, and what a subsampling adds), as in the paper
    "stage1_c1": (156, 122_304),
    "stage1_s2": (12, 5_880),
    "stage2_c3": (1_516, 151_600),
    "stage2_s4": (32, 2_000),
    "head_c5": (48_120, 48_120),
    "head_f6": (10_164, 10_164),
}


def test_every_figure_of_lenet():
    table = profile(models.LeNet5(classes=10)).table
    for name, (parameters, connections) in LENET.items():
        row = table.loc[name]
        outputs = row["activation_bytes"] // 4
        assert row["parameters"] == parameters
        if name.endswith(("s2", "s4")):  # four inputs and a bias an output; the slope is not a connection
            assert row["other_ops"] - outputs == connections and row["macs"] == outputs
        else:  # the same, without the activation
            assert row["macs"] + row["other_ops"] - outputs == connections
    assert table.loc["head_rbf", ["parameters", "macs"]].tolist() == [840, 840]
    assert table["receptive_field"].tolist()[:5] == [5, 6, 14, 16, 32]
    assert table["effective_stride"].tolist()[:4] == [1, 2, 2, 4]


ALEXNET = {  # ungrouped: parameters, multiply-adds
    "stage1_conv1": (34_944, 55 * 55 * 96 * 363),
    "stage2_conv2": (614_656, 27 * 27 * 256 * 2400),
    "stage3_conv3": (885_120, 13 * 13 * 384 * 2304),
    "stage3_conv4": (1_327_488, 13 * 13 * 384 * 3456),
    "stage3_conv5": (884_992, 13 * 13 * 256 * 3456),
}


def test_every_figure_of_alexnet():
    p = profile(models.AlexNet())
    for name, (parameters, macs) in ALEXNET.items():
        assert p.table.loc[name, ["parameters", "macs"]].tolist() == [parameters, macs]
    convolutions = p.by_kind().loc["Conv2D"]
    assert round(convolutions["parameters_share"], 2) == 0.06
    assert round(convolutions["macs_share"], 2) == 0.95
    assert p.parameters == 62_378_344
    assert p.table.loc["stage3_pool", ["receptive_field", "effective_stride"]].tolist() == [195, 32]


def test_the_two_towers_save_half_of_three_layers():
    p = profile(models.AlexNetTwoTower())
    assert p.parameters == 60_965_224
    for name in ("stage2_conv2", "stage3_conv4", "stage3_conv5"):
        assert p.table.loc[name, "macs"] == ALEXNET[name][1] // 2


def test_resnet18_by_the_recursion():
    """r += (k - 1) j, j *= s along the longer way: 7x7/2, 3x3/2, then two 3x3 a block."""
    r, j, by_hand = 1, 1, {}
    for k, s in [(7, 2), (3, 2)]:
        r, j = r + (k - 1) * j, j * s
    for stage in (2, 3, 4, 5):
        for block in (1, 2):
            for s in (2 if stage > 2 and block == 1 else 1, 1):
                r, j = r + 2 * j, j * s
        by_hand[stage] = (r, j)
    assert by_hand[5] == (435, 32)
    rows = profile(models.backbone("resnet18")).table
    for stage, expected in by_hand.items():
        last = rows[rows.index.str.startswith(f"stage{stage}_")].iloc[-1]
        assert (last["receptive_field"], last["effective_stride"]) == expected


def test_reduced_inception_branch_and_factored_convolutions():
    """28 x 28 x 192 to 32 maps of 5x5: 120.4 M products, 12.4 M through 16 maps; 1x3 with 3x1 a third cheaper."""

    def macs(*net, channels=192):
        return profile(keras.Sequential([keras.Input((28, 28, channels)), *net])).macs

    def conv(filters, kernel):
        return layers.Conv2D(filters, kernel, padding="same")

    assert macs(conv(32, 5)) == 120_422_400
    assert macs(conv(16, 1), conv(32, 5)) == 12_443_648
    assert macs(conv(8, (1, 3)), conv(8, (3, 1)), channels=8) * 3 == macs(conv(8, 3), channels=8) * 2
    assert macs(conv(8, 5), channels=8) / macs(conv(8, 3), channels=8) == pytest.approx(25 / 9)
    separable = macs(layers.SeparableConv2D(64, 3, padding="same"))
    assert separable / macs(conv(64, 3)) == pytest.approx(1 / 64 + 1 / 9)
