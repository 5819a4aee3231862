"""Run the course: every notebook in a kernel of its own, a few at a time, with a report that is always up to date."""

import asyncio
import contextlib
import math
import os
import signal
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import nbformat
from tqdm.auto import tqdm

from dlcourse.course.claims import read_claims
from dlcourse.course.execute import execute
from dlcourse.course.notebooks import list_notebooks, read_title
from dlcourse.course.report import Report
from dlcourse.course.results import NOT_RUN, OK, STOPPED, Result, read_checks

LIMIT = 600.0  # seconds a notebook may take


@dataclass(frozen=True)
class Task:
    """One notebook file to run, and the result that waits for it."""

    path: Path
    result: Result


def plan(notebooks, solutions=True) -> list[Task]:
    """The tasks of a run: the notebooks, and after them, if wanted, their solutions."""
    tasks = [Task(n.path, _waiting(n.path, "lesson", n.name, n.title)) for n in notebooks]
    if solutions:
        solved = [n.solutions for n in notebooks if n.solutions]
        tasks += [
            Task(path, _waiting(path, "solutions", f"solutions_{path.stem}", read_title(path))) for path in solved
        ]
    return tasks


def run_course(notebooks, folder, jobs=1, limit=LIMIT, solutions=True) -> list[Result]:
    """Run `notebooks` (`notebooks.Notebook`s), `jobs` at a time, and keep the report in `folder`.

    A progress bar on stderr counts code cells. On SIGINT or SIGTERM all kernels end, and the results are returned:
    what was not finished is "stopped" or "not run". In the report such a notebook keeps its earlier result and page.

    Raises:
        ValueError: `jobs` is not at least 1, `limit` not positive and finite, or a notebook file cannot be read.
    """
    if jobs < 1 or not 0 < limit < math.inf:
        raise ValueError(f"jobs is at least 1 and the time limit positive, got jobs={jobs}, limit={limit}.")
    tasks = plan(notebooks, solutions)
    everything = plan(list_notebooks(notebooks[0].path.parent)) if notebooks else []
    pages = {os.path.normpath(task.path.resolve()): task.result.page for task in everything}
    report = Report(folder, [task.result for task in tasks], [task.result.name for task in everything], pages)
    report.write()
    return asyncio.run(_run(tasks, report, jobs, limit))


def exit_code(results):
    """0 if all results are ok, 130 if the run was stopped, else 1."""
    if any(result.status in (STOPPED, NOT_RUN) for result in results):
        return 130
    return int(any(result.status != OK for result in results))


def _waiting(path, kind, name, title):
    return Result(name=name, title=title, kind=kind, page=f"{name}.html")


async def _run(tasks, report, jobs, limit):
    stop, begun, done = _stop_event(), set(), {}
    notebooks = {task.path: nbformat.read(task.path, as_version=4) for task in tasks}
    queue, pace = iter(tasks), 0.2 if sys.stderr.isatty() else 10
    cells = sum(map(_code_cells, notebooks.values()))
    try:
        with tqdm(total=cells, unit="cell", mininterval=pace, dynamic_ncols=True, file=sys.stderr) as bar:

            async def work():
                for task in queue:
                    bar.set_description(task.result.name, refresh=False)
                    begun.add(task.result.name)
                    done[task.result.name] = await _run_one(task, notebooks.pop(task.path), report, limit, bar)

            await _until(stop, [asyncio.create_task(work()) for _ in range(min(jobs, len(tasks)))])
    finally:
        for task in tasks:
            name = task.result.name
            if name not in done:
                status, when = (STOPPED, "done") if name in begun else (NOT_RUN, "begun")
                done[name] = replace(task.result, status=status, why=f"the run was stopped before it was {when}")
                report.leave(done[name])
        report.finish()
    return [done[task.result.name] for task in tasks]


def _stop_event():
    """An event that a signal to end the program sets."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with contextlib.suppress(AttributeError, NotImplementedError, RuntimeError):  # Windows; not the main thread
            loop.add_signal_handler(getattr(signal, name), stop.set)
    return stop


async def _until(stop, workers):
    """Wait until all workers are done, one raises, or `stop` is set; then end them, and raise what one raised."""
    stopping = asyncio.create_task(stop.wait())
    left = set(workers)
    while left and not stopping.done():
        ended, left = await asyncio.wait({stopping, *left}, return_when=asyncio.FIRST_COMPLETED)
        left.discard(stopping)
        if any(not task.cancelled() and task.exception() for task in ended):
            break
    for task in (stopping, *workers):
        task.cancel()
    for outcome in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(outcome, Exception):  # wrong in our own code or on this machine, a full disk for one
            raise outcome


def _code_cells(notebook):
    return sum(cell.cell_type == "code" for cell in notebook.cells)


async def _run_one(task, notebook, report, limit, bar):
    ran, when = [], datetime.now().astimezone().isoformat(timespec="minutes")

    def on_cell():
        ran.append(1)
        bar.update()

    outcome = await execute(notebook, task.path.parent, limit, on_cell)
    bar.update(_code_cells(notebook) - len(ran))
    result = replace(
        task.result,
        status=outcome.status,
        why=outcome.why,
        seconds=outcome.seconds,
        claims=tuple(read_claims(notebook)),
        checks=read_checks(notebook),
        when=when,
    )
    unsolved = [key for key, status in result.checks.items() if status != "passed"]
    if result.kind == "solutions" and result.status == OK and unsolved:
        said = ", ".join(f"{key} {result.checks[key]}" for key in unsolved)
        result = replace(result, status="exercise failed", why=said)
    report.add(result, notebook, task.path)
    return result
