"""Callbacks for the craft of training: finding a rate, cycling momentum, keeping snapshots, resuming a killed run."""

from dlcourse.callbacks.batch_size_schedule import BatchSizeSchedule
from dlcourse.callbacks.exact_resume import ExactResume
from dlcourse.callbacks.loss_epoch import LossEpoch
from dlcourse.callbacks.lr_finder import LRFinder
from dlcourse.callbacks.momentum import CyclicalMomentum, OneCycleMomentum
from dlcourse.callbacks.range_test import RangeTest, Suggestion
from dlcourse.callbacks.run_log import RunLog
from dlcourse.callbacks.snapshot_ensemble import SnapshotEnsemble

__all__ = [
    "BatchSizeSchedule",
    "CyclicalMomentum",
    "ExactResume",
    "LRFinder",
    "LossEpoch",
    "OneCycleMomentum",
    "RangeTest",
    "RunLog",
    "SnapshotEnsemble",
    "Suggestion",
]
