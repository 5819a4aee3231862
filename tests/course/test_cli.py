"""The command line: exit codes, messages in one line, and progress."""

import json
import subprocess
import sys

import pytest

from dlcourse.course.cli import main
from dlcourse.course.notebooks import list_notebooks, notebooks_folder, select


def progress_of(course):
    return set(json.loads((course.root / "home" / "progress.json").read_text())["exercises"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "11_perceptrn"], "no notebook '11_perceptrn'. Did you mean 11_perceptron"),
        (["run", "99"], "no notebook '99'. Known: 00_welcome, 11_perceptron, 12_linear."),
        (["rum"], "no command 'rum'. Did you mean run?"),
        (["reset", "11.3", "--yes"], "no exercise or notebook '11.3'. Did you mean 11"),
        (["reset", "11_perceptrn", "--yes"], "no exercise or notebook '11_perceptrn'. Did you mean 11_perceptron"),
        (
            ["run", "--jobs", "x"],
            "argument --jobs: how many notebooks at a time: a whole number of at least 1, got 'x'",
        ),
        (["run", "--jobs", "0"], "argument --jobs: how many"),
        (["run", "--timeout", "-1"], "argument --timeout: seconds a notebook may take: a number above 0, got '-1'"),
        (["run", "--timeout", "nan"], "argument --timeout: seconds"),
        (["run", "--timeout", "inf"], "argument --timeout: seconds"),
        (["run", "--timeout", "soon"], "argument --timeout: seconds"),
        (["list", "--unknown"], "unrecognized arguments: --unknown"),
        (["--"], "the following arguments are required: COMMAND"),
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


@pytest.mark.parametrize("name", ["11_perceptron", "11", "notebooks/11_perceptron.ipynb"])
def test_reset_takes_a_notebook_by_any_of_its_names(lessons, name):
    assert main(["reset", name, "--yes"]) == 0
    assert progress_of(lessons) == {"12.1"}


def test_reset_of_a_notebook_without_exercises_forgets_nothing(lessons, capsys):
    assert main(["reset", "0", "--yes"]) == 0
    assert "Forgot 0 exercises." in capsys.readouterr().out
    assert progress_of(lessons) == {"11.1", "12.1"}


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 2
    err = capsys.readouterr().err
    assert err.startswith("usage: dlcourse") and "doctor" in err and "progress" in err


@pytest.mark.parametrize("arguments", [["list"], ["progress"], ["reset", "--yes"]])
def test_a_damaged_progress_file_is_told_in_one_plain_line(lessons, arguments):
    (lessons.root / "home" / "progress.json").write_text("{")
    command = [sys.executable, "-m", "dlcourse.course.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.startswith("dlcourse: the progress file") and done.stderr.count("\n") == 1
    assert "set aside as progress.corrupt-1.json" in done.stderr and ".py" not in done.stderr


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
