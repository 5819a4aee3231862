"""The command `dlcourse`: run the course, list it, look after its exercises, and find what is wrong with a machine."""

import argparse
import math
import os
import sys
import warnings
from pathlib import Path

from dlcourse import __version__
from dlcourse.course.notebooks import list_notebooks, notebooks_folder, select
from dlcourse.course.text_table import text_table
from dlcourse.settings import nearest

COMMANDS = ("run", "list", "doctor", "progress", "reset", "index", "store")
STOPPED = 130  # exit code after Ctrl-C, as of any program that SIGINT ends
WRONG = 2  # exit code of a command that could not be obeyed


def main(arguments=None):
    """Run one command and return its exit code: 0 well, 1 something failed, 2 not understood, 130 stopped."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        return _main(sys.argv[1:] if arguments is None else list(arguments))


def _show_warning(message, *_):
    print(f"dlcourse: {' '.join(str(message).split())}", file=sys.stderr)


def _main(arguments):
    if not arguments:
        _parser().print_help(sys.stderr)
        return WRONG
    try:
        named = next((word for word in arguments if not word.startswith("-")), COMMANDS[0])
        if named not in COMMANDS:
            raise ValueError(f"no command {named!r}. {nearest(named, COMMANDS)}")
        options = _parser().parse_args(arguments)
        return options.command(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output, `head` for one, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError) as error:
        print(f"dlcourse: {' '.join(str(error).split())}", file=sys.stderr)
        return WRONG


class _Parser(argparse.ArgumentParser):
    """Errors in one line; argparse itself prints the usage above each."""

    def error(self, message):
        self.exit(WRONG, f"{self.prog}: {message}. Try {self.prog} --help.\n")


def _parser():
    parser = _Parser(prog="dlcourse", description="A deep-learning course that is executed.")
    parser.add_argument("--version", action="version", version=f"dlcourse {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name, function, text):
        added = commands.add_parser(name, help=text, description=text, prog=f"dlcourse {name}")
        added.set_defaults(command=function)
        return added

    sub = command("run", _run, "run notebooks top to bottom and write build/course/index.html")
    sub.add_argument("names", nargs="*", metavar="NAME", help="11, 11_perceptron or a path; all if none is named")
    sub.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="notebooks to run at a time (default: 1)")
    sub.add_argument("--timeout", type=_seconds, default=600, metavar="S", help="seconds a notebook may take (600)")
    sub.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: build/course in the checkout)")
    sub.add_argument("--no-solutions", action="store_true", help="leave the solutions notebooks out")
    command("list", _list, "list the notebooks, their exercises and how many you have solved")
    command("doctor", _doctor, "check this machine, and say what is wrong and how to mend it")
    command("progress", _progress, "show which exercises you have tried and solved")
    sub = command("reset", _reset, "forget your progress in some exercises, or in all")
    ids = "an exercise (11.2) or a notebook (11, 11_perceptron or a path); all if none is named"
    sub.add_argument("ids", nargs="*", metavar="ID", help=ids)
    sub.add_argument("--yes", action="store_true", help="do not ask")
    sub = command("index", _index, "write INDEX.md: where each public name is, and which notebook uses it")
    sub.add_argument("--check", action="store_true", help="write nothing; exit with 1 if INDEX.md is stale")
    sub = command("store", _store, "run notebooks and their solutions and store them with clean outputs")
    sub.add_argument("names", nargs="*", metavar="NAME", help="11, 11_perceptron or a path; all if none is named")
    return parser


def _jobs(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"how many notebooks at a time: a whole number of at least 1, got {text!r}")
    return int(text)


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"seconds a notebook may take: a number above 0, got {text!r}")
    return seconds


def _run(options):
    notebooks = select(options.names, list_notebooks())
    folder = (options.out or notebooks_folder().parent / "build" / "course").resolve()

    from dlcourse.course.report import claims_text, exercises_text
    from dlcourse.course.runner import exit_code, run_course

    results = run_course(notebooks, folder, options.jobs, options.timeout, solutions=not options.no_solutions)
    heads = ["time", "claims", "exercises", "status", "notebook"]
    rows = [
        [f"{r.seconds:.0f} s", claims_text(r), exercises_text(r), r.status, r.name + (f": {r.why}" if r.why else "")]
        for r in results
    ]
    print(text_table(heads, rows, right=["time"]))
    print(folder / "index.html")
    return exit_code(results)


def _by_notebook():
    """[(notebook, ids of its exercises, progress by id)]"""
    from dlcourse.exercises import list_exercises
    from dlcourse.exercises.progress import read_progress

    ids, progress = [exercise.id for exercise in list_exercises()], read_progress()
    return [(n, [i for i in ids if i.partition(".")[0] == n.number], progress) for n in list_notebooks()]


def _list(options):
    rows = [
        [n.number, n.title, len(ids) or "", sum(progress.get(i, {}).get("passed", False) for i in ids) if ids else ""]
        for n, ids, progress in _by_notebook()
    ]
    print(text_table(["", "notebook", "exercises", "solved"], rows, right=["exercises", "solved"]))
    return 0


def _progress(options):
    rows, solved, total = [], 0, 0
    for notebook, ids, progress in _by_notebook():
        passed = [i for i in ids if progress.get(i, {}).get("passed")]
        tried = [i for i in ids if i in progress]
        left = ", ".join(i for i in tried if i not in passed)
        solved, total = solved + len(passed), total + len(ids)
        if ids:
            rows.append([notebook.number, notebook.title, len(ids), len(tried), len(passed), left])
    heads = ["", "notebook", "exercises", "tried", "solved", "tried, not solved"]
    print(text_table(heads, rows, right=heads[2:5]))
    print(f"{solved} of {total} exercises solved")
    return 0


def _reset(options):
    from dlcourse.exercises.progress import read_progress, reset_progress

    known = {i for _, ids, _ in _by_notebook() for i in ids} | set(read_progress())
    chosen = {i for name in options.ids for i in _meant(name, known)}
    what = " ".join(options.ids) if options.ids else "all exercises"
    if not options.yes and not _agreed(f"Forget your progress in {what}? [y/N] "):
        print("Nothing was forgotten.")
        return 1
    count = reset_progress(chosen if options.ids else None)
    print(f"Forgot {count} exercise{'s' * (count != 1)}.")
    return 0


def _meant(name, known):
    """Those of the exercise ids `known` that `name` means: one of them, or all of a notebook."""
    chapters, notebooks = {i.partition(".")[0] for i in known}, list_notebooks()
    if name in known:
        return {name}
    if name not in chapters:  # such as of a notebook that is gone
        try:
            name = select([name], notebooks)[0].number
        except ValueError as error:
            near = nearest(name, [*sorted(chapters), *(notebook.name for notebook in notebooks), *sorted(known)])
            raise ValueError(f"no exercise or notebook {name!r}. {near}") from error
    return {i for i in known if i.partition(".")[0] == name}


def _agreed(question):
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        print()
        return False


def _doctor(options):
    from dlcourse.course.doctor import examine

    rows, problems = [], []
    for finding in examine():
        rows.append(
            [{"ok": "\u2713", "note": "\u00b7", "problem": "\u2717"}[finding.state], finding.what, finding.said]
        )
        problems += [finding] if finding.state == "problem" else []
    print(text_table(["", "what", "found"], rows))
    for finding in problems:
        print(f"\n\u2717 {finding.what}: {finding.said}\n  {finding.mend}")
    print(f"\n{len(problems)} problem{'s' * (len(problems) != 1)}")
    return int(bool(problems))


def _index(options):
    from dlcourse.course.index import index_text, write_index

    root = notebooks_folder().parent
    if not options.check:
        print(write_index(root))
        return 0
    path = root / "INDEX.md"
    fresh = path.is_file() and path.read_text(encoding="utf-8") == index_text(root)
    print(f"{path} is {'fresh' if fresh else 'stale: write it with `dlcourse index`'}")
    return int(not fresh)


def _store(options):
    from dlcourse.course.store import store

    for notebook in select(options.names, list_notebooks()):
        for path in (notebook.path, notebook.solutions):
            if path is not None:
                print(f"{store(path):5.0f} s  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
