"""The index and the pages keep what earlier runs found, lead only to what is there, and say when and with what."""

import json
import os
import platform
import re
import signal
import subprocess
import sys
from datetime import datetime
from importlib import metadata

from bs4 import BeautifulSoup

from dlcourse.course.cli import main
from tests.course.written import links, rows


def interrupted(course, *arguments):
    """Run the course until one of its notebooks interrupts the run; returns (exit code, table)."""
    command = [sys.executable, "-m", "dlcourse.course.cli", "run", *arguments]
    done = subprocess.run(command, env={**os.environ, "STOP": "1"}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def test_a_stopped_run_keeps_earlier_results_and_their_pages(course, checked):
    course("11_done", "# Done", "x = 1")
    stop = (
        "import os, signal, time\nif os.environ.get('STOP'):\n os.kill(os.getppid(), signal.SIGINT)\n time.sleep(300)"
    )
    course("12_stops", "# Stops", "from dlcourse import claim\nclaim('kept', True)", stop)
    course("13_fails", "# Fails", "1 / 0")
    course("13_fails", "# Solved", checked(("13.1", "passed")), solutions=True)
    assert main(["run"]) == 1
    before = rows(course)
    pages = {path.name: path.read_text() for path in course.out.glob("1[23]*.html")}
    course("14_new", "# New", "x = 1")
    code, table = interrupted(course)
    assert code == 130
    assert re.findall(r"  (ok|stopped|not run)  +(\w+)", table) == [
        ("ok", "11_done"),
        ("stopped", "12_stops"),
        ("not run", "13_fails"),
        ("not run", "14_new"),
        ("not run", "solutions_13_fails"),
    ]
    after = rows(course)
    assert (after["11_done"]["unfinished"], after["11_done"]["status"]) == ("", "ok")
    for name, now in {"12_stops": "stopped", "13_fails": "not run", "solutions_13_fails": "not run"}.items():
        assert after[name] == {**before[name], "unfinished": now}
    assert (after["14_new"]["status"], after["14_new"]["unfinished"]) == ("not run", "")
    assert set(links(course, "index.html")) == {
        "11_done.html",
        "12_stops.html",
        "13_fails.html",
        "13_fails.html#error",
        "solutions_13_fails.html",
    }
    assert {name: (course.out / name).read_text() for name in pages} == pages
    index = (course.out / "index.html").read_text()
    assert "from an earlier run; stopped in this one" in index and "from an earlier run; not run in this one" in index
    assert main(["run", "11"]) == 0
    assert rows(course)["12_stops"] == before["12_stops"], "the mark is of the stopped run alone"


def test_a_killed_run_keeps_earlier_results(course):
    course("11_a", "# A", "import os, signal\nif os.environ.get('STOP'):\n    os.kill(os.getppid(), signal.SIGKILL)")
    assert main(["run"]) == 0
    before = rows(course)
    assert interrupted(course)[0] == -signal.SIGKILL
    assert rows(course)["11_a"] == {**before["11_a"], "unfinished": "waiting"}
    assert links(course, "index.html") == ["11_a.html"]


def test_lessons_and_solutions_lead_to_each_other(course):
    course("11_a", "# A", "x = 1")
    course("11_a_solutions", "# S", "x = 1", solutions=True)
    course("12_b", "# B", "x = 1")
    assert main(["run", "--no-solutions"]) == 0
    assert "solutions_11_a_solutions.html" not in links(course, "11_a.html")
    assert main(["run"]) == 0
    assert links(course, "11_a.html").count("solutions_11_a_solutions.html") == 2
    assert links(course, "solutions_11_a_solutions.html").count("11_a.html") == 2
    assert not [link for link in links(course, "12_b.html") if "solutions" in link]
    assert main(["run", "11", "--no-solutions"]) == 0
    assert "solutions_11_a_solutions.html" in links(course, "11_a.html"), "its page of an earlier run is there"


def test_the_index_says_when_and_with_what(course, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.delenv("DLCOURSE_SCALE", raising=False)
    course("11_a", "# A", "x = 1")
    begun = datetime.now().astimezone().replace(second=0, microsecond=0)
    assert main(["run"]) == 0
    when = datetime.fromisoformat(rows(course)["11_a"]["when"])
    assert begun <= when <= datetime.now().astimezone()
    index = BeautifulSoup((course.out / "index.html").read_text(), "html.parser")
    assert index.select_one("td time").get_text() == f"{when:%Y-%m-%d %H:%M}"
    said = index.select("p.facts")[-1].get_text()
    python, keras = platform.python_version(), metadata.version("keras")
    assert f"last run with Python {python}, Keras {keras}, backend jax, scale small" in said
    run = json.loads((course.out / "results.json").read_text())["run"]
    assert run == {"python": python, "keras": keras, "backend": "jax", "scale": "small"}
