"""What a cycling rate and the momentum that moves against it ask of their arguments alike."""

from dlcourse.schedules.arguments import factor, real

MODES = ("triangular", "triangular2", "exp_range")


def mode_and_gamma(owner, mode, gamma):
    """The mode of a triangular cycle, and gamma as a float in (0, 1] with "exp_range", else None."""
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"{owner} has the modes {', '.join(MODES)}, got mode={mode!r}. Choose one.")
    if (mode == "exp_range") != (gamma is not None):
        raise ValueError(
            f'{owner} takes gamma with mode="exp_range" and only there, got mode={mode!r}, '
            f"gamma={gamma!r}. Pass both, as in gamma=0.999, or neither."
        )
    return mode, None if gamma is None else factor(owner, "gamma", gamma)


def turn_and_anneal(owner, pct_start, total_steps, anneal):
    """The share of one cycle at which it turns, which leaves room for both ways, and "cos" or "linear"."""
    pct_start = real(
        owner,
        "pct_start",
        pct_start,
        f"below 1 and above 1 / total_steps = 1 / {total_steps}, so that there is a way there and a way back",
        lambda share: share < 1 < share * total_steps,
    )
    if not isinstance(anneal, str) or anneal not in ("cos", "linear"):
        raise ValueError(f"{owner} anneals by 'cos' or 'linear', got anneal={anneal!r}. Choose one of the two.")
    return pct_start, anneal
