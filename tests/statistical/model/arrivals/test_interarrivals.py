"""Arrival processes in the long run: their rates, their burstiness, their profile.

Seeds are fixed, so a test passes or fails for good.  With new seeds a figure that is compared at
4.5 standard errors would raise a false alarm with probability 7e-6 (Poisson counts, whose error
is known) or 3e-5 (an error told by 60 series), and one of all those here with less than 1e-3.
"""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from queuetwin.model.arrivals.processes import Arrivals

ADAPTER: TypeAdapter[Any] = TypeAdapter(Arrivals)
SERIES = 60
LIMIT = 4.5
GAMMA = {"distribution": "gamma", "mean": "10ms", "cv": 0.5}
HEAVY = {"distribution": "hyperexponential", "mean": "10ms", "cv": 4}
BURSTY = {"process": "bursty", "rates": ["90/s", "10/s"], "stays": ["2s", "6s"]}
STEPS = [["0s", "10/s"], ["20s", "50/s"], ["30s", "0/s"], ["40s", "30/s"], ["60s", "0/s"]]


def batches(size: dict[str, Any]) -> dict[str, Any]:
    return {"process": "batch", "rate": "30/s", "size": size}


STATIONARY: dict[str, dict[str, Any]] = {
    "poisson": {"process": "poisson", "rate": "30/s"},
    "renewal": {"process": "renewal", "gap": GAMMA},
    "renewal, rescaled": {"process": "renewal", "gap": HEAVY, "rate": "30/s"},
    "batches of 5": batches({"distribution": "constant", "value": 5}),
    "geometric batches": batches({"distribution": "geometric", "mean": 3.5}),
    "uniform batches": batches({"distribution": "uniform", "low": 1, "high": 9}),
    "one step": {"process": "profile", "points": [["0s", "30/s"]]},
    "bursty": BURSTY,
    "bursty, rescaled": {**BURSTY, "rate": "7/s"},
    "on and off": {**BURSTY, "rates": ["90/s", "0/s"]},
}


def planned(data: dict[str, Any], seed: int, until: float) -> NDArray[np.float64]:
    """Instants of all items before `until`."""
    sequences = iter(np.random.SeedSequence(seed).spawn(4))
    streams = {
        stream: np.random.Generator(np.random.SFC64(next(sequences)))
        for stream in ("gap", "batch", "phase", "think")
    }
    source = ADAPTER.validate_python(data).interarrivals(streams.__getitem__)
    parts, reached = [np.empty(0)], 0.0
    while reached < until and len(gaps := source(4096)):
        parts.append(reached + np.cumsum(gaps))
        reached = parts[-1][-1]
    instants = np.concatenate(parts)
    return instants[instants < until]


def excess(figures: NDArray[np.float64], expected: float) -> float:
    """How many standard errors the mean of the figures is away."""
    error = figures.std(ddof=1) / np.sqrt(len(figures))
    return float(abs(figures.mean() - expected) / error)


@pytest.mark.parametrize("process", STATIONARY)
def test_the_long_run_has_its_rate(process: str) -> None:
    """Items per second over 400 s, in 60 series; a first gap is not one of the long run."""
    data = STATIONARY[process]
    counts = [
        ((instants := planned(data, seed, 440.0)) >= 40).sum() / 400 for seed in range(SERIES)
    ]
    assert len(instants) > 400
    assert excess(np.array(counts), ADAPTER.validate_python(data).mean_rate) < LIMIT


def test_periodic_items_have_their_rate() -> None:
    """Nothing of it is chance: 30 items in every second."""
    instants = planned({"process": "periodic", "rate": "30/s"}, 1, 99.99)
    assert len(instants) == 3000


def test_think_times_have_their_mean() -> None:
    """What users think is 10 ms on average."""
    data = {"process": "closed", "users": 5, "think": HEAVY}
    means = [
        planned(data, seed, 400.0)[-1] / len(planned(data, seed, 400.0)) for seed in range(SERIES)
    ]
    assert excess(np.array(means), 0.01) < LIMIT


def test_bursts_have_their_index_of_dispersion() -> None:
    """Variance by mean of the counts in a window, as theory has it for two states in turn."""
    (one, other), (stay, away) = (90.0, 10.0), (2.0, 6.0)
    turn = 1 / stay + 1 / away
    share = stay / (stay + away)
    mean = share * one + (1 - share) * other
    window = 40.0
    settled = 1 - (1 - np.exp(-turn * window)) / (turn * window)
    theory = 1 + 2 * share * (1 - share) * (one - other) ** 2 / (turn * mean) * settled
    edges = np.arange(0.0, 4001.0, window)
    ratios = []
    for seed in range(SERIES):
        counts = np.histogram(planned(BURSTY, seed, 4000.0), edges)[0]
        ratios.append(((counts - mean * window) ** 2).mean() / (mean * window))
    assert excess(np.array(ratios), theory) < LIMIT
    assert 100 < theory < 130


def test_poisson_counts_are_not_dispersed() -> None:
    """The same look at a Poisson process finds 1."""
    edges = np.arange(0.0, 401.0, 10.0)
    ratios = []
    for seed in range(SERIES):
        counts = np.histogram(planned(STATIONARY["poisson"], seed, 400.0), edges)[0]
        ratios.append(((counts - 300.0) ** 2).mean() / 300.0)
    assert excess(np.array(ratios), 1.0) < LIMIT


@pytest.mark.parametrize("shape", ["constant", "linear"])
def test_every_piece_of_a_profile_has_its_items(shape: str) -> None:
    """Counts in 5 s each are Poisson with the mean that the profile gives them."""
    data = {"process": "profile", "points": STEPS, "shape": shape}
    edges = np.arange(0.0, 61.0, 5.0)
    counts = np.array(
        [np.histogram(planned(data, seed, 100.0), edges)[0] for seed in range(4 * SERIES)]
    )
    instants, rates = np.array([0.0, 20, 30, 40, 60]), np.array([10.0, 50, 0, 30, 0])
    grid = np.arange(0.0, 60.0, 0.01) + 0.005
    at = (
        np.interp(grid, instants, rates)
        if shape == "linear"
        else rates[np.searchsorted(instants, grid, side="right") - 1]
    )
    means = at.reshape(12, 500).mean(axis=1) * 5
    away = np.abs(counts.mean(axis=0) - means)
    assert (away <= LIMIT * np.sqrt(means / len(counts))).all()
    spread = np.abs(counts.var(axis=0, ddof=1) - means)
    assert (spread <= LIMIT * means * np.sqrt((2 + 1 / np.maximum(means, 1)) / len(counts))).all()
    assert planned(data, 1, 1e9)[-1] < 60
