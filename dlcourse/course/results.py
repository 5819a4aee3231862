"""What a run found out about one notebook, and how that is kept in results.json."""

from dataclasses import asdict, dataclass, field

from dlcourse.course.claims import Claim

OK, WAITING, STOPPED, NOT_RUN = "ok", "waiting", "stopped", "not run"
UNFINISHED = (STOPPED, NOT_RUN, WAITING)
FAILURES = ("cell failed", "claim false", "exercise failed", "kernel died", "time limit")
STATUSES = (OK, *FAILURES, *UNFINISHED)
CHECK_MIME = "application/vnd.dlcourse.check+json"


@dataclass(frozen=True)
class Result:
    """One notebook's outcome.

    `status` is one of `STATUSES`; `why` says more where it is not "ok"; `checks` maps an exercise's id to how its last
    check ended; `page` is the file of its page beside the index, or "" where there is none; `when` is the time it
    began, in ISO 8601 to the minute. `unfinished` is "" for what a run found out; where a run has not finished a
    notebook that has a result from an earlier one, that result stands and `unfinished` is this run's status.
    """

    name: str
    title: str
    kind: str = "lesson"  # or "solutions"
    status: str = WAITING
    why: str = ""
    seconds: float = 0.0
    claims: tuple[Claim, ...] = field(default=())
    checks: dict[str, str] = field(default_factory=dict)
    page: str = ""
    when: str = ""
    unfinished: str = ""

    @property
    def number(self):
        """The number of the lesson, which its solutions share."""
        return self.name.removeprefix("solutions_").partition("_")[0]

    @property
    def held(self):
        return sum(claim.held for claim in self.claims)

    @property
    def failed(self):
        return self.status in FAILURES

    def as_dict(self):
        return {**asdict(self), "claims": [asdict(claim) for claim in self.claims], "seconds": round(self.seconds, 2)}

    @classmethod
    def from_dict(cls, row):
        return cls(**{**row, "claims": tuple(Claim(**claim) for claim in row["claims"])})


def read_checks(notebook):
    """{exercise id: status of its last check} from the outputs of a notebook (an `nbformat` node)."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            payload = output.get("data", {}).get(CHECK_MIME)
            if payload is not None:
                found[payload["id"]] = payload["status"]
    return found
