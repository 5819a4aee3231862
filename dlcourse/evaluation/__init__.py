"""Honest evaluation: several seeds, leakage, calibration, fairness."""

from dlcourse.evaluation.calibration import ece, reliability
from dlcourse.evaluation.duplicates import Duplicates, duplicate_groups, duplicates_between
from dlcourse.evaluation.fairness import fairness_gaps, fairness_table
from dlcourse.evaluation.fitted_on import FittedOn, fitted_on
from dlcourse.evaluation.paired import bootstrap_interval, holm, mean_interval, paired_p_value
from dlcourse.evaluation.seed_runs import SeedRuns
from dlcourse.evaluation.seeds import seeds

__all__ = [
    "Duplicates",
    "FittedOn",
    "SeedRuns",
    "bootstrap_interval",
    "duplicate_groups",
    "duplicates_between",
    "ece",
    "fairness_gaps",
    "fairness_table",
    "fitted_on",
    "holm",
    "mean_interval",
    "paired_p_value",
    "reliability",
    "seeds",
]
