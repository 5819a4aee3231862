"""Rows of our callbacks."""

import itertools

import numpy as np

from dlcourse.callbacks import (
    BatchSizeSchedule,
    CyclicalMomentum,
    ExactResume,
    LossEpoch,
    LRFinder,
    OneCycleMomentum,
    RunLog,
    SnapshotEnsemble,
)
from dlcourse.optimizers import SGD
from dlcourse.schedules import CosineWarmRestarts
from dlcourse.settings import home
from tests.contracts.rows import CallbackRow

STEADY = (0.5,) * 6
NUMBER = itertools.count()
DATA = (np.ones((6, 1)), np.ones(6))

NO_SCHEDULE = "it asks for a loss that goes by the epoch"

ROWS = [
    CallbackRow(
        LossEpoch,
        make=LossEpoch,
        rates=STEADY,
        exempt=dict.fromkeys(("rates", "afterwards", "again", "no_copy"), NO_SCHEDULE),
    ),
    CallbackRow(
        LRFinder,
        make=lambda: LRFinder(start=0.125, end=4.0, steps=6),
        rates=(0.125, 0.25, 0.5, 1.0, 2.0, 4.0),
        exempt={"rates": "it puts the weights back, so that they show no way"},
        invalid=(
            lambda: LRFinder(start=0.0),
            lambda: LRFinder(start=2.0, end=1.0),
            lambda: LRFinder(steps=1),
            lambda: LRFinder(mode="cubic"),
            lambda: LRFinder(smoothing=1.0),
            lambda: LRFinder(diverge=1.0),
        ),
    ),
    CallbackRow(  # momentum 0 throughout, so that the way of the weight is the sum of the rates
        CyclicalMomentum,
        make=lambda: CyclicalMomentum(step_size=2, low=0.0, high=0.0, mode="triangular2"),
        rates=STEADY,
        optimizer=SGD,
        invalid=(
            lambda: CyclicalMomentum(0),
            lambda: CyclicalMomentum(2, low=0.9, high=0.8),
            lambda: CyclicalMomentum(2, mode="square"),
            lambda: CyclicalMomentum(2, mode="exp_range", gamma=1.5),
        ),
    ),
    CallbackRow(
        OneCycleMomentum,
        make=lambda: OneCycleMomentum(6, low=0.0, high=0.0, pct_start=0.5, anneal="linear"),
        rates=STEADY,
        optimizer=SGD,
        invalid=(
            lambda: OneCycleMomentum(0),
            lambda: OneCycleMomentum(6, high=1.5),
            lambda: OneCycleMomentum(6, pct_start=1.0),
            lambda: OneCycleMomentum(6, anneal="sine"),
        ),
    ),
    CallbackRow(
        SnapshotEnsemble,
        make=lambda: SnapshotEnsemble(CosineWarmRestarts(0.5, 2), keep=2, monitor="loss"),
        rates=STEADY,
        invalid=(
            lambda: SnapshotEnsemble([]),
            lambda: SnapshotEnsemble(100),
            lambda: SnapshotEnsemble([0, 5]),
            lambda: SnapshotEnsemble([5], keep=0),
            lambda: SnapshotEnsemble([5], mode="best"),
            lambda: SnapshotEnsemble([5], monitor=3),
        ),
    ),
    CallbackRow(
        BatchSizeSchedule,
        make=lambda: BatchSizeSchedule(DATA, [(0, 2), (1, 3)], seed=4),
        rates=STEADY,
        invalid=(
            lambda: BatchSizeSchedule(DATA, 0),
            lambda: BatchSizeSchedule(DATA, 2.5),
            lambda: BatchSizeSchedule(DATA, []),
            lambda: BatchSizeSchedule(DATA, [(1, 2)]),
            lambda: BatchSizeSchedule(DATA, [(0, 2), (3, 4), (3, 8)]),
            lambda: BatchSizeSchedule(DATA, [(0, 2), (2.5, 4)]),
            lambda: BatchSizeSchedule(DATA, [0, 2]),
            lambda: BatchSizeSchedule(DATA, 2, unit="batch"),
            lambda: BatchSizeSchedule(DATA, 2, seed=-1),
            lambda: BatchSizeSchedule(DATA, 2, last="pad"),
            lambda: BatchSizeSchedule(np.ones((6, 1)), 2),
            lambda: BatchSizeSchedule((np.ones((6, 1)), np.ones(5)), 2),
            lambda: BatchSizeSchedule((np.ones((0, 1)), np.ones(0)), 2),
            lambda: BatchSizeSchedule((1.0, 2.0), 2),
            lambda: BatchSizeSchedule(DATA, lambda epoch: 0).sizes_of(0),
        ),
    ),
    CallbackRow(
        RunLog,
        make=lambda: RunLog(home() / "contract.jsonl", every=2),
        rates=STEADY,
        invalid=(lambda: RunLog("log.txt"), lambda: RunLog("log.csv", every=0), lambda: RunLog.read("log.txt")),
    ),
    CallbackRow(
        ExactResume,
        make=lambda: ExactResume(home() / f"contract-run-{next(NUMBER)}", every=2),
        rates=STEADY,
        invalid=(lambda: ExactResume("run", every=0), lambda: ExactResume("run", every="batch")),
    ),
]
