"""What this machine has, what is wrong with it for the course, and how to mend it."""

import asyncio
import contextlib
import os
import platform
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from dlcourse.course.devices import devices
from dlcourse.course.environment import backend_name
from dlcourse.settings import home, progress_file, scale

OPTIONAL = ("jax", "torch")
NEEDED_BYTES = 500_000_000  # the full data sets, and room to spare


@dataclass(frozen=True)
class Finding:
    """One line of the report: `state` is "ok", "note" or "problem"; a problem says how to `mend` it."""

    what: str
    state: str
    said: str
    mend: str = ""


def examine():
    """Yield `Finding`s, the quick ones first. Nothing is changed on the machine."""
    for check in (_python, _packages, _settings, _backend, _data, _home, _progress, _disk, _notebooks, _kernel):
        try:
            yield from check()
        except Exception as error:  # one broken part must not hide what the other checks find
            what = check.__name__.strip("_")
            yield Finding(what, "problem", _one_line(error), "Read the message; it comes from the part named here.")


def _one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())


def _python():
    where = "" if sys.prefix != sys.base_prefix else ", not in a virtual environment"
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}{where}")
    yield Finding("machine", "ok", f"{platform.platform(terse=True)}, {os.cpu_count()} CPU cores")


def _packages():
    for requirement in requirements():
        name = requirement.name
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            absent = "note" if name == "tensorflow" and backend_name() != "tensorflow" else "problem"
            yield Finding(name, absent, "not installed", f"Install it: {_install(str(requirement))}")
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        said = version if fits else f"{version}, and the course needs {requirement.specifier}"
        mend = f"Update it: {_install(str(requirement))}"
        yield Finding(name, "ok" if fits else "problem", said, "" if fits else mend)
    for name in OPTIONAL:
        try:
            yield Finding(name, "ok", f"{metadata.version(name)} (optional)")
        except metadata.PackageNotFoundError:
            yield Finding(name, "note", f"not installed (optional: {_install_extra(name)})")


def _install(*what):
    """A command that installs into this very Python, wherever another `pip` may lead."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    return shlex.join([str(python), "-m", "pip", "install", *what])


def _install_extra(name):
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").is_file():
        return _install(name)
    place = "." if root == Path.cwd() else str(root)
    return _install("-e", f"{place}[{name}]")


def requirements():
    """What the core of dlcourse requires, as `packaging` requirements; empty if dlcourse itself is not installed."""
    try:
        lines = metadata.requires("dlcourse") or []
    except metadata.PackageNotFoundError:
        return []
    return [r for r in map(Requirement, lines) if r.marker is None or r.marker.evaluate({"extra": ""})]


def _settings():
    try:
        scale(small=0, full=0)
        yield Finding("scale", "ok", os.environ.get("DLCOURSE_SCALE") or "small")
    except ValueError as error:
        yield Finding("scale", "problem", str(error), "Unset it: unset DLCOURSE_SCALE")


@contextlib.contextmanager
def _quiet():
    """Keep what libraries write past Python to stderr, as TensorFlow does while it loads, off the screen."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _backend():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    wanted = os.environ.get("KERAS_BACKEND", "")
    fix = "Install it, or set KERAS_BACKEND to tensorflow, jax or torch, whichever is installed."
    try:
        with _quiet():
            import keras
    except (ImportError, ValueError) as error:
        yield Finding("backend", "problem", f"{wanted or 'the default one'} does not load: {_one_line(error)}", fix)
        return
    yield Finding("backend", "ok", keras.backend.backend())
    yield Finding("devices", "ok", ", ".join(devices()))
    expected = {
        "dtype policy": (keras.config.dtype_policy().name, "float32"),
        "image layout": (keras.config.image_data_format(), "channels_last"),
        "float type": (keras.config.floatx(), "float32"),
    }
    for what, (found, right) in expected.items():
        said = found if found == right else f"{found}, and the course is written for {right}"
        mend = "Mend ~/.keras/keras.json (or the file in KERAS_HOME), or delete it to have the defaults back."
        yield Finding(what, "ok" if found == right else "problem", said, "" if found == right else mend)


def _data():
    from dlcourse.datasets import verify
    from dlcourse.datasets.catalog import FILES

    problems = verify()
    for problem in problems:
        said, _, mend = problem.partition(". Restore")
        yield Finding("data", "problem", said, f"Restore{mend}" if mend else "Restore the folder data/.")
    if not problems:
        yield Finding("data", "ok", f"{len(FILES)} files, every SHA-256 right")


def _home():
    folder = home()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    fix = "Set DLCOURSE_HOME to a folder that you may write to."
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        kind = "cannot be written to" if existing.is_dir() else "is not a folder"
        yield Finding("home", "problem", f"{existing} {kind}", fix)
    else:
        yield Finding("home", "ok", str(folder) + ("" if folder.exists() else " (made when it is needed)"))


def _progress():
    path = progress_file()
    aside = shlex.join(["mv", str(path), f"{path}.aside"])
    from dlcourse.exercises.progress import parse_progress

    try:
        solved = sum(row["passed"] for row in parse_progress(path).values())
        yield Finding("progress", "ok", f"{path}, {solved} solved")
    except FileNotFoundError:
        yield Finding("progress", "ok", f"{path} (none yet)")
    except OSError as error:
        kind = "is a folder, not a file" if path.is_dir() else f"cannot be read: {_one_line(error)}"
        yield Finding("progress", "problem", f"{path} {kind}", f"Move it out of the way: {aside}")
    except ValueError as error:
        mend = f"Mend it in an editor or put a copy of yours back; or begin anew: {aside}"
        yield Finding("progress", "problem", f"{path} is damaged: {error}", mend)


def _disk():
    for what, folder in (
        ("disk, home", home()),
        ("disk, here", Path.cwd()),
        ("disk, temporary", tempfile.gettempdir()),
    ):
        existing = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.is_dir())
        free = shutil.disk_usage(existing).free
        state = "ok" if free >= NEEDED_BYTES else "problem"
        mend = "" if state == "ok" else f"Free some space on the disk of {existing}: 0.5 GB are wanted."
        yield Finding(what, state, f"{free / 1e9:.1f} GB free", mend)


def _notebooks():
    from dlcourse.course.notebooks import list_notebooks, notebooks_folder

    try:
        found, folder = list_notebooks(), notebooks_folder()
        yield Finding("notebooks", "ok", f"{len(found)} in {folder}")
    except ValueError as error:
        yield Finding("notebooks", "problem", str(error), "Clone the course's repository and work inside it.")


def _kernel():
    import nbformat

    from dlcourse.course.execute import execute

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import dlcourse")])
    outcome = asyncio.run(execute(notebook, tempfile.gettempdir(), limit=60))
    mend = f"Install the kernel again: {_install('--force-reinstall', 'ipykernel')}"
    if outcome.status == "ok":
        yield Finding("kernel", "ok", f"starts and answers in {outcome.seconds:.1f} s")
    else:
        yield Finding("kernel", "problem", f"{outcome.status}: {outcome.why}", mend)
