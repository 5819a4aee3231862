"""Schedules against their peers in PyTorch and Keras, over 1,000 steps, and where float32 would miscount."""

import json
import math

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.schedules import (
    Chain,
    CosineWarmRestarts,
    CyclicalLearningRate,
    OneCycle,
    PolynomialWarmup,
    StepDecay,
    Warmup,
    plot,
    rates,
)
from tests.contracts.backends import compiled, numpy

STEPS = 1000
KERAS = keras.optimizers.schedules


def torch_rates(name, rate, **arguments):
    """The rates that a scheduler of PyTorch sets, in float64; PyTorch stands beside any backend."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=rate)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(found) < STEPS:
            scheduler.step()
    return np.array(found)


def cyclic(**arguments):
    bounds = {"base_lr": 0.02, "max_lr": 0.5, "step_size_up": 60, "cycle_momentum": False}
    return torch_rates("CyclicLR", 0.02, **bounds, **arguments)


def one_cycle(anneal, total, share):
    plan = {"total_steps": total, "pct_start": share, "anneal_strategy": anneal, "cycle_momentum": False}
    return torch_rates("OneCycleLR", 0.1, max_lr=0.5, **plan)


def restarts(first, t_mult):
    return torch_rates("CosineAnnealingWarmRestarts", 0.5, T_0=first, T_mult=t_mult, eta_min=0.01)


PEERS = {  # name: (ours, a function that gives the rates of the peer)
    "OneCycle cos = torch OneCycleLR": (OneCycle(0.5, 1000), lambda: one_cycle("cos", 1000, 0.3)),
    "OneCycle cos, uneven = torch OneCycleLR": (OneCycle(0.5, 1003, 0.4171), lambda: one_cycle("cos", 1003, 0.4171)),
    "OneCycle linear = torch OneCycleLR": (
        OneCycle(0.5, 1000, 0.25, anneal="linear"),
        lambda: one_cycle("linear", 1000, 0.25),
    ),
    "CLR triangular = torch CyclicLR": (CyclicalLearningRate(0.02, 0.5, 60), lambda: cyclic(mode="triangular")),
    "CLR triangular2 = torch CyclicLR": (
        CyclicalLearningRate(0.02, 0.5, 60, "triangular2"),
        lambda: cyclic(mode="triangular2"),
    ),
    "CLR exp_range = torch CyclicLR": (
        CyclicalLearningRate(0.02, 0.5, 60, "exp_range", 0.995),
        lambda: cyclic(mode="exp_range", gamma=0.995),
    ),
    "SGDR t_mult=1 = torch CosineAnnealingWarmRestarts": (
        CosineWarmRestarts(0.5, 90, floor=0.01),
        lambda: restarts(90, 1),
    ),
    "SGDR t_mult=2 = torch CosineAnnealingWarmRestarts": (
        CosineWarmRestarts(0.5, 30, 2.0, floor=0.01),
        lambda: restarts(30, 2),
    ),
    "SGDR t_mult=3, to 0 = torch CosineAnnealingWarmRestarts": (
        CosineWarmRestarts(0.5, 25, 3.0),
        lambda: torch_rates("CosineAnnealingWarmRestarts", 0.5, T_0=25, T_mult=3),
    ),
    "StepDecay = torch StepLR": (StepDecay(0.5, 40, 0.7), lambda: torch_rates("StepLR", 0.5, step_size=40, gamma=0.7)),
    "Warmup = torch LinearLR": (
        Warmup(0.5, 300, start=0.1),
        lambda: torch_rates("LinearLR", 0.5, start_factor=0.1, total_iters=300),
    ),
    "SGDR t_mult=1, m_mul=0.8 = keras CosineDecayRestarts": (
        CosineWarmRestarts(0.5, 64, m_mul=0.8, floor=0.05),
        lambda: rates(KERAS.CosineDecayRestarts(0.5, 64, t_mul=1.0, m_mul=0.8, alpha=0.1), STEPS),
    ),
    "SGDR t_mult=2, m_mul=0.8 = keras CosineDecayRestarts": (
        CosineWarmRestarts(0.5, 64, 2.0, 0.8, 0.05),
        lambda: rates(KERAS.CosineDecayRestarts(0.5, 64, t_mul=2.0, m_mul=0.8, alpha=0.1), STEPS),
    ),
    "StepDecay = keras ExponentialDecay(staircase)": (
        StepDecay(0.5, 40, 0.7),
        lambda: rates(KERAS.ExponentialDecay(0.5, 40, 0.7, staircase=True), STEPS),
    ),
    "Warmup(CosineDecay) = keras CosineDecay(warmup_steps)": (
        Warmup(KERAS.CosineDecay(0.5, 800, alpha=0.1), 150, start=0.02),
        lambda: rates(KERAS.CosineDecay(0.01, 800, 0.1, warmup_target=0.5, warmup_steps=150), STEPS),
    ),
}


def at(schedule, *steps):
    """The rates at some steps, given as one tensor."""
    return numpy(compiled(schedule)(ops.convert_to_tensor(np.array(steps, "int32"))))


def relative_difference(name):
    """The largest |ours - peer| / peer over 1,000 steps; where a peer reaches 0, ours must be 0 too."""
    ours, peer = PEERS[name]
    ours, peer = at(ours, *range(STEPS)).astype(float), np.asarray(peer(), float)
    assert (ours[peer == 0] == 0).all()
    return (abs(ours - peer) / np.where(peer == 0, 1, peer)).max()


@pytest.mark.parametrize("name", PEERS)
def test_equals_its_peer(name):
    assert relative_difference(name) < 1e-6


def test_triangles_are_counted_exactly_beyond_the_whole_numbers_of_float32():
    start = 2**24 + 1
    schedule = CyclicalLearningRate(0.0, 1.0, step_size=5)
    expected = [min(t % 10, 10 - t % 10) / 5 for t in range(start, start + 12)]
    np.testing.assert_allclose(at(schedule, *range(start, start + 12)), expected, rtol=1e-6)


def test_decays_change_at_the_very_step_beyond_float32():
    boundary = 3 * (2**24 + 3)
    assert np.ptp(at(StepDecay(1.0, 2**24 + 3, 0.5), boundary - 2, boundary - 1)) == 0
    np.testing.assert_allclose(at(StepDecay(1.0, 2**24 + 3, 0.5), boundary - 1, boundary), [0.25, 0.125])
    schedule = Chain([(0.5, boundary), (Warmup(0.2, 2), None)])
    np.testing.assert_allclose(at(schedule, boundary - 1, boundary, boundary + 1, boundary + 2), [0.5, 0, 0.1, 0.2])


@pytest.mark.parametrize(
    "first, t_mult", [(1, 2.0), (3, 2.0), (7, 3.0), (10, 1.5), (11, 1.1), (1000, 1.001), (1, 1.3), (5, 1.0), (1, 1.0)]
)
def test_sgdr_restarts_at_the_steps_it_says(first, t_mult):
    """At each restart the rate is the peak; one step before, it is the least of its cycle."""
    schedule = CosineWarmRestarts(0.5, first, t_mult, floor=0.01)
    expected, start = [], 0
    for cycle in range(12):
        start += round(first * t_mult**cycle)
        expected.append(start)
    assert schedule.restarts(12) == expected
    found = at(schedule, *expected)
    assert (found == found.max()).all() and abs(found[0] - 0.5) < 1e-7
    lengths = np.diff([0, *expected])
    last = 0.01 + 0.49 * np.sin(np.pi / 2 / lengths) ** 2  # one step remains
    np.testing.assert_allclose(at(schedule, *np.subtract(expected, 1)), last, rtol=1e-6)


def test_sgdr_restarts_exactly_up_to_the_last_step_that_is_counted():
    schedule = CosineWarmRestarts(0.5, first_steps=1000, t_mult=2.0, m_mul=0.9)
    found, cycle = schedule.restarts(21), np.arange(1, 22)
    assert found == [1000 * (2**i - 1) for i in cycle] and found[-1] > 2**30
    np.testing.assert_allclose(at(schedule, *found), 0.5 * 0.9**cycle, rtol=1e-6)
    with pytest.raises(ValueError, match="restarts 21 times"):
        schedule.restarts(22)
    part = (2**31 - 1 - found[-1]) / (1000 * 2**21)
    expected = 0.5 * 0.9**21 * 0.5 * (1 + math.cos(math.pi * part))
    np.testing.assert_allclose(at(schedule, 2**31 - 1), [expected], rtol=1e-6)


@pytest.mark.parametrize("gamma", [0.9, 0.99994, 1 - 1e-7, 1.0])
def test_powers_keep_their_digits_at_large_steps(gamma):
    """gamma as a float32 number would be off by 1e-3 after 100,000 steps, exp(step * log gamma) by 1e-6 or more."""
    steps = [0, 1, 500, 4095, 4096, 100_001, 999_999, 2**24 + 1]
    steps = [step for step in steps if step * math.log(gamma) > -80]
    expected = [gamma**step for step in steps]
    np.testing.assert_allclose(at(StepDecay(1.0, 1, gamma), *steps), expected, rtol=1e-6)


def test_one_cycle_ends_at_its_lowest_rate_and_stays():
    schedule = OneCycle(0.5, 2**25 + 1, div=10.0, final_div=1e4)
    lowest = 0.5 / 10 / 1e4
    np.testing.assert_allclose(at(schedule, 2**25, 2**25 + 1, 2**31 - 1), [lowest] * 3, rtol=1e-6)
    assert at(OneCycle(0.5, 100), 29)[0] == 0.5


def test_polynomial_warmup_bends_and_then_lets_go():
    inner = KERAS.PolynomialDecay(0.4, 100, 0.1, power=2.0)
    found = rates(PolynomialWarmup(inner, 20, power=0.5), 130)
    np.testing.assert_allclose(found[:20], 0.4 * np.sqrt(np.arange(20) / 20), rtol=1e-6)
    np.testing.assert_array_equal(found[20:], rates(inner, 110))


def test_schedules_nest_and_survive_json():
    nested = Chain([(Warmup(OneCycle(0.3, 40), 10), 50), (PolynomialWarmup(StepDecay(0.2, 7), 5), 30), (0.01, None)])
    stored = json.loads(json.dumps(KERAS.serialize(nested)))
    np.testing.assert_array_equal(rates(KERAS.deserialize(stored), 100), rates(nested, 100))


def test_an_optimizer_with_a_nested_schedule_comes_back_from_a_saved_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(Warmup(CyclicalLearningRate(0.1, 0.5, 4), 3)), "mse")
    model.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True).optimizer
    assert back.get_config() == model.optimizer.get_config()
    back.iterations.assign(7)
    assert abs(float(numpy(back.learning_rate)) - 0.5) < 1e-6


@pytest.mark.parametrize("step", [2.0, np.float32(3.0), math.nan, True, -1, 2**31])
def test_a_step_that_is_no_count_is_refused(step):
    with pytest.raises(ValueError, match="step"):
        OneCycle(0.5, 100)(step)


def test_rates_and_plot_take_any_schedule_or_constant():
    ax = plot({"constant": 0.5, "cosine": KERAS.CosineDecay(0.5, 10), "ours": StepDecay(0.5, 5)}, 20, log=True)
    assert [line.get_label() for line in ax.get_lines()] == ["constant", "cosine", "ours"]
    assert ax.get_xlabel() == "step" and ax.get_yscale() == "log"
    np.testing.assert_allclose(ax.get_lines()[2].get_ydata(), np.repeat([0.5, 0.05, 0.005, 0.0005], 5), rtol=1e-5)
    assert plot(StepDecay(0.5, 5), 20, ax=ax) is ax and len(ax.get_lines()) == 4
    for call in (lambda: plot({}, 5), lambda: plot("cosine", 5), lambda: rates(0.1, 0), lambda: plot(StepDecay, 5)):
        with pytest.raises(ValueError):
            call()
