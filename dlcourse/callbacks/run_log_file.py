"""A table in a file that grows by whole rows: CSV or JSON lines."""

import contextlib
import csv
import errno
import io
import json
import os
import warnings
from pathlib import Path

from dlcourse.files import atomic_write

SUFFIXES = (".csv", ".jsonl")


class RunLogFile:
    """Rows with named columns at `path`; `columns` and `rows` say what it holds, once it was cut or read.

    A cell of a CSV file is JSON as well, empty where there is no value: numbers come back as they were.
    """

    def __init__(self, path):
        self.path = Path(path)
        if self.path.suffix not in SUFFIXES:
            raise ValueError(f"a log is a {' or '.join(SUFFIXES)} file, got {str(path)!r}. Name such a file.")
        self.table = self.path.suffix == ".csv"
        self.columns, self.rows = [], 0

    def probe(self):
        """OSError where the file cannot be written; what it holds stays."""
        with self._explained("cannot be written to"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "ab"):
                pass

    def read(self):
        """(columns, rows): a list of names, and a list of dicts; a torn last line is left out with a warning."""
        lines, torn = self._lines()
        if torn:
            warnings.warn(f"{self.path} ends in the middle of a line, which is left out.", stacklevel=4)
        columns, rows = self._header(lines), []
        for number, line in enumerate(lines[1 if self.table else 0 :], start=2 if self.table else 1):
            try:
                rows.append(self._row(columns, line))
            except ValueError as error:
                raise ValueError(f"{self.path}, line {number} is no row of this log: {line[:80]!r}.") from error
        if not self.table:
            columns = list(dict.fromkeys(name for row in rows for name in row))
        self.columns, self.rows = columns, len(rows)
        return columns, rows

    def add(self, row, sync):
        """Append a row, a dict of plain values; `sync` waits until it is on the disk."""
        new = [name for name in row if name not in self.columns]
        if self.table and new:
            self._widen(new)
        self.columns += new
        line = _csv(row.get(name) for name in self.columns) if self.table else json.dumps(row) + "\n"
        with self._explained(f"could not take row {self.rows + 1}, and holds the {self.rows} before"):
            _append(self.path, line.encode(), sync)
        self.rows += 1

    def cut(self, rows=None, columns=None):
        """Keep the first `rows` rows, with the columns they had; or all whole rows."""
        lines, torn = self._lines()
        head = self._header(lines)
        body = lines[1 if self.table else 0 :]
        if rows is None and not torn:
            self.columns, self.rows = head, len(body)
            return
        rows = len(body) if rows is None else rows
        if len(body) < rows:
            raise ValueError(
                f"{self.path} has {len(body)} rows and had {rows} when the run was saved. Put the file back, or start "
                "the run anew."
            )
        body, columns = body[:rows], list(head if columns is None else columns)
        if self.table and columns:
            added = len(head) - len(columns)  # columns that turned up later: empty cells at the end of each row
            body = [_names(columns)] + [line[: len(line) - added] for line in body]
        self._replace(body)
        self.columns, self.rows = columns, rows

    def _widen(self, new):
        lines, _ = self._lines()
        self._replace([_names(self.columns + new)] + [line + "," * len(new) for line in lines[1:]])

    def _replace(self, lines):
        with self._explained("could not be rewritten, and holds the rows it had"):
            with atomic_write(self.path, "w") as file:
                file.writelines(line + "\n" for line in lines)

    def _lines(self):
        """The whole lines, without their ends, and whether there is a torn one after them."""
        data = self.path.read_bytes()
        end = data.rfind(b"\n") + 1
        return data[:end].decode().split("\n")[:-1], end < len(data)

    def _header(self, lines):
        """The columns of a table; JSON lines name theirs in each row."""
        return next(csv.reader(lines[:1]), []) if self.table else []

    def _row(self, columns, line):
        if not self.table:
            return json.loads(line)
        cells = next(csv.reader([line]), [])
        return {name: json.loads(cell) for name, cell in zip(columns, cells, strict=True) if cell}

    @contextlib.contextmanager
    def _explained(self, what):
        try:
            yield
        except OSError as error:
            reason = f"{error.strerror or error}: the log {what}. Give it a path and a disk that can take it"
            raise OSError(error.errno, reason, str(self.path)) from error


def _append(path, data, sync):
    """Write at the end of a file, whole or not at all."""
    with open(path, "ab", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        try:
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if sync:
                os.fsync(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                file.truncate(end)
            raise


def _csv(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow("" if value is None else json.dumps(value) for value in values)
    return text.getvalue()


def _names(columns):
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(columns)
    return text.getvalue()
