"""A chain of processes, each killed and started again by the same command until a run ends."""

import json
import os
import signal
import subprocess
import sys

import keras

from tests.paths import ROOT


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
