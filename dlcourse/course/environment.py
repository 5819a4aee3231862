"""What a run runs with: versions, backend and scale, told without loading Keras."""

import json
import os
import platform
from importlib import metadata
from pathlib import Path


def backend_name():
    """The backend Keras will take, found as Keras finds it: `KERAS_BACKEND`, else keras.json, else "tensorflow"."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"]
    try:
        folder = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        return str(json.loads((folder / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def environment():
    """{"python", "keras", "backend", "scale"}: two versions and two settings, as text; keras is "" if not installed."""
    try:
        keras = metadata.version("keras")
    except metadata.PackageNotFoundError:
        keras = ""
    return {
        "python": platform.python_version(),
        "keras": keras,
        "backend": backend_name(),
        "scale": os.environ.get("DLCOURSE_SCALE") or "small",
    }
