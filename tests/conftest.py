"""Settings of every test: no display, no noise, a home of its own."""

import os
import tempfile

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
_home = tempfile.TemporaryDirectory(prefix="dlcourse-test-")  # removed when the run ends
os.environ["DLCOURSE_HOME"] = _home.name
for name in ("DLCOURSE_PROGRESS", "DLCOURSE_SCALE"):
    os.environ.pop(name, None)
