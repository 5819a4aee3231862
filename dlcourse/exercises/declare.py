"""How an exercise is written down: cases that must hold, hints, and the wrong answers it must catch."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

REFERENCE = object()  # stands for "what the exercise's reference returns"


class Case:
    """One question put to an answer: named inputs, passed in the order written, and what must come back.

    >>> Case(y=[3.0], p=[1.0], q=0.9, expect=[1.8])
    Case(y = [3.0], p = [1.0], q = 0.9 -> [1.8])

    An answer that is a value and not a function takes a case without inputs: `Case(expect=2.5)`.
    """

    def __init__(self, *, expect=REFERENCE, **inputs):
        self.inputs, self.expect = inputs, expect

    def __repr__(self):
        given = ", ".join(f"{name} = {value}" for name, value in self.inputs.items())
        return f"Case({given} -> {'the reference' if self.expect is REFERENCE else self.expect})"


def random_cases(seed, make, n=3):
    """`n` cases with inputs `make(rng)` (a dict) from a fixed seed; the exercise's reference says what is right."""
    rng = np.random.default_rng(seed)
    return [Case(**make(rng)) for _ in range(n)]


@dataclass(frozen=True)
class Built:
    """A wrong answer that is costly to make, such as a model: made by `make()` only when it is needed."""

    make: Any


@dataclass(frozen=True)
class Mutant:
    """A wrong answer learners really give. Met again, it is recognised by what it does and answered by its hint.

    name:   what went wrong, in three words
    answer: the wrong answer, in the form the exercise takes, or `Built(make)`
    hint:   index of the hint meant for it
    """

    name: str
    answer: Any
    hint: int


@dataclass(frozen=True)
class Exercise:
    """One task of a notebook, with all that is needed to judge an answer to it.

    id:        "<notebook>.<n>", for example "11.2"
    title:     a few words
    cases:     `Case`s (lists of cases are flattened, so `random_cases(...)` can stand among them)
    hints:     two or more, from a nudge to nearly the answer; each failed try shows one more
    mutants:   two or more wrong answers
    reference: a right answer, needed where a case names no `expect`
    probe:     probe(answer, **inputs) -> what is compared; by default a function is called with the inputs in
               order, and anything else is compared as it stands
    given:     the faulty code that a "find the bug" exercise hands out: until it is changed it is not a try
    options:   the letters to choose from, for a multiple choice
    rtol:      relative tolerance of numeric comparisons
    """

    id: str
    title: str
    cases: list
    hints: list
    mutants: list
    reference: Any = None
    probe: Any = None
    given: Any = None
    options: tuple = ()
    rtol: float = 1e-5
    flat_cases: tuple = field(init=False)

    def __post_init__(self):
        flat = [case for entry in self.cases for case in (entry if isinstance(entry, list) else [entry])]
        problem = None
        if not flat:
            problem = "no case"
        elif len(self.hints) < 2:
            problem = f"{len(self.hints)} hint(s), expected at least 2"
        elif len(self.mutants) < 2:
            problem = f"{len(self.mutants)} mutant(s), expected at least 2"
        elif any(not 0 <= mutant.hint < len(self.hints) for mutant in self.mutants):
            problem = "a mutant that points to a hint which does not exist"
        elif self.reference is None and any(case.expect is REFERENCE for case in flat):
            problem = "a case without `expect` and no `reference` to tell it"
        if problem:
            raise ValueError(f"exercise {self.id} has {problem}. Mend its declaration.")
        object.__setattr__(self, "flat_cases", tuple(flat))

    def ask(self, answer, case):
        """What `answer` gives for `case`, on fresh copies of the inputs."""
        inputs = {
            name: np.copy(value) if isinstance(value, np.ndarray) else _copied(value)
            for name, value in case.inputs.items()
        }
        if isinstance(answer, Built):
            answer = answer.make()
        if self.probe is not None:
            return self.probe(answer, **inputs)
        return answer(*inputs.values()) if callable(answer) and inputs else answer

    def expected(self, case):
        """What a right answer gives for `case`."""
        return self.ask(self.reference, case) if case.expect is REFERENCE else case.expect


def _copied(value):
    """Lists of numbers become float arrays, so that a learner can compute with them."""
    if isinstance(value, list):
        return np.array(value)
    return value
