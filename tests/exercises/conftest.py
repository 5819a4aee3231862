import numpy as np
import pytest

from dlcourse.exercises import Case, Exercise, Mutant, checker, random_cases


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Every test has a progress file of its own."""
    monkeypatch.setenv("DLCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DLCOURSE_PROGRESS", raising=False)
    monkeypatch.setattr(checker, "_tries_unsaved", {})
    return tmp_path / "home"


@pytest.fixture
def half(monkeypatch):
    """An exercise to answer: halve the positive numbers of an array."""

    def right(x):
        return np.where(x > 0, x / 2, x)

    exercise = Exercise(
        "99.1",
        "Halve what is positive",
        cases=[
            Case(x=[2.0, -4.0], expect=[1.0, -4.0]),
            random_cases(seed=3, make=lambda rng: {"x": rng.normal(size=(2, 3))}),
        ],
        hints=["Which entries change?", "np.where(x > 0, ...)", "np.where(x > 0, x / 2, x)"],
        mutants=[Mutant("all halved", lambda x: x / 2, hint=1), Mutant("summed", lambda x: right(x).sum(), hint=2)],
        reference=right,
    )
    monkeypatch.setattr(checker, "find", lambda exercise_id: exercise)
    return exercise
