"""Everything that must hold before a change lands, step by step: `make test`.

Each step is a command of its own, so that one backend does not see another's. All steps run, also after a failure;
the table at the end says how long each took and which failed, and the exit code is 1 if any did.
"""

import os
import subprocess
import sys
import time

from paths import NOTEBOOKS, ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q", "--durations=8", "--durations-min=1"]
NBVAL = [*PYTEST, "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=600", "-n", "2", "--dist", "loadscope"]
ON_EVERY_BACKEND = ["tests/contracts", "tests/numeric", "tests/resume"]
WALKTHROUGHS = [  # those that lean most on Keras and on our own tensor code
    str(NOTEBOOKS / f"{name}.ipynb")
    for name in ("00_welcome", "13_linear_classification", "16_initialization", "23_batch_size_and_curvature")
]

STEPS = [
    ("lint", None, [sys.executable, "-m", "ruff", "check", "."]),
    ("format", None, [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("unit and contract tests, TensorFlow", "tensorflow", [*PYTEST, "-n", "2", "--dist", "loadscope", "tests"]),
    ("doctests", "tensorflow", [*PYTEST, "--doctest-modules", "dlcourse"]),
    ("contract, numeric and resume tests, JAX", "jax", [*PYTEST, "-n", "2", *ON_EVERY_BACKEND]),
    ("contract, numeric and resume tests, PyTorch", "torch", [*PYTEST, "-n", "2", *ON_EVERY_BACKEND]),
    ("all notebooks, TensorFlow", "tensorflow", [*NBVAL, str(NOTEBOOKS)]),
    ("four notebooks, JAX", "jax", [*NBVAL, *WALKTHROUGHS]),
    ("two notebooks, PyTorch", "torch", [*NBVAL, *WALKTHROUGHS[:2]]),
]


def environment(backend):
    """The surroundings of a step: quiet, without a display, with its progress kept out of the learner's home."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DLCOURSE_")}
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    alone = dict.fromkeys(pools, "1")  # two workers share two cores: with more threads they wait for each other
    home = {"DLCOURSE_HOME": str(ROOT / "build" / "test-home")}
    return {**kept, **quiet, **alone, **home, **({"KERAS_BACKEND": backend} if backend else {})}


def main():
    rows = []
    for name, backend, command in STEPS:
        print(f"\n=== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.call(command, cwd=ROOT, env=environment(backend))
        rows.append((name, code, time.monotonic() - started))
    print("\n" + "\n".join(f"{'ok' if code == 0 else 'FAILED':<7} {t:6.0f} s  {name}" for name, code, t in rows))
    print(f"{'':<7} {sum(t for *_, t in rows):6.0f} s  in all")
    return 1 if any(code for _, code, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
