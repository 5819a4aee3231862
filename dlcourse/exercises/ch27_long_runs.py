"""Exercises of notebook 27, long runs."""

import copy

import numpy as np

from dlcourse.exercises.declare import Case, Exercise, Mutant, random_cases


def _rows(new_order=True, small_last=True, by_size=True):
    """The rows of a step, and by its arguments the ways to get them wrong."""

    def rows(n, size, seed, position):
        epoch, step = divmod(position, -(-n // size) if small_last else n // size)
        order = np.random.default_rng([seed, epoch if new_order else 0]).permutation(n)
        first = step * size if by_size else step
        return order[first : first + size]

    return rows


def _place(rng):
    return {"n": 10, "size": 4, "seed": int(rng.integers(9)), "position": int(rng.integers(3, 30))}


def _stopped(losses, patience):
    best, wait = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best, wait = epoch, 0
        else:
            wait += 1
            if wait == patience:
                return epoch, best
    return len(losses) - 1, best


def _stopped_late(losses, patience):
    return _stopped(losses, patience + 1)


def _stopped_by_the_last(losses, patience):
    """Compares with the epoch before in place of the best."""
    best, wait = 0, 0
    for epoch in range(1, len(losses)):
        wait = 0 if losses[epoch] < losses[epoch - 1] else wait + 1
        best = epoch if losses[epoch] < losses[best] else best
        if wait == patience:
            return epoch, best
    return len(losses) - 1, best


def _stopped_best_of_all(losses, patience):
    """Names the best of all epochs, those after the stop too."""
    return _stopped(losses, patience)[0], int(np.argmin(losses))


class _Cut(Exception):
    pass


class _Disk:
    """Files that live until the `cut`th moment; a write has two, its middle and its end."""

    def __init__(self, cut, power):
        self.files, self.synced, self.cut, self.power, self.moment = {"state": "old"}, {"state"}, cut, power, 0

    def _pass(self):
        self.moment += 1
        if self.moment == self.cut:
            raise _Cut

    def left(self):
        """The state, if all stops now: in a power cut what was not synced is lost, its name is not."""
        return "" if self.power and "state" in self.files and "state" not in self.synced else self.files.get("state")

    def write(self, name, data):
        self.synced.discard(name)
        self.files[name] = data[: len(data) // 2]
        self._pass()
        self.files[name] = data
        self._pass()

    def sync(self, name):
        _ = self.files[name]  # a file that is not there cannot be synced
        self.synced.add(name)
        self._pass()

    def rename(self, old, new):
        self.files[new] = self.files.pop(old)
        self.synced.discard(new)
        if old in self.synced:
            self.synced = self.synced - {old} | {new}
        self._pass()

    def remove(self, name):
        del self.files[name]
        self._pass()


def _deaths(save, what):
    """How often no state, or part of one, is left by `what` at the moments of a save, and how a whole save ends."""
    found = {"times no state is left": 0, "times part of a state is left": 0}
    for cut in range(1, 100):
        disk = _Disk(cut, power=what == "a power cut")
        try:
            save(disk, "whole new")
        except _Cut:
            left = disk.left()
            found["times no state is left"] += left is None
            found["times part of a state is left"] += left not in (None, "old", "whole new")
            continue
        return {**found, "at the end": str(disk.left())}
    raise ValueError("the save takes over a hundred moments; does it end?")


def _saving(*steps):
    """A save that does these steps in this order."""

    def save(disk, data):
        for step, *names in steps:
            if step == "write":
                disk.write(*names, data)
            else:
                getattr(disk, step)(*names)

    return save


REMOVE, RENAME = ("remove", "state"), ("rename", "new", "state")
WRITE, SYNC = ("write", "new"), ("sync", "new")
SAFE = {"times no state is left": 0, "times part of a state is left": 0, "at the end": "whole new"}


def _source(*parts):
    """A source whose state holds these parts of generator, order, at."""

    class Source:
        def __init__(self, n, seed):
            self.n, self.rng = n, np.random.default_rng(seed)
            self.order, self.at = self.rng.permutation(n), 0

        def next(self):
            if self.at + 4 > self.n:
                self.order, self.at = self.rng.permutation(self.n), 0
            self.at += 4
            return self.order[self.at - 4 : self.at]

        def get_state(self):
            state = {"generator": self.rng.bit_generator.state, "order": self.order.copy(), "at": self.at}
            return {part: state[part] for part in parts}

        def set_state(self, state):
            if "generator" in state:
                self.rng.bit_generator.state = state["generator"]
            if "order" in state:
                self.order = np.array(state["order"])
            self.at = state.get("at", 0)

    return Source


def _went_on(source, n, batches):
    """What the first source gives after its state was read, and what a fresh one with that state gives."""
    first = source(n, seed=1)
    for _ in range(batches):
        first.next()
    state = first.get_state()
    if state is None:
        return ...
    kept = copy.deepcopy(state)
    going_on = [np.array(first.next()).tolist() for _ in range(7)]
    fresh = source(n, seed=2)
    fresh.set_state(kept)
    return {"the first": going_on, "the fresh one": [np.array(fresh.next()).tolist() for _ in range(7)]}


EXERCISES = [
    Exercise(
        "27.1",
        "The rows of any step",
        cases=[
            Case(n=8, size=4, seed=0, position=3, expect=np.random.default_rng([0, 1]).permutation(8)[4:]),
            random_cases(seed=1, make=_place, n=6),
        ],
        hints=[
            "Which epoch is it, and which step of the epoch? divmod(position, steps of an epoch) gives both.",
            "Ten examples in batches of four are three steps: two of four rows and one of two. Round up.",
            "Step i begins at row i * size of the epoch's order.",
        ],
        mutants=[
            Mutant("the same order in each epoch", _rows(new_order=False), hint=0),
            Mutant("the last small batch left out", _rows(small_last=False), hint=1),
            Mutant("step i begins at row i", _rows(by_size=False), hint=2),
        ],
        reference=_rows(),
    ),
    Exercise(
        "27.2",
        "When it stops, and what is best",
        cases=[
            Case(losses=[3.0, 2.0, 2.5, 2.4, 2.6, 1.0], patience=3, expect=(4, 1)),
            Case(losses=[1.0, 0.9, 0.8], patience=2, expect=(2, 2)),
            Case(losses=[1.0, 1.0, 1.0, 1.0], patience=2, expect=(2, 0)),
            random_cases(seed=2, make=lambda rng: {"losses": rng.random(20), "patience": int(rng.integers(2, 5))}, n=6),
        ],
        hints=[
            "Count the epochs in a row without an improvement. The run ends with the epoch that makes it `patience`.",
            "An improvement is a loss below the best so far, not below the one before.",
            "What comes after the stop never ran: it can be neither the last nor the best.",
        ],
        mutants=[
            Mutant("one epoch too late", _stopped_late, hint=0),
            Mutant("compares with the epoch before", _stopped_by_the_last, hint=1),
            Mutant("best of epochs that never ran", _stopped_best_of_all, hint=2),
        ],
        reference=_stopped,
    ),
    Exercise(
        "27.3",
        "A save that can lose all",
        cases=[Case(what="a kill", expect=SAFE), Case(what="a power cut", expect=SAFE)],
        probe=_deaths,
        given=_saving(REMOVE, WRITE, SYNC, RENAME),
        hints=[
            "Go through it line by line, and ask after each: is a whole state called 'state' there?",
            "A rename replaces what bears the new name, as a whole. Nothing has to be removed first.",
            "After a power cut, what was not synced is empty, even if it was renamed. Sync before the rename.",
        ],
        mutants=[
            Mutant("removes later, and still before", _saving(WRITE, SYNC, REMOVE, RENAME), hint=0),
            Mutant("writes in place", _saving(("write", "state"), ("sync", "state")), hint=1),
            Mutant("no sync", _saving(WRITE, RENAME), hint=2),
            Mutant("sync after the rename", _saving(WRITE, RENAME, ("sync", "state")), hint=2),
        ],
    ),
    Exercise(
        "27.4",
        "A source that can be resumed",
        cases=[Case(n=12, batches=2), Case(n=10, batches=7), Case(n=9, batches=0)],
        probe=_went_on,
        hints=[
            "List what `next` reads: each of these changes from call to call, and each belongs to the state.",
            "A generator is described by rng.bit_generator.state, a dict that can be read and assigned.",
            "Three parts: the generator's state, the order now in use, and the place in it.",
        ],
        mutants=[
            Mutant("the place forgotten", _source("generator", "order"), hint=0),
            Mutant("the generator forgotten", _source("order", "at"), hint=1),
            Mutant("the order forgotten", _source("generator", "at"), hint=2),
        ],
        reference=_source("generator", "order", "at"),
    ),
]
