"""The command line: exit codes, messages in one line, progress, and the doctor."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

import dlcourse.exercises
from dlcourse.course import doctor
from dlcourse.course.cli import main
from dlcourse.course.notebooks import list_notebooks, notebooks_folder, select


@pytest.fixture
def lessons(course, monkeypatch):
    course("00_welcome", "some words\n\n## Welcome, `reader`", "x = 1")
    course("11_perceptron", "# The perceptron", "x = 1")
    course("12_linear", "# Linear models", "x = 1")
    exercises = [SimpleNamespace(id=key, title="t") for key in ("11.1", "11.2", "12.1")]
    monkeypatch.setattr(dlcourse.exercises, "list_exercises", lambda: exercises)
    progress = {"11.1": {"tries": 3, "passed": True}, "12.1": {"tries": 1, "passed": False}}
    (course.root / "home").mkdir()
    (course.root / "home" / "progress.json").write_text(json.dumps({"version": 1, "exercises": progress}))
    return course


def progress_of(course):
    return set(json.loads((course.root / "home" / "progress.json").read_text())["exercises"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "11_perceptrn"], "no notebook '11_perceptrn'. Did you mean 11_perceptron"),
        (["run", "99"], "no notebook '99'. Known: 00_welcome, 11_perceptron, 12_linear."),
        (["rum"], "no command 'rum'. Did you mean run?"),
        (["reset", "11.3", "--yes"], "no exercise or notebook '11.3'. Did you mean 11"),
        (["run", "--jobs", "x"], "argument --jobs: invalid int value: 'x'"),
        (["run", "--jobs", "0"], "jobs is at least 1"),
        (["run", "--timeout", "-1"], "time limit positive"),
        (["list", "--unknown"], "unrecognized arguments: --unknown"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_what_cannot_be_obeyed_is_said_in_one_line(lessons, capsys, arguments, said):
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    err = capsys.readouterr().err
    assert code == 2
    assert said in err and err.startswith("dlcourse") and err.count("\n") == 1


def test_list_and_progress(lessons, capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["00", "Welcome,", "reader"],
        ["11", "The", "perceptron", "2", "1"],
        ["12", "Linear", "models", "1", "0"],
    ]
    assert main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-4:] for line in lines[1:]] == [
        ["perceptron", "2", "1", "1"],
        ["1", "1", "0", "12.1"],
        ["of", "3", "exercises", "solved"],
    ]


def test_reset_of_one_of_a_notebook_and_of_all(lessons, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert main(["reset"]) == 1
    assert progress_of(lessons) == {"11.1", "12.1"}
    assert main(["reset", "12", "--yes"]) == 0
    assert progress_of(lessons) == {"11.1"}
    assert main(["reset", "11.2", "--yes"]) == 0
    assert progress_of(lessons) == {"11.1"}
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["reset"]) == 0
    assert progress_of(lessons) == set()
    assert "Forgot 1 exercise." in capsys.readouterr().out


def test_no_answer_forgets_nothing(lessons, monkeypatch):
    def closed(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    assert main(["reset", "11"]) == 1
    assert progress_of(lessons) == {"11.1", "12.1"}


def test_help_and_list_load_no_backend():
    code = (
        "import sys\nfrom dlcourse.course.cli import main\n"
        "main(['list']); main(['progress'])\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(', '.join({'keras', 'tensorflow', 'nbclient', 'matplotlib'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_folder_without_notebooks_above_it_finds_those_beside_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "scribble.ipynb").write_text("not one of ours")
    monkeypatch.setattr("dlcourse.course.notebooks.__file__", str(tmp_path / "a" / "b" / "c" / "notebooks.py"))
    with pytest.raises(ValueError, match="Go to a checkout"):
        notebooks_folder()


def test_notebooks_are_found_from_below_and_named_in_every_way(lessons, monkeypatch):
    monkeypatch.chdir(lessons.root / "notebooks" / "solutions")
    found = list_notebooks()
    for name in ("0", "00", "00_welcome", "00_welcome.ipynb", "../00_welcome.ipynb"):
        assert [notebook.number for notebook in select([name], found)] == ["00"], name
    assert [n.number for n in select(["12", "11", "12"], found)] == ["11", "12"]
    assert select([], found) == found


def test_a_broken_notebook_is_named(lessons, capsys):
    lessons.root.joinpath("notebooks", "13_broken.ipynb").write_text("{")
    assert main(["list"]) == 2
    assert "13_broken.ipynb is not a notebook" in capsys.readouterr().err


def test_a_long_error_is_one_line_too(lessons, monkeypatch, capsys):
    def broken(*_):
        raise OSError("the disk\n  is full")

    monkeypatch.setattr("dlcourse.course.cli.list_notebooks", broken)
    assert main(["run"]) == 2
    assert capsys.readouterr().err == "dlcourse: the disk is full\n"


def problems(check):
    return [finding for finding in check() if finding.state == "problem"]


def test_the_doctor_finds_a_corrupted_data_file(lessons, monkeypatch, tmp_path, capsys):
    from dlcourse.datasets import catalog, store

    shipped, copy = store.folder(), tmp_path / "copy"
    copy.mkdir()
    for name in catalog.FILES:
        (copy / name).write_bytes((shipped / name).read_bytes())
    monkeypatch.setattr(store, "folder", lambda: copy)
    assert problems(doctor._data) == []
    (copy / "iris.csv").write_bytes(b"5.1,3.5")
    for slow in ("_backend", "_kernel"):
        monkeypatch.setattr(doctor, slow, lambda: [])
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert str(copy / "iris.csv") in out and catalog.FILES["iris.csv"].sha256 in out
    assert "Restore it with" in out and out.rstrip().endswith("1 problem")


def test_the_doctor_finds_a_home_that_is_a_file(lessons, monkeypatch):
    (lessons.root / "file").touch()
    monkeypatch.setenv("DLCOURSE_HOME", str(lessons.root / "file"))
    (finding,) = problems(doctor._home)
    assert "is not a folder" in finding.said and "DLCOURSE_HOME" in finding.mend


def test_the_doctor_finds_a_full_disk_a_wrong_scale_and_an_old_package(lessons, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=1e6))
    assert len(problems(doctor._disk)) == 3
    monkeypatch.setenv("DLCOURSE_SCALE", "huge")
    assert "huge" in problems(doctor._settings)[0].said
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "0.0.1")
    found = {finding.what: finding for finding in problems(doctor._packages)}
    assert "the course needs >=3.15.1" in found["keras"].said and "pip install 'keras>=3.15.1'" in found["keras"].mend


def test_tensorflow_is_needed_only_where_it_is_the_backend(lessons, monkeypatch):
    def version(name):
        if name == "tensorflow":
            raise doctor.metadata.PackageNotFoundError(name)
        return "99"

    monkeypatch.setattr(doctor.metadata, "version", version)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert problems(doctor._packages) == []
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert [finding.what for finding in problems(doctor._packages)] == ["tensorflow"]
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(lessons.root))
    (lessons.root / "keras.json").write_text('{"backend": "torch"}')
    assert problems(doctor._packages) == []


def test_one_broken_check_does_not_hide_the_others(lessons, monkeypatch):
    def broken():
        raise RuntimeError("out of order")

    broken.__name__ = "_backend"
    monkeypatch.setattr(doctor, "_backend", broken)
    monkeypatch.setattr(doctor, "_kernel", lambda: [])
    found = {finding.what: finding for finding in doctor.examine()}
    assert found["backend"].state == "problem" and "out of order" in found["backend"].said
    assert found["notebooks"].said.startswith("3 in ")
