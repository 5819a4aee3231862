"""Exercises of notebook 25, regularization."""

import numpy as np

from dlcourse.exercises.compare import AtLeast
from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _dropout(dropped=lambda u, rate: u < rate, scale=lambda rate: 1 / (1 - rate)):
    """Dropout with given random numbers, and by its arguments the ways to get it wrong."""
    return lambda x, u, rate: np.where(dropped(u, rate), 0.0, x * scale(rate))


def _units(rng):
    return {"x": rng.normal(size=(4, 5)), "u": rng.random((4, 5)), "rate": float(rng.uniform(0.2, 0.8))}


def _net(place="between", share=lambda rate: rate):
    """A builder of nets with dropout at a place: "lost", on the "pixels", "between" the layers, or at the "output"."""

    def build(rate):
        import keras

        image = keras.Input((64,))
        drop = keras.layers.Dropout(share(rate))
        x = keras.layers.Dense(32, activation="relu")(drop(image) if place == "pixels" else image)
        if place == "lost":
            drop(x)
        elif place == "between":
            x = drop(x)
        x = keras.layers.Dense(10, activation="softmax")(x)
        return keras.Model(image, drop(x) if place == "output" else x)

    return build


def _where_dropout_acts(answer, rate):
    """What a built net does: how many units its dropout layers see, at which rate, and when it acts."""
    import keras

    model = answer(rate)
    if not isinstance(model, keras.Model) or model.input_shape != (None, 64) or model.output_shape != (None, 10):
        raise ValueError("expected a keras.Model from 64 inputs to 10 outputs: give the function that builds it")
    drops = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    x = np.random.default_rng(0).normal(size=(20, 64)).astype("float32")
    first, second = (keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(2))
    quiet = [keras.ops.convert_to_numpy(model(x, training=False)) for _ in range(2)]
    return {
        "units behind a dropout layer": sum(layer.input.shape[-1] for layer in drops),
        "rate": max([layer.rate for layer in drops], default=0.0),
        "random in training": "yes" if (first != second).any() else "no",
        "random in inference": "yes" if (quiet[0] != quiet[1]).any() else "no",
    }


def _mixup(labels=True, swap=False, one=False):
    """Mixup, with labels left alone, shares swapped in the labels, or one share for the whole batch."""

    def mixup(x, y, order, lam):
        lam = np.full_like(lam, lam[0]) if one else lam
        wide = lam[:, None, None, None]
        share = (1 - lam if swap else lam)[:, None]
        return wide * x + (1 - wide) * x[order], share * y + (1 - share) * y[order] if labels else y

    return mixup


def _pairs(rng):
    return {"x": rng.random((5, 3, 4, 2)), "y": np.eye(6)[rng.integers(6, size=5)], "order": rng.permutation(5),
            "lam": rng.random(5)}  # fmt: skip


def _sparse_problem(seed, rows):
    """Centred rows of 200 features, 5 of which matter, with the noise of a tenth of the variance."""
    rng = np.random.default_rng(seed)
    w = np.zeros(200)
    w[rng.choice(200, 5, replace=False)] = rng.choice([-1, 1], 5) * rng.uniform(1.0, 2.0, 5)
    x = rng.normal(size=(rows, 200))
    y = x @ w + np.sqrt(w @ w / 10) * rng.normal(size=rows)
    return x, y


def _r2_on_new(answer, seed):
    """R2 of the answer's weights on 1,000 rows that it did not see."""
    x, y = _sparse_problem(seed, 1060)
    centre_x, centre_y = x[:60].mean(axis=0), y[:60].mean()
    w = np.asarray(answer(x[:60] - centre_x, y[:60] - centre_y), dtype=float)
    if w.shape != (200,):
        raise ValueError(f"expected 200 weights, one a feature, got shape {w.shape}")
    error = y[60:] - centre_y - (x[60:] - centre_x) @ w
    return 1 - (error**2).mean() / y[60:].var()


def _ridge(penalty):
    return lambda x, y: np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def _most_correlated(x, y):
    """Least squares on the five features that correlate most with y: some of them by chance."""
    kept = np.argsort(-np.abs(x.T @ y))[:5]
    w = np.zeros(x.shape[1])
    w[kept] = np.linalg.lstsq(x[:, kept], y, rcond=None)[0]
    return w


def _shrunk(x, y, penalty=0.5):
    """The lasso by proximal steps: the right features, with weights that are all too small."""
    rate, w = len(y) / np.linalg.norm(x, 2) ** 2, np.zeros(x.shape[1])
    for _ in range(500):
        w = w - rate * x.T @ (x @ w - y) / len(y)
        w = np.sign(w) * np.maximum(np.abs(w) - rate * penalty, 0)
    return w


EXERCISES = [
    Exercise(
        "25.1",
        "Inverted dropout",
        cases=[
            Case(x=[[1.0, 2.0, 4.0]], u=[[0.4, 0.6, 0.5]], rate=0.5, expect=[[0.0, 4.0, 8.0]]),
            Case(x=[[1.0, -2.0]], u=[[0.0, 0.9]], rate=0.0, expect=[[1.0, -2.0]]),
            random_cases(seed=1, make=_units),
        ],
        reference=_dropout(),
        hints=[
            "Which values does `u < rate` single out: those that go, or those that stay?",
            "Inverted: what stays is made larger, so that the expected value is x.",
            "A value stays with probability 1 - rate. Divide by that.",
        ],
        mutants=[
            Mutant("kept where it drops", _dropout(dropped=lambda u, rate: u >= rate), hint=0),
            Mutant("left at its size", _dropout(scale=lambda rate: 1.0), hint=1),
            Mutant("divided by the rate", _dropout(scale=lambda rate: 1 / max(rate, 1e-9)), hint=2),
        ],
    ),
    Exercise(
        "25.2",
        "Find the bug: the dropout line that does nothing",
        cases=[Case(rate=0.25), Case(rate=0.5)],
        reference=_net(),
        probe=_where_dropout_acts,
        given=_net("lost"),
        hints=[
            "A layer that is called returns a new tensor. Where does yours go? model.summary() lists what is joined.",
            "Dropout is to silence hidden units here: neither pixels nor the probability of a class.",
            "Keras's Dropout takes the share that goes, not the share that stays.",
        ],
        mutants=[
            Mutant("the pixels dropped", _net("pixels"), hint=1),
            Mutant("the output dropped", _net("output"), hint=1),
            Mutant("the share that stays", _net(share=lambda rate: 1 - rate), hint=2),
        ],
    ),
    Exercise(
        "25.3",
        "Mixup with its labels",
        cases=[random_cases(seed=4, make=_pairs)],
        reference=_mixup(),
        hints=[
            "The images are mixed. What should a net say of an image that is 70 % a 3?",
            "lam is the share of the first image. Whose share is 1 - lam, in the labels as well?",
            "Each example has a lam of its own: give it axes of length 1, lam[:, None, None, None].",
        ],
        mutants=[
            Mutant("labels not mixed", _mixup(labels=False), hint=0),
            Mutant("labels' shares swapped", _mixup(swap=True), hint=1),
            Mutant("lam is the second's share", lambda x, y, order, lam: _mixup()(x, y, order, 1 - lam), hint=1),
            Mutant("one share for all", _mixup(one=True), hint=2),
        ],
    ),
    Exercise(
        "25.4",
        "Five features of two hundred",
        cases=[Case(seed=seed, expect=AtLeast(0.8)) for seed in (0, 1, 2)],
        probe=_r2_on_new,
        hints=[
            "With 200 weights and 60 rows, least squares fits anything. What do you know about the weights?",
            "L2 believes in many small weights. Which penalty believes in few?",
            "Correlation with y alone picks features by chance. Choose them together, as the lasso does, and refit, "
            "or choose its strength by cross-validation.",
        ],
        mutants=[
            Mutant("least squares alone", lambda x, y: np.linalg.pinv(x) @ y, hint=0),
            Mutant("many small weights", _ridge(60.0), hint=1),
            Mutant("one feature at a time", _most_correlated, hint=2),
            Mutant("the lasso, shrunk and not refitted", _shrunk, hint=2),
        ],
    ),
]
