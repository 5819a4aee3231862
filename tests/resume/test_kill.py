"""A run that is killed again and again ends with the bits of one that never was."""

import json
import os
import random
import signal
import subprocess
import sys

import keras
import pytest

from tests.paths import ROOT
from tests.resume.points import POINTS
from tests.resume.training import STEPS

MOMENTS, SAVES = 12, 2 * len(POINTS)  # kills at random times, and inside saves


def train(folder, cache, *options):
    """Run the training in a process of its own: its exit code, -9 where it was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    compiled = {"JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    command = [sys.executable, "-m", "tests.resume.training", str(folder), *options]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **compiled}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), f"{options}: {done.stderr[-3000:]}"
    return done.returncode


def result(folder):
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where JAX keeps what it compiled, so that not every process compiles again."""
    return tmp_path_factory.mktemp("jax")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, cache):
    """The result of a run without ExactResume."""
    folder = tmp_path_factory.mktemp("untouched")
    assert train(folder, cache, "--plain") == 0
    return result(folder)


def check_chain(folder, cache, expected, options):
    """Kill and restart until `options` are used up; a run that came to its end is compared, and a new one begun."""
    kills, ended = 0, 0
    while options:
        if train(folder / str(ended), cache, *options[0]) == 0:
            assert result(folder / str(ended)) == expected, f"not equal after {kills} kills; to come: {options}"
            ended += 1
            assert ended < 20, "hardly ever killed"
        else:
            options = options[1:]
            kills += 1
    assert train(folder / str(ended), cache) == 0
    assert result(folder / str(ended)) == expected
    return f"{keras.backend.backend()}: {kills} kills, {ended + 1} runs came to their end, all bitwise equal"


def test_killed_at_random_moments(tmp_path, cache, untouched):
    """During steps, saves, validation, replay: wherever it happens to be."""
    seed = int.from_bytes(os.urandom(4), "little")
    chance = random.Random(seed)
    options = [("--after", f"{chance.randint(1, STEPS)}:{chance.uniform(0, 20):.1f}") for _ in range(MOMENTS)]
    print(f"\nseed {seed}, step and milliseconds {[after for _, after in options]}")
    print(check_chain(tmp_path, cache, untouched, options))


def test_killed_while_it_writes(tmp_path, cache, untouched):
    """Before, in and after every part of a save, each point twice, in the next save or one or two later."""
    seed = int.from_bytes(os.urandom(4), "little")
    chance = random.Random(seed)
    points = chance.sample(POINTS * 2, SAVES)
    options = [("--at", f"{point}:{chance.randint(1, 3)}") for point in points]
    print(f"\nseed {seed}, points {[point for _, point in options]}")
    print(check_chain(tmp_path, cache, untouched, options))
