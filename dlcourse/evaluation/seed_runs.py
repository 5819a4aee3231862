"""Results of an experiment over seeds: means with their errors, and differences paired by seed."""

from itertools import combinations

import pandas as pd

from dlcourse import plots
from dlcourse.evaluation.paired import bootstrap_interval, holm, mean_interval, paired_p_value


class SeedRuns:
    """What runs over seeds gave: one row a run, with the columns `variant`, `seed` and one a metric.

    A NaN, such as the loss of a run that diverged, stays NaN in every figure it enters; nothing is dropped.

    Args:
        runs: DataFrame as above, in which every variant was run on the same two or more seeds.

    Raises:
        ValueError: a column is missing or no number, a run occurs twice or is missing, or there is one seed only.

    >>> runs = SeedRuns(pd.DataFrame({"variant": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "value": [1, 2, 2, 5]}))
    >>> runs.compare()[["difference", "se", "wins"]]
           difference   se  wins
    a - b        -2.0  1.0     0
    """

    def __init__(self, runs):
        if not isinstance(runs, pd.DataFrame) or not {"variant", "seed"} < set(runs.columns):
            got = list(runs.columns) if isinstance(runs, pd.DataFrame) else type(runs).__name__
            raise ValueError(f"expected a DataFrame with the columns variant, seed and one a metric, got {got}.")
        self.runs = runs.reset_index(drop=True)
        self.metrics = [column for column in runs.columns if column not in ("variant", "seed")]
        self.variants = list(dict.fromkeys(runs["variant"]))
        wrong = [name for name in self.metrics if not pd.api.types.is_numeric_dtype(runs[name])]
        if wrong:
            raise ValueError(f"metrics are numbers, got {wrong} of type {[str(runs[name].dtype) for name in wrong]}.")
        counts = runs.groupby(["variant", "seed"]).size().unstack(fill_value=0)
        if not (counts == 1).all(axis=None) or counts.shape[1] < 2:
            raise ValueError(
                f"every variant needs one run on each of two or more seeds, so that runs can be paired; got the counts "
                f"{ {name: row.tolist() for name, row in counts.iterrows()} } on the seeds {list(counts.columns)}."
            )

    def values(self, metric=None):
        """One metric as a DataFrame, a row a seed and a column a variant; `metric` may stay out where there is one."""
        return self.runs.pivot(index="seed", columns="variant", values=self._metric(metric))[self.variants]

    def summary(self, metric=None, confidence=0.95):
        """One row a variant: n, mean, sd (of single runs), se (of the mean), low and high (t interval of the mean).

        `mean_interval` says how they are computed.
        """
        rows = {}
        for name, column in self.values(metric).items():
            mean, se, low, high = mean_interval(column, confidence)
            sd = column.to_numpy(float).std(ddof=1)
            rows[name] = {"n": len(column), "mean": mean, "sd": sd, "se": se, "low": low, "high": high}
        return pd.DataFrame(rows).T.astype({"n": int})

    def compare(self, metric=None, baseline=None, test="t", confidence=0.95):
        """Variants against each other, paired by seed: what a seed gives to both, luck or not, cancels.

        Seeds that only re-split one data set give dependent differences: both intervals are then too narrow for new
        data. A difference that is NaN counts as no win.

        Args:
            metric: name of the column; may stay out where there is one.
            baseline: the variant that all others are compared with; all pairs without.
            test: "t", "wilcoxon" or "sign_flip", see `paired_p_value`.
            confidence: of both intervals. They are for one comparison each; p_holm is for all of them together.

        Returns:
            DataFrame, one row "a - b" a pair: difference (mean over seeds of a minus b), se, low and high (t interval),
            boot_low and boot_high (bootstrap), wins (seeds on which a is higher), p and p_holm.

        Raises:
            ValueError: fewer than two variants, or an unknown metric, baseline or test.
        """
        values = self.values(metric)
        if len(self.variants) < 2:
            raise ValueError(f"a comparison needs two variants, got {self.variants}. Pass seeds a dict of runs.")
        if baseline is not None and baseline not in self.variants:
            raise ValueError(f"unknown baseline {baseline!r}. Choose one of {self.variants}.")
        pairs = combinations(self.variants, 2)
        if baseline is not None:
            pairs = [(name, baseline) for name in self.variants if name != baseline]
        rows = {}
        for a, b in pairs:
            d = (values[a] - values[b]).to_numpy(float)
            difference, se, low, high = mean_interval(d, confidence)
            boot_low, boot_high = bootstrap_interval(d, confidence)
            rows[f"{a} - {b}"] = {
                "difference": difference, "se": se, "low": low, "high": high, "boot_low": boot_low,
                "boot_high": boot_high, "wins": int((d > 0).sum()), "p": paired_p_value(d, test),
            }  # fmt: skip
        table = pd.DataFrame(rows).T.astype({"wins": int})
        return table.assign(p_holm=holm(table["p"]))

    def plot(self, metric=None, ax=None):
        """A dot a seed, and the mean with its 95 % interval, one row a variant; see `plots.seed_dots`."""
        return plots.seed_dots(self.values(metric), xlabel=self._metric(metric), ax=ax)

    def _metric(self, metric):
        if metric is None and len(self.metrics) == 1:
            return self.metrics[0]
        if metric not in self.metrics:
            raise ValueError(f"unknown metric {metric!r}. Choose one of {self.metrics}.")
        return metric
