"""Settings of every test: no display, no noise, a home of its own."""

import os
import sys
import tempfile
import zlib

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
_home = tempfile.TemporaryDirectory(prefix="dlcourse-test-")  # removed when the run ends
os.environ["DLCOURSE_HOME"] = _home.name
for name in ("DLCOURSE_PROGRESS", "DLCOURSE_SCALE"):
    os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def seeded(request):
    """Each test draws from a seed of its own, so that a run can be repeated; TEST_SEED=1 gives all of them another."""
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(zlib.crc32(f"{os.environ.get('TEST_SEED', '')}{request.node.name}".encode()))
