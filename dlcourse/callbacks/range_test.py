"""What a learning-rate range test found, and which rates it supports."""

from dataclasses import dataclass

import numpy as np

FEWEST = 10  # points below which a curve says nothing
START, DONE = 0.1, 0.9  # shares of the fall between which the loss falls fast


@dataclass(frozen=True)
class Suggestion:
    """Two learning rates for a schedule, or none and the reason why.

    base: where the loss begins to fall, the lower bound of CyclicalLearningRate; None where the curve supports none
    peak: where the fall is nearly done, the upper bound of CyclicalLearningRate and the peak of OneCycle; or None
    reason: in words, what was seen and, where there is no rate, what to change

    A suggestion without rates is false: `if result.suggest(): ...`
    """

    base: float | None
    peak: float | None
    reason: str

    def __bool__(self):
        return self.peak is not None


@dataclass(frozen=True)
class RangeTest:
    """The curve of a range test: the loss of single batches while the learning rate rises.

    rates (t,) float64, the rate of each batch; losses (t,) the loss of that batch alone, before its step;
    smoothed (t,) their exponential average, corrected for its start; stopped: "end" (all rates were tried),
    "diverged", "nan" or "data" (the fit ended first); planned: how many rates there were to try
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    stopped: str
    planned: int

    def suggest(self):
        """Rates between which training goes well, read off the curve: a `Suggestion`.

        The losses are smoothed without a lag, by a running median and a running mean. The fall runs from the level of
        the first tenth to the lowest point. `base` is the rate at which a tenth of it is done, `peak` the one at
        which nine tenths are; beyond the lowest point training is on the way out.

        There are none where the fall is under three standard deviations of single batches or under 1 % of the first
        level (the curve is flat, too noisy, or only rises), where the loss still falls at the last rate, or where
        fewer than ten batches were seen.

        Source:  after Smith 2017, section 3.3, who reads the bounds off by eye
        """
        losses = self.losses[np.isfinite(self.losses)]
        if len(losses) < FEWEST:
            return self._too_short(len(losses))
        trend, scatter = _trend(losses), _scatter(losses)
        few = max(3, len(losses) // 10)
        first, lowest = float(np.mean(trend[:few])), int(np.argmin(trend))
        fall, rise = first - trend[lowest], trend[-1] - trend[lowest]
        least = max(3 * scatter, 0.01 * abs(first))
        if lowest < few or fall < least:
            return self._no_fall(fall, rise > least or self.stopped in ("diverged", "nan"), scatter, first)
        last = self.rates[len(losses) - 1]
        if self.stopped in ("end", "data") and lowest >= len(losses) - max(2, len(losses) // 20):
            cause = "the data ran out: run longer" if self.stopped == "data" else "raise `end`"
            return _none(f"The loss still falls at the last rate, {last:.3g}; {cause}.")
        above = [np.flatnonzero(trend[:lowest] > first - share * fall)[-1] + 1 for share in (START, DONE)]
        base, peak = (float(self.rates[place]) for place in above)
        if base >= peak:
            return _none(f"The whole fall lies at one rate, {base:.3g}; take more `steps`, or a narrower range.")
        return Suggestion(
            base,
            peak,
            f"The loss falls from {first:.3g} to {trend[lowest]:.3g}, its lowest at a rate of "
            f"{self.rates[lowest]:.3g}: a tenth of the fall is done at {base:.3g}, nine tenths at {peak:.3g}.",
        )

    def plot(self, ax=None):
        """Draw the losses, their average and the suggested rates, if there are any; returns the axes."""
        from dlcourse.plots import curves

        ratios = self.rates[1:] / self.rates[:-1]
        ax = curves({"smoothed": self.smoothed}, self.rates, "learning rate", "loss of the batch", ax=ax)
        ax.plot(self.rates, self.losses, ".", color="#999999", markersize=4, label="single batch", zorder=0)
        if len(ratios) and np.ptp(ratios) < 1e-6 * np.max(ratios):
            ax.set_xscale("log")
        suggestion = self.suggest()
        for name, style in (("base", ":"), ("peak", "--")) if suggestion else ():
            rate = getattr(suggestion, name)
            ax.axvline(rate, linestyle=style, color="#333333", linewidth=1.2, label=f"{name} {rate:.2g}")
        shown = self.smoothed[np.isfinite(self.smoothed)]
        if self.stopped == "diverged" and len(shown) > 1:
            low, first = np.min(shown), shown[0]
            ax.set_ylim(low - 0.2 * (first - low) - 0.02 * abs(first), max(2 * first - low, np.max(shown[:-1])))
        ax.legend()
        return ax

    def _too_short(self, seen):
        if self.stopped in ("diverged", "nan"):
            return self._at_once()
        return _none(f"Only {seen} batches were seen, and it takes {FEWEST}; give it more data or more `steps`.")

    def _no_fall(self, fall, rises, scatter, first):
        if rises and len(self.losses) <= max(FEWEST, self.planned // 10):
            return self._at_once()
        noisy = scatter > 0.05 * abs(first)
        if rises and (fall < scatter or not noisy):
            return _none("The loss does not fall at any rate and rises at the end; lower `start`, or look for a bug.")
        if noisy:
            return _none(
                f"Single batches scatter by {scatter:.2g} around {first:.3g}, and no fall stands out; take larger "
                "batches, or more `steps`."
            )
        return _none(f"The loss is flat, at {first:.3g} for all rates; raise `end`, or look for a bug.")

    def _at_once(self):
        seen = f"after {len(self.losses)} of {self.planned} rates, at {self.rates[-1]:.3g}"
        return _none(f"The loss diverged at once, {seen}; lower `start`.")


def _none(reason):
    return Suggestion(None, None, reason)


def _trend(losses):
    """losses (t,) -> (t,), smoothed without a lag; single outliers leave no trace."""
    from scipy.ndimage import median_filter, uniform_filter1d

    width = 2 * max(2, len(losses) // 25) + 1
    return uniform_filter1d(median_filter(losses, width, mode="nearest"), width, mode="nearest")


def _scatter(losses):
    """The standard deviation of single losses around their trend, from how far each is off the mean of its neighbours.

    The median keeps a divergence at the end out of it.
    """
    off = losses[1:-1] - (losses[:-2] + losses[2:]) / 2
    return float(1.4826 * np.median(np.abs(off)) * np.sqrt(2 / 3))
