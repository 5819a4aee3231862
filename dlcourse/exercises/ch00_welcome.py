"""Exercises of notebook 00, the welcome."""

import numpy as np

from dlcourse.exercises.compare import AtMost
from dlcourse.exercises.declare import Built, Case, Exercise, Mutant, random_cases


def _accuracy(probabilities, labels):
    return (probabilities.argmax(axis=1) == labels).mean()


def _answers(rng):
    return {"probabilities": rng.dirichlet(np.ones(4), size=30), "labels": rng.integers(0, 4, size=30)}


def _hold_out(train_ends, test_begins):
    """Split rows at n - train_ends(size) and n - test_begins(size)."""
    return lambda rows, size: (rows[: len(rows) - train_ends(size)], rows[len(rows) - test_begins(size) :])


def _inspect(model):
    """What a model makes of four pictures, and how large it is."""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"a Keras model was expected, not {type(model).__name__}")
    p = keras.ops.convert_to_numpy(model(np.random.default_rng(0).random((4, 8, 8, 1)).astype("float32")))
    kind = "probabilities" if np.allclose(p.sum(axis=-1), 1, atol=1e-4) else "rows that do not add up to 1"
    if (p < 0).any():
        kind = "some of them negative"
    return {"output shape": str(p.shape), "outputs": kind, "weights": model.count_params()}


def _model(width, outputs, activation):
    """A model with one hidden layer, and by its arguments the ways to get it wrong."""
    import keras

    hidden = [keras.layers.Dense(width, activation="relu"), keras.layers.Dense(outputs, activation=activation)]
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), *hidden])


EXERCISES = [
    Exercise(
        "00.1",
        "Count the weights of a layer",
        cases=[Case(expect=650)],
        hints=[
            "How many numbers does a picture of 8 by 8 pixels hold?",
            "64 inputs times 10 outputs, and what each output has besides.",
            "64 * 10 + 10",
        ],
        mutants=[
            Mutant("the biases are missing", 640, hint=1),
            Mutant("8 inputs, not 64", 90, hint=0),
            Mutant("one bias for all", 641, hint=2),
        ],
    ),
    Exercise(
        "00.2",
        "Accuracy from probabilities",
        cases=[
            Case(
                probabilities=np.array([[0.1, 0.9], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]]),
                labels=np.array([1, 0, 0, 1]),
                expect=0.75,
            ),
            random_cases(seed=2, make=_answers),
        ],
        hints=[
            "The answer to a row is the place of its largest probability: argmax along the classes, axis 1.",
            "Compare the answers with the labels: right or wrong, row by row.",
            "A share is between 0 and 1: the mean of (answers == labels).",
        ],
        mutants=[
            Mutant("counts instead of a share", lambda p, y: (p.argmax(axis=1) == y).sum(), hint=2),
            Mutant("argmax over the rows", lambda p, y: (p.argmax(axis=0) == y).mean(), hint=0),
            Mutant("the share that is wrong", lambda p, y: (p.argmax(axis=1) != y).mean(), hint=1),
        ],
        reference=_accuracy,
    ),
    Exercise(
        "00.3",
        "A split that flatters",
        cases=[
            Case(rows=np.arange(10), test_size=4, expect=(np.arange(6), np.arange(6, 10))),
            Case(rows=np.arange(7), test_size=3, expect=(np.arange(4), np.arange(4, 7))),
            Case(rows=np.arange(5), test_size=1, expect=(np.arange(4), np.arange(4, 5))),
        ],
        given=_hold_out(lambda size: size // 2, lambda size: size),
        hints=[
            "Try it on ten rows with a test of four. Which rows are in both parts?",
            "The training part must end where the test part begins.",
            "Both at len(rows) - test_size.",
        ],
        mutants=[
            Mutant("half the test is thrown away", _hold_out(lambda size: size, lambda size: size // 2), hint=1),
            Mutant("one row in both parts", _hold_out(lambda size: size - 1, lambda size: size), hint=0),
            Mutant(
                "the parts are swapped", lambda rows, size: (rows[len(rows) - size :], rows[: len(rows) - size]), hint=2
            ),
        ],
    ),
    Exercise(
        "00.4",
        "A small model",
        cases=[Case(expect={"output shape": "(4, 10)", "outputs": "probabilities", "weights": AtMost(5000)})],
        probe=_inspect,
        hints=[
            "keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), ...]); one output for each digit.",
            "Probabilities are at least 0 and add up to 1: which activation does that?",
            "Dense(n) on the flat picture has 65 n weights, Dense(10) after it 10 n + 10: how large may n be?",
        ],
        mutants=[
            Mutant("no softmax", Built(lambda: _model(32, 10, None)), hint=1),
            Mutant("too large", Built(lambda: _model(128, 10, "softmax")), hint=2),
            Mutant("one output", Built(lambda: _model(32, 1, "sigmoid")), hint=0),
        ],
    ),
]
