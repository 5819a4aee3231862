"""Run a notebook and store it with its outputs, clean of everything that differs from run to run."""

import asyncio
import re
from pathlib import Path

import nbformat

from dlcourse.course.execute import execute
from dlcourse.files import atomic_write

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def store(path, limit=600.0):
    """Execute the notebook at `path` top to bottom within `limit` seconds and write it back, cleaned; returns seconds.

    Raises:
        ValueError: a cell failed, a claim is false, the kernel died or the time is up; the file stays as it was.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    outcome = asyncio.run(execute(notebook, path.parent, limit))
    if outcome.status != "ok":
        raise ValueError(f"{path.name} was not stored: {outcome.status}: {outcome.why}")
    write_notebook(cleaned(notebook), path)
    return outcome.seconds


def cleaned(notebook):
    """The notebook with only what a reader needs: source, outputs, tags, ids; no times, addresses or progress bars."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.tags} if cell.metadata.get("tags") else {})
        if cell.cell_type == "code":
            kept = (_cleaned_output(output) for output in cell.outputs)
            cell.outputs = [output for output in kept if output is not None]
    return notebook


def _cleaned_output(output):
    """None for what is not kept: the log lines of stderr, and objects shown only by their address."""
    if output.output_type == "stream":
        if output.name == "stderr":
            return None
        output.text = _ADDRESS.sub("", output.text)
    if output.output_type in ("execute_result", "display_data"):
        output.metadata = {}
        text = output.data.get("text/plain", "")
        output.data["text/plain"] = _ADDRESS.sub("", text)
    return output


def write_notebook(notebook, path):
    """Write a notebook as Jupyter does (one space of indent, sorted keys), whole or not at all."""
    nbformat.validate(notebook)
    with atomic_write(path, "w") as file:
        file.write(nbformat.writes(notebook).rstrip("\n") + "\n")
