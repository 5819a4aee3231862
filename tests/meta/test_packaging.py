"""pyproject.toml, constraints.txt and environment.yml agree; the package imports fast and without TensorFlow."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PINS = dict(re.findall(r"^([\w.\-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements():
    """Every requirement of the core and of the extras, our own name left out."""
    lines = PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra]
    return [r for r in map(Requirement, lines) if r.name != "dlcourse"]


def run(code, **environment):
    """The JSON that a fresh interpreter prints last."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_constraints_are_plain_pins():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[\w.\-]+==[\w.!]+", line), line


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_requirement_is_pinned_to_a_version_it_allows(requirement):
    pins = {canonical(name): version for name, version in PINS.items()}
    assert requirement.specifier.contains(pins[canonical(requirement.name)], prereleases=True)


def test_the_core_and_the_extras_are_complete():
    core = {Requirement(line).name for line in PROJECT["dependencies"]}
    asked = {"keras", "tensorflow", "keras-tuner", "tensorboard", "matplotlib", "pandas", "scikit-learn"}
    assert core >= asked | {"jupyterlab", "ipykernel", "tqdm"}
    assert Requirement(next(d for d in PROJECT["dependencies"] if d.startswith("keras>"))).specifier == ">=3.15.1"
    assert set(EXTRAS) == {"jax", "torch", "test", "bench", "peers", "all"}
    everything = set(Requirement(EXTRAS["all"][0]).extras)
    assert everything == set(EXTRAS) - {"all", "peers"}


def test_conda_installs_the_same_package_with_the_same_pins():
    lines = [line.strip() for line in (ROOT / "environment.yml").read_text().splitlines()]
    python = next(line.removeprefix("- python=") for line in lines if line.startswith("- python="))
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python)
    assert lines[lines.index("- pip:") + 1 :] == ["- --constraint constraints.txt", "- --editable ."]


def test_importing_the_package_adds_less_than_a_tenth_of_a_second_and_loads_nothing_heavy():
    code = """
import json, sys, time
import keras
times = []
for _ in range(5):
    for name in [n for n in sys.modules if n.split(".")[0] == "dlcourse"]:
        del sys.modules[name]
    before, start = set(sys.modules), time.perf_counter()
    import dlcourse
    times.append(time.perf_counter() - start)
print(json.dumps([min(times), sorted(set(sys.modules) - before)]))
"""
    seconds, loaded = run(code)
    assert seconds < 0.1
    assert loaded == ["dlcourse"]


HIDDEN = """
import importlib.machinery, json, sys
class PathFinder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] == "tensorflow" else super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = PathFinder
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_it_works_where_tensorflow_is_absent(backend):
    code = f"""{HIDDEN}
import keras, numpy as np, dlcourse
from dlcourse import datasets, losses
from dlcourse.exercises import list_exercises
(x, y), (x_test, y_test) = datasets.iris(standardise=True)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("adam", losses.WestonWatkins())
model.fit(x, y, epochs=2, verbose=0)
shape = model.predict(x_test, verbose=0).shape
for name in dlcourse.__all__:
    getattr(dlcourse, name)
print(json.dumps([keras.backend.backend(), "tensorflow" in sys.modules, list(shape), len(list_exercises())]))
"""
    name, loaded, shape, exercises = run(code, KERAS_BACKEND=backend)
    assert (name, loaded, shape) == (backend, False, [38, 3]) and exercises > 0


def test_an_unknown_name_is_an_attribute_error_that_lists_what_there_is():
    import dlcourse

    with pytest.raises(AttributeError, match="losses"):
        dlcourse.loses  # noqa: B018
    assert set(dlcourse.__all__) <= set(dir(dlcourse))
