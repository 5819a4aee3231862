"""Exercises with instant checks: `check("11.2", answer)`."""

from dlcourse.exercises.checker import CHECK_MIME, Result, check
from dlcourse.exercises.compare import AtLeast, AtMost
from dlcourse.exercises.declare import Built, Case, Exercise, Mutant, random_cases
from dlcourse.exercises.registry import list_exercises

__all__ = [
    "CHECK_MIME",
    "AtLeast",
    "AtMost",
    "Built",
    "Case",
    "Exercise",
    "Mutant",
    "Result",
    "check",
    "list_exercises",
    "random_cases",
]
