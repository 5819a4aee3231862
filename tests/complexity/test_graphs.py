"""Which calls are counted: shared layers, nested and subclassed models, layers of one's own, layers nobody knows."""

import warnings

import keras
import pytest
from keras import layers, ops

from dlcourse.complexity import profile
from dlcourse.complexity.rules import is_known


class Gate(layers.Layer):
    """Layers within a layer, and no weight of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(3, name="inner")

    def call(self, x):
        return x * ops.sigmoid(self.inner(x))


class Scale(layers.Layer):
    """A weight, and no rule."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],))

    def call(self, x):
        return x * self.scale


class Told(Scale):
    """The same, with its cost."""

    answer = {"macs": 7, "other_ops": 3, "kernel": 3, "strides": 2}  # noqa: RUF012

    def complexity(self, input_shapes, output_shapes):
        self.seen = input_shapes, output_shapes
        return self.answer


class Net(keras.Model):
    """Subclassed, with a branch and a shared layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(3, 3, padding="same", name="conv")
        self.gate = Gate(name="gate")
        self.head = keras.Sequential([layers.Flatten(), layers.Dense(2, name="last")], name="head")

    def call(self, x):
        return self.head(self.conv(self.gate(self.conv(x))) + x)


def silent(*arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return profile(*arguments)


def test_a_shared_layer_works_twice_and_is_stored_once():
    x, y = keras.Input((5,)), keras.Input((5,))
    shared = layers.Dense(3, name="shared")
    p = silent(keras.Model([x, y], layers.Concatenate()([shared(x), shared(y)])))
    assert p.table.loc[["shared", "shared/2"], "macs"].tolist() == [15, 15]
    assert p.table.loc[["shared", "shared/2"], "parameters"].tolist() == [18, 0]


def test_a_nested_model_is_opened_at_the_size_it_is_called_with():
    inner = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3, name="conv")], name="inner")
    x = keras.Input((9, 9, 3))
    outer = keras.Model(x, layers.Add()([inner(x), inner(x)]))
    p = silent(outer)
    assert p.table.loc["inner/conv", "macs"] == p.table.loc["inner/conv/2", "macs"] == 49 * 27 * 4
    assert p.table.loc["inner/conv", "receptive_field"] == 3


def test_a_model_within_time_distributed_counts_each_step():
    inner = keras.Sequential([layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(5)])
    x = keras.Input((6, 9, 9, 3))
    p = silent(keras.Model(x, layers.TimeDistributed(inner)(x)))
    assert p.macs == 6 * (49 * 27 * 4 + 20)
    assert p.parameters == inner.count_params()


def test_a_subclassed_model_is_followed_and_left_as_it_was():
    model = Net()
    p = silent(model, (8, 8, 3))
    conv = 64 * 27 * 3
    assert p.table.loc[["conv", "conv/2", "gate/inner", "head/last"], "macs"].tolist() == [conv, conv, 64 * 9, 192 * 2]
    assert p.parameters == model.count_params()
    assert p.table.iloc[3]["receptive_field"] == 3 and p.table.iloc[4]["receptive_field"] == 5
    assert not model.conv._inbound_nodes and not model.gate._inbound_nodes and not model.head._inbound_nodes
    again = silent(model, (8, 8, 3)).table
    assert again.reset_index(drop=True).equals(p.table.reset_index(drop=True))


def test_a_layer_without_a_rule_is_listed_and_never_zero():
    model = keras.Sequential([keras.Input((6,)), Scale(name="own"), layers.Dense(2)])
    with pytest.warns(UserWarning, match=r"no rule for Scale \(own\).*lower bounds.*complexity"):
        p = profile(model)
    assert p.not_counted == ["own"] and p.table.loc["own"].isna()[["macs", "other_ops"]].all()
    assert (p.macs, p.parameters) == (12, 6 + 14)
    assert "at least" in str(p) and "not counted" in str(p)
    assert "not counted" in p._repr_html_()


def test_weights_of_the_model_itself_are_listed_and_not_counted():
    class Own(keras.Model):
        def build(self, shape):
            self.table = self.add_weight(shape=(3, 3), name="table")

        def call(self, x):
            return ops.relu(ops.matmul(x, self.table))

    with pytest.warns(UserWarning, match="own weights"):
        p = profile(Own(name="own"), (3,))
    assert p.parameters == 9 and p.not_counted == ["own (own weights)"] and p.macs == 9


def test_a_model_that_does_nothing_costs_nothing():
    x = keras.Input((4,))
    p = silent(keras.Model(x, x))
    assert (len(p.table), p.macs, p.parameters) == (0, 0, 0) and "0 MACs" in str(p)


def test_a_state_that_is_passed_by_name_is_not_taken_for_the_sequence():
    x, h = keras.Input((7, 3)), keras.Input((5,))
    cell = layers.GRU(5)
    assert silent(keras.Model([x, h], cell(initial_state=h, sequences=x))).macs == 7 * 3 * 5 * (3 + 5)


def test_a_lambda_is_not_counted_although_it_has_no_weights():
    with pytest.warns(UserWarning, match="Lambda"):
        p = profile(keras.Sequential([keras.Input((6,)), layers.Lambda(lambda x: x, name="odd")]))
    assert p.not_counted == ["odd"]


def test_a_layer_tells_its_own_cost():
    layer = Told(name="told")
    p = silent(keras.Sequential([keras.Input((8, 8, 3)), layer]))
    row = p.table.loc["told"]
    assert row[["macs", "other_ops", "receptive_field", "effective_stride", "parameters"]].tolist() == [7, 3, 3, 2, 3]
    assert layer.seen == ([(1, 8, 8, 3)], [(1, 8, 8, 3)])


@pytest.mark.parametrize("answer", [{}, {"macs": -1}, {"macs": 1.5}, {"macs": 1, "flops": 2}, 7])
def test_a_wrong_answer_of_a_layer_is_refused(answer):
    layer = Told()
    layer.answer = answer
    with pytest.raises(ValueError, match=r"Told\.complexity must .* got"):
        profile(keras.Sequential([keras.Input((8, 8, 3)), layer]))


def test_a_child_that_keeps_the_call_of_its_parent_costs_the_same():
    class Plain(layers.Dense):
        pass

    class Changed(layers.Dense):
        def call(self, x):
            return super().call(super().call(x))

    x = keras.Input((6,))
    assert silent(keras.Model(x, Plain(6)(x))).macs == 36
    with pytest.warns(UserWarning, match="Changed"):
        assert profile(keras.Model(x, Changed(6)(x))).macs == 0


def test_open_sizes_are_asked_for_and_others_may_be_chosen():
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match=r"leaves sizes open.*input_shape"):
        profile(model)
    assert profile(model, (9, 9, 3)).macs == 49 * 27 * 4
    assert profile(model, (19, 9, 3)).macs == 17 * 7 * 27 * 4


def test_several_inputs_are_given_in_order_or_by_name():
    a, b = keras.Input((None, 3), name="a"), keras.Input((2,), name="b")
    model = keras.Model([a, b], layers.Concatenate()([layers.GlobalMaxPooling1D()(layers.Dense(4)(a)), b]))
    by_order, by_name = profile(model, [(7, 3), (2,)]), profile(model, {"b": (2,), "a": (7, 3)})
    assert by_order.macs == by_name.macs == 84


@pytest.mark.parametrize(
    "shape, message",
    [((2, 2, 3), "larger input_shape"), ((9, 9, 4), "takes inputs with 3"), ((9, 9), r"takes inputs of the shapes")],
)
def test_an_input_that_does_not_fit_is_refused(shape, message):
    model = keras.Sequential([keras.Input((9, 9, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match=message):
        profile(model, shape)


def test_a_size_that_a_dense_layer_was_not_built_for_is_refused():
    model = keras.Sequential([keras.Input((9, 9, 3)), layers.Flatten(), layers.Dense(2, name="top")])
    with pytest.raises(ValueError, match=r"'top' takes inputs with 243"):
        profile(model, (8, 8, 3))


def test_what_cannot_be_followed_says_so():
    class Branching(keras.Model):
        def call(self, x):
            return x if float(ops.sum(x)) > 0 else -x

    model = Branching()
    for _ in range(2):  # not built, then built
        with pytest.raises(ValueError, match=r"cannot follow.*Branching.*keras\.ops"):
            profile(model, (3,))
        model.built = True
    with pytest.raises(ValueError, match=r"not known.*Pass input_shape"):
        profile(Net())
    with pytest.raises(ValueError, match=r"takes a keras\.Model, got Dense"):
        profile(layers.Dense(2))


ABSTRACT = {
    "Layer",
    "Wrapper",
    "LSTMCell",
    "GRUCell",
    "SimpleRNNCell",
    "StackedRNNCells",
}  # these are not called in nets
NOT_COUNTED = {  # other people's code, and what turns text, tables or sound into numbers
    *("Lambda", "FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper", "Pipeline"),
    *("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup"),
    *("TextVectorization", "MelSpectrogram", "STFTSpectrogram", "MaxNumBoundingBoxes", "Equalization", "Solarization"),
    "ContrastLimitedAdaptiveHistogramEqualization",
}


def test_every_layer_of_keras_is_known_or_named_here():
    kinds = {kind for kind in vars(layers).values() if isinstance(kind, type) and issubclass(kind, layers.Layer)}
    unknown = {kind for kind in kinds if not is_known(object.__new__(kind))}
    assert {getattr(layers, name) for name in ABSTRACT | NOT_COUNTED} == unknown
