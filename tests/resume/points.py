"""Ways to make this process die: `arm("half:3")` inside its third save, `arm_after("9:2.5")` at some moment."""

import os
import signal
import threading

from dlcourse import files
from dlcourse.callbacks import ExactResume, generations

POINTS = ("start", "half", "written", "synced", "renamed", "pruned")


def arm(point):
    """Kill this process at a point of a save, `name:number`, the saves counted from 1."""
    name, number = point.split(":")
    if name not in POINTS:
        raise ValueError(f"unknown point {name!r}; there are {POINTS}")
    save = generations.Generations.save
    count = 0

    def counted(self, state):
        nonlocal count
        count += 1
        if count == int(number):
            _set(name)
        save(self, state)
        if count == int(number):
            _die()  # "pruned", and whatever did not come by its point

    generations.Generations.save = counted


def arm_after(moment):
    """Kill this process `step:milliseconds`: so long after so many steps of the run, replayed ones counted too."""
    at, milliseconds = (float(part) for part in moment.split(":"))
    step = ExactResume.on_train_batch_end
    count = 0

    def counted(self, batch, logs=None):
        nonlocal count
        count += 1
        if count == at:
            timer = threading.Timer(milliseconds / 1000, _die)
            timer.daemon = True
            timer.start()
        step(self, batch, logs)

    ExactResume.on_train_batch_end = counted


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _set(name):
    """Make the next call of the operation that `name` stands for deadly."""
    if name in ("start", "half", "written"):
        generations.atomic_write = _dying_writer(name)
    elif name == "synced":
        _before(files.os, "replace")
    elif name == "renamed":
        _before(files, "_sync_folder")


def _before(module, function):
    setattr(module, function, lambda *arguments: _die())


def _dying_writer(name):
    """atomic_write, whose file dies before the payload, half-way through it, or after it and before the sync."""
    whole = generations.atomic_write

    class Dying:
        def __init__(self, context):
            self.context = context

        def __enter__(self):
            self.file = self.context.__enter__()
            self.writes = 0
            return self

        def write(self, data):
            self.writes += 1
            if self.writes == 2:  # the payload
                self.file.write(data[: {"start": 0, "half": len(data) // 2, "written": len(data)}[name]])
                self.file.flush()
                _die()
            self.file.write(data)

        def __exit__(self, *error):
            return self.context.__exit__(*error)

    return lambda path: Dying(whole(path))
