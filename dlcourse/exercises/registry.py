"""Find exercises by id: one module per notebook, `chNN_topic.py`, holds a list named EXERCISES."""

import pkgutil
import re
from functools import cache
from importlib import import_module

from dlcourse.settings import nearest


@cache
def chapters():
    """{"11": "dlcourse.exercises.ch11_perceptron", ...}"""
    package = __name__.rpartition(".")[0]
    names = (m.name for m in pkgutil.iter_modules(import_module(package).__path__) if re.match(r"ch\d\d_", m.name))
    return {name[2:4]: f"{package}.{name}" for name in sorted(names)}


@cache
def list_exercises(chapter=None):
    """Every exercise of the course, or of one notebook ("11"), in order."""
    modules = chapters().values() if chapter is None else [chapters()[chapter]]
    return tuple(exercise for module in modules for exercise in import_module(module).EXERCISES)


def find(exercise_id):
    """The exercise with this id.

    Raises:
        ValueError: there is none; the message names the nearest ids.
    """
    chapter = str(exercise_id).partition(".")[0]
    near = list_exercises(chapter) if chapter in chapters() else list_exercises()
    for exercise in near:
        if exercise.id == exercise_id:
            return exercise
    raise ValueError(f"there is no exercise {exercise_id!r}. {nearest(exercise_id, [e.id for e in near])}")
