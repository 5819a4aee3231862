"""Whatever a notebook does, the run ends, names it, and leaves whole files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from dlcourse.course.cli import main
from dlcourse.course.notebooks import list_notebooks
from dlcourse.course.runner import exit_code, run_course
from tests.course.written import links, rows

HANG = "import time\ntime.sleep(300)"


def run(course, **options):
    results = run_course(list_notebooks(), course.out, **options)
    return {result.name: result for result in results}, exit_code(results)


def test_a_good_course_is_counted_and_exits_with_0(course, checked, capsys):
    claims = "from dlcourse import claim\nclaim('one', True, 'a figure')\nclaim('two', True)"
    source = course("11_ok", "# A *good* one", claims, checked(("11.1", "not attempted"), ("11.2", "failed")))
    course("11_ok", "# Solved", checked(("11.1", "failed"), ("11.1", "passed"), ("11.2", "passed")), solutions=True)
    before = source.read_bytes()
    assert main(["run"]) == 0
    row = rows(course)["11_ok"]
    assert (row["status"], row["title"], row["kind"]) == ("ok", "A good one", "lesson")
    assert [claim["text"] for claim in row["claims"]] == ["one", "two"]
    assert row["checks"] == {"11.1": "not attempted", "11.2": "failed"}
    assert rows(course)["solutions_11_ok"]["checks"] == {"11.1": "passed", "11.2": "passed"}
    assert source.read_bytes() == before, "the source was written over"
    executed = nbformat.read(course.out / "notebooks" / "11_ok.ipynb", as_version=4)
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2]
    page = (course.out / "11_ok.html").read_text()
    assert "2 claims held" in page and "2 exercises" in page
    index = (course.out / "index.html").read_text()
    assert 'href="11_ok.html"' in index and "2 / 2" in index
    printed = capsys.readouterr().out
    assert str(course.out / "index.html") in printed and "2 claims held" in printed


def test_failures_are_told_apart_and_named(course, checked):
    claim = "from dlcourse import claim\nclaim('it ends lower', False, '0.3 against 0.2')"
    course("11_false", "# F", "x = 1", claim)
    course("12_fails", "# E", "x = 1", "def f():\n    return 1 / 0\nf()", "never = 1")
    course("13_dies", "# D", "print('last words', flush=True)", "import os\nos._exit(3)", "never = 1")
    course(
        "14_swallows", "# S", f"try:\n    {claim.splitlines()[0]}\n    claim('kept', False)\nexcept AssertionError: 0"
    )
    course("15_ok", "# O", "x = 1")
    course("15_ok", "# unsolved", checked(("15.1", "passed"), ("15.2", "failed")), solutions=True)
    found, code = run(course, jobs=2)
    assert code == 1
    assert {name: result.status for name, result in found.items()} == {
        "11_false": "claim false",
        "12_fails": "cell failed",
        "13_dies": "kernel died",
        "14_swallows": "claim false",
        "15_ok": "ok",
        "solutions_15_ok": "exercise failed",
    }
    assert found["11_false"].why == "cell In [2]: it ends lower (0.3 against 0.2)"
    assert found["12_fails"].why == "cell In [2]: ZeroDivisionError: division by zero"
    assert found["13_dies"].why == "cell In [2]: its process exited with code 3"
    assert found["13_dies"].seconds < 15
    assert found["solutions_15_ok"].why == "15.2 failed"
    index = (course.out / "index.html").read_text()
    assert "it ends lower (0.3 against 0.2)" in index and "kernel died" in index
    page = (course.out / "12_fails.html").read_text()
    assert 'id="error"' in page and "ZeroDivisionError" in page and "\x1b" not in page
    assert "last words" in (course.out / "13_dies.html").read_text()
    assert {name: row["status"] for name, row in rows(course).items()} == {n: r.status for n, r in found.items()}


def test_stored_outputs_are_no_outcome_of_a_run(course):
    path = course("11_stored", "# S", "1 / 0", "never = 1")
    notebook = nbformat.read(path, as_version=4)
    claim = {"application/vnd.dlcourse.claim+json": {"text": "old", "held": True, "detail": ""}}
    notebook.cells[2].outputs = [nbformat.v4.new_output("display_data", data=claim)]
    nbformat.write(notebook, path)
    found, _ = run(course)
    assert (found["11_stored"].status, found["11_stored"].claims) == ("cell failed", ())


def test_a_killed_kernel_names_its_signal(course):
    course("11_killed", "# K", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    found, _ = run(course)
    assert "SIGKILL" in found["11_killed"].why


def test_the_time_limit_is_for_the_notebook_and_ends_what_it_started(course):
    child = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])"
    note = "import pathlib\npathlib.Path('pid').write_text(str(child.pid))"
    course("11_slow", "# S", child, note, *["import time\ntime.sleep(2)"] * 4)
    course("12_ok", "# O", "x = 1")
    found, code = run(course, jobs=2, limit=5)
    assert (code, found["11_slow"].status, found["12_ok"].status) == (1, "time limit", "ok")
    assert 4.5 < found["11_slow"].seconds < 8
    assert "not done after 5 s" in found["11_slow"].why
    pid = int((course.root / "notebooks" / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_tagged_error_is_expected_and_its_absence_is_not(course):
    for name, code in {"11_raises": "1 / 0", "12_does_not": "1"}.items():
        path = course(name, "# T", code, "after = 1")
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].metadata["tags"] = ["raises-exception"]
        nbformat.write(notebook, path)
    found, _ = run(course, jobs=2)
    assert found["11_raises"].status == "ok"
    assert found["12_does_not"].why == "cell In [1]: is tagged raises-exception and raised nothing"


def test_the_kernel_is_ours_quiet_and_keeps_away_from_the_learners_progress(course, monkeypatch):
    spec = course.root / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    spec.joinpath("kernel.json").write_text(json.dumps({"argv": ["/bin/false"], "display_name": "", "language": "x"}))
    monkeypatch.setenv("JUPYTER_PATH", str(spec.parents[1]))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(spec.parents[1]))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel captures less where it sees this
    learner = course.root / "home" / "progress.json"
    learner.parent.mkdir()
    learner.write_text("the learner's own")
    course(
        "11_where",
        "# W",
        "import os, sys, json\nfrom dlcourse.settings import progress_file\n"
        "progress_file().write_text('{}')\nos.write(2, bytes([110, 111, 105]) + b'se')\n"
        "import time\ntime.sleep(0.5)\n"
        "json.dump([sys.executable, os.getcwd(), os.environ.get('MPLBACKEND'), str(progress_file()), "
        "os.environ['TF_CPP_MIN_LOG_LEVEL']], open('said.json', 'w'))",
    )
    found, code = run(course)
    assert code == 0, found
    where, folder, backend, progress, level = json.loads((course.root / "notebooks" / "said.json").read_text())
    assert (where, folder, level) == (sys.executable, str(course.root / "notebooks"), "3")
    assert backend != "agg"
    assert learner.read_text() == "the learner's own" and progress != str(learner)
    assert not Path(progress).exists(), "the kernel's own files were left behind"
    assert "noise" not in (course.out / "11_where.html").read_text()


def test_a_run_of_one_keeps_the_pages_of_the_others_in_the_index(course):
    course("11_a", "# A", "x = 1")
    course("12_b", "# B", "x = 1")
    run(course, jobs=2)
    (course.root / "notebooks" / "11_a.ipynb").unlink()
    assert main(["run", "12"]) == 0
    assert list(rows(course)) == ["12_b"], "a notebook that is gone leaves the index"
    course("13_c", "# C", "1 / 0")
    assert main(["run", "13"]) == 1
    assert {name: row["status"] for name, row in rows(course).items()} == {"12_b": "ok", "13_c": "cell failed"}
    assert main(["run", "12"]) == 0, "the exit code is that of this run alone"


def test_solutions_can_be_left_out(course):
    course("11_a", "# A", "x = 1")
    course("11_a_solutions", "# S", "1 / 0", solutions=True)
    assert main(["run", "--no-solutions"]) == 0
    assert list(rows(course)) == ["11_a"]


def processes_of(course):
    """Command lines of living processes that work in the course's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(course.root)):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return [line for line in found if line]


def wait_for(condition, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_every_kernel_and_leaves_whole_pages(course, number):
    course("11_done", "# Done", "x = 1")
    for name in ("12_hangs", "13_hangs"):
        course(name, "# H", f"open('{name}.begun', 'w').close()\n{HANG}")
    course("14_waits", "# W", "x = 1")
    command = [sys.executable, "-m", "dlcourse.course.cli", "run", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(lambda: len(list((course.root / "notebooks").glob("*.begun"))) == 2)
            assert (course.out / "11_done.html").is_file()
            assert any("ipykernel" in line for line in processes_of(course))
            begun = time.monotonic()
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=20)
            assert time.monotonic() - begun < 10
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert out.count("stopped") >= 3 and "not run" in out
    assert not [line for line in processes_of(course) if "ipykernel" in line]
    assert "</html>" in (course.out / "11_done.html").read_text()
    states = {name: row["status"] for name, row in rows(course).items()}
    assert states == {"11_done": "ok", "12_hangs": "stopped", "13_hangs": "stopped", "14_waits": "not run"}
    assert "stopped" in (course.out / "index.html").read_text()
    assert links(course, "index.html") == ["11_done.html"]
    assert "12_hangs.html" not in links(course, "11_done.html"), "a link to a page that was not written"
    assert not [path for path in course.out.rglob("*.tmp")]


@pytest.mark.parametrize("options", [{"jobs": 0}, {"limit": 0}])
def test_senseless_options_are_refused(course, options):
    course("11_a", "# A", "x = 1")
    with pytest.raises(ValueError, match="at least 1"):
        run(course, **options)


def test_a_full_disk_ends_the_run_and_its_kernels(course, monkeypatch):
    course("11_ok", "# O", "x = 1")
    course("12_hangs", "# H", HANG)

    def full(report, *result):
        raise OSError("no space left")

    monkeypatch.setattr("dlcourse.course.report.Report.add", full)
    begun = time.monotonic()
    with pytest.raises(OSError, match="no space left"):
        run(course, jobs=2)
    assert time.monotonic() - begun < 15
    assert not [line for line in processes_of(course) if "ipykernel" in line]
