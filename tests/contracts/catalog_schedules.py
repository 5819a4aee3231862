"""Rows of the schedules: each formula in float64, written once more from the papers."""

import math

import keras

from dlcourse.schedules import (
    Chain,
    CosineWarmRestarts,
    CyclicalLearningRate,
    OneCycle,
    PolynomialWarmup,
    StepDecay,
    Warmup,
)
from tests.contracts.rows import ScheduleRow

INVERSE = keras.optimizers.schedules.InverseTimeDecay
NAN = float("nan")
NO_NUMBERS = (NAN, math.inf, "0.1", None, True, [0.1])
NO_COUNTS = (0, -3, 2.5, 4.0, "10", None, True, 2**31)


def _refused(of, good, **bad):
    """Calls of `of` with all arguments right but one, for each wrong value of each argument in `bad`."""
    return tuple(
        lambda name=name, value=value: of(**{**good, name: value}) for name, values in bad.items() for value in values
    )


def _inverse(step):
    return 0.4 / (1 + 0.02 * step)


def _warm(step, steps, power, start):
    if step >= steps:
        return _inverse(step - steps)
    return _inverse(0) * (start + (1 - start) * (step / steps) ** power)


def _triangle(step, size):
    cycle = math.floor(1 + step / (2 * size))  # Smith counts cycles from 1
    return max(0.0, 1 - abs(step / size - 2 * cycle + 1)), cycle


def _cyclical(case, scale, **arguments):
    def formula(step):
        height, cycle = _triangle(step, 37)
        return 0.05 + 0.35 * height * scale(step, cycle)

    return ScheduleRow(
        CyclicalLearningRate,
        make=lambda: CyclicalLearningRate(0.05, 0.4, 37, **arguments),
        case=case,
        formula=formula,
        invalid=_refused(
            CyclicalLearningRate,
            {"base": 0.05, "peak": 0.4, "step_size": 37, **arguments},
            base=(0.5, -0.1, *NO_NUMBERS),
            peak=(0.01, 0.0, -1.0, *NO_NUMBERS),
            step_size=(*NO_COUNTS, 2**30),
            mode=("triangle", "", None, 2),
            gamma=(0.0, -0.5, 1.5, *(NO_NUMBERS if case == "exp_range" else (0.9,))),
        ),
    )


def _restarting(case, first, t_mult, m_mul, floor):
    def formula(step):
        cycle, length = 0, first
        while step >= length:
            step, cycle, length = step - length, cycle + 1, round(first * t_mult ** (cycle + 1))
        return floor + (0.5 - floor) * m_mul**cycle * 0.5 * (1 + math.cos(math.pi * step / length))

    return ScheduleRow(
        CosineWarmRestarts,
        make=lambda: CosineWarmRestarts(0.5, first, t_mult, m_mul, floor),
        case=case,
        formula=formula,
        invalid=_refused(
            CosineWarmRestarts,
            {"peak": 0.5, "first_steps": first},
            peak=(0.0, -0.5, *NO_NUMBERS),
            first_steps=NO_COUNTS,
            t_mult=(0.5, 0.0, -1.0, 1.0001, 1e10, *NO_NUMBERS),
            m_mul=(0.0, -0.5, 1.5, *NO_NUMBERS),
            floor=(0.6, -0.1, *NO_NUMBERS),
        ),
    )


def _one_cycle(anneal, total, share):
    def formula(step):
        first, last, top = 0.5 / 20, 0.5 / 20 / 100, share * total - 1
        if step <= top:
            begin, end, part = first, 0.5, step / top
        else:
            begin, end, part = 0.5, last, min(1.0, (step - top) / (total - 1 - top))
        if anneal == "linear":
            return begin + (end - begin) * part
        return end + (begin - end) * 0.5 * (1 + math.cos(math.pi * part))

    return ScheduleRow(
        OneCycle,
        make=lambda: OneCycle(0.5, total, share, div=20.0, final_div=100.0, anneal=anneal),
        case=anneal,
        formula=formula,
        invalid=_refused(
            OneCycle,
            {"peak": 0.5, "total_steps": 100},
            peak=(0.0, -0.5, *NO_NUMBERS),
            total_steps=NO_COUNTS,
            pct_start=(0.0, 1.0, 0.01, -0.5, 30, *NO_NUMBERS),
            div=(0.0, 0.5, -25.0, *NO_NUMBERS),
            final_div=(0.0, 0.5, -25.0, *NO_NUMBERS),
            anneal=("cosine", None, 1),
        ),
    )


def _chained(step):
    if step < 100:
        return 0.2
    return 0.6 * 0.5 ** ((step - 100) // 50) if step < 350 else _inverse(step - 350)


WARM = {"schedule": 0.1, "steps": 10}
BAD_WARM = {
    "schedule": (0.0, -0.1, "0.1", None, INVERSE, lambda step: 0.1, NAN, {}),
    "steps": NO_COUNTS,
    "start": (-0.1, 1.5, *NO_NUMBERS),
}
NO_CHAINS = (
    [],
    None,
    0.1,
    [0.1],
    [(0.1, 10, 1)],
    [(0.1, None), (0.2, 5)],
    [(0.1, 0)],
    [("0.1", 5)],
    [(0.1, 2**30)] * 3,
)

ROWS = [
    ScheduleRow(
        StepDecay,
        make=lambda: StepDecay(0.8, every=60, drop=0.7, floor=0.01),
        formula=lambda step: max(0.01, 0.8 * 0.7 ** (step // 60)),
        invalid=_refused(
            StepDecay,
            {"initial": 0.8, "every": 60},
            initial=(0.0, -0.5, *NO_NUMBERS),
            every=NO_COUNTS,
            drop=(0.0, -0.1, 1.5, *NO_NUMBERS),
            floor=(0.9, -0.1, *NO_NUMBERS),
        ),
    ),
    ScheduleRow(
        Warmup,
        make=lambda: Warmup(INVERSE(0.4, 1, 0.02), steps=90, start=0.1),
        formula=lambda step: _warm(step, 90, 1.0, 0.1),
        invalid=_refused(Warmup, WARM, **BAD_WARM),
    ),
    ScheduleRow(
        PolynomialWarmup,
        make=lambda: PolynomialWarmup(INVERSE(0.4, 1, 0.02), steps=90, power=3.0, start=0.1),
        formula=lambda step: _warm(step, 90, 3.0, 0.1),
        invalid=_refused(PolynomialWarmup, WARM, **BAD_WARM, power=(0.0, -1.0, *NO_NUMBERS)),
    ),
    _cyclical("", lambda step, cycle: 1.0),
    _cyclical("triangular2", lambda step, cycle: 1 / 2 ** (cycle - 1), mode="triangular2"),
    _cyclical("exp_range", lambda step, cycle: 0.998**step, mode="exp_range", gamma=0.998),
    _restarting("even", 90, 1.0, 0.9, 0.01),
    _restarting("doubling", 30, 2.0, 0.8, 0.01),
    _restarting("rounded", 25, 1.5, 1.0, 0.0),
    _one_cycle("cos", 800, 0.3),
    _one_cycle("linear", 777, 0.413),
    ScheduleRow(
        Chain,
        make=lambda: Chain([(0.2, 100), (StepDecay(0.6, 50, 0.5), 250), (INVERSE(0.4, 1, 0.02), None)]),
        formula=_chained,
        invalid=_refused(Chain, {}, parts=NO_CHAINS),
    ),
]
