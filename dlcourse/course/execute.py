"""Run one notebook in one kernel, under a time limit, whatever its cells do."""

import asyncio
import logging
import re
import time
from dataclasses import dataclass

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from dlcourse.course.claims import read_claims
from dlcourse.course.kernel import Kernel

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SILENT = logging.getLogger("dlcourse.course.execute")  # what goes wrong is in the outcome
_SILENT.setLevel(logging.CRITICAL + 1)
_EXPECTED = "raises-exception"  # the Jupyter tag of a cell that shows an error on purpose


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `status` and `why` as in `results.Result`, and the seconds it took, kernel start included."""

    status: str
    why: str
    seconds: float


class _Failed(Exception):
    """A run that ended early: (status, why)."""


async def execute(notebook, folder, limit, on_cell=lambda: None):
    """Run the code cells of `notebook` (an `nbformat` node, changed in place) with `folder` as working directory.

    `limit` is in seconds, for the notebook as a whole. `on_cell` is called after every code cell. Cancelling the
    coroutine ends the kernel at once. Nothing a cell does raises here: it is in the `Outcome`.
    """
    begun = time.monotonic()
    for cell in notebook.cells:  # also those that will not be reached: stored outputs are no outcome of this run
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    kernel = Kernel(folder)
    client = NotebookClient(notebook, km=kernel.manager, timeout=None, startup_timeout=int(limit) + 60, log=_SILENT)
    try:
        await kernel.start()
        run = _Run(client, kernel, begun + limit, limit)
        await run.wait(client.async_start_new_kernel_client(), None)
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                await run.cell(cell, index)
                on_cell()
        status, why = "ok", ""
    except _Failed as failure:
        status, why = failure.args
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        await kernel.stop()
    false = [claim for claim in read_claims(notebook) if not claim.held]
    if false and status in ("ok", "cell failed"):
        figures = f" ({false[0].detail})" if false[0].detail else ""
        status, why = "claim false", (f"{why.partition(':')[0]}: " if why else "") + false[0].text + figures
    return Outcome(status, why, time.monotonic() - begun)


class _Run:
    def __init__(self, client, kernel, deadline, limit):
        self.client, self.kernel, self.deadline, self.limit = client, kernel, deadline, limit

    async def cell(self, cell, index):
        count = self.client.code_cells_executed + 1
        try:
            await self.wait(self.client.async_execute_cell(cell, index, execution_count=count), cell)
        except CellExecutionError as error:
            what = _first_line(f"{error.ename}: {error.evalue}")
            raise _Failed("cell failed", f"{self._place(cell)}: {what}") from None
        if _EXPECTED in cell.metadata.get("tags", ()) and not any(o.output_type == "error" for o in cell.outputs):
            raise _Failed("cell failed", f"{self._place(cell)}: is tagged {_EXPECTED} and raised nothing")

    async def wait(self, work, cell):
        """Wait for `work`, for the kernel's death, or for the time limit, whichever comes first."""
        work, death = asyncio.ensure_future(work), asyncio.ensure_future(self.kernel.died())
        try:
            left = max(0, self.deadline - time.monotonic())
            await asyncio.wait({work, death}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if death.done() and not work.done():
                await asyncio.wait({work}, timeout=0.3)  # what it said last is still on its way
            if work.done() and not isinstance(work.exception(), (DeadKernelError, RuntimeError)):
                return work.result()
            if death.done() or work.done():
                how = death.result() if death.done() else _first_line(str(work.exception()))
                raise self._end("kernel died", "KernelDied", how, cell)
            raise self._end("time limit", "TimeLimit", f"not done after {self.limit:g} s", cell)
        finally:
            work.cancel()
            death.cancel()
            await asyncio.gather(work, death, return_exceptions=True)

    def _end(self, status, name, why, cell):
        place = "while the kernel started"
        if cell is not None:
            place = self._place(cell)
            cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=why, traceback=[f"{name}: {why}"]))
        return _Failed(status, f"{place}: {why}")

    def _place(self, cell):
        return f"cell In [{cell.execution_count or self.client.code_cells_executed}]"


def _first_line(text):
    lines = [line.strip() for line in _ANSI.sub("", text).splitlines() if line.strip()]
    return lines[0] if lines else ""
