"""Gaps: the same floats in chunks of any size, and the same luck at any rate."""

import math
import zlib
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from queuetwin.model.arrivals.cumulative_rate import Modulated
from queuetwin.model.arrivals.process import GeneratorOf
from queuetwin.model.arrivals.processes import Arrivals


def seconds(times: Iterable[float]) -> list[str]:
    """As a scenario has them."""
    return [f"{time!r}s" for time in times]


ADAPTER: TypeAdapter[Any] = TypeAdapter(Arrivals)
GAMMA = {"distribution": "gamma", "mean": "10ms", "cv": 0.5}
TWO_PHASES = {"distribution": "hyperexponential", "mean": "10ms", "cv": 3}
SAMPLES = {"distribution": "empirical", "samples": ["1ms", "2ms", "6ms"]}
STEPS = [["0s", "10/s"], ["30s", "0/s"], ["35s", "50/s"], ["40s", "2/s"], ["50s", "20/s"]]
ENDING = [["0s", "0/s"], ["10s", "20/s"], ["20s", "0/s"]]

PROCESSES: dict[str, dict[str, Any]] = {
    "poisson": {"process": "poisson", "rate": "7/s"},
    "poisson by gap": {"process": "poisson", "rate": "7/s", "pacing": "gap", "producers": 3},
    "periodic": {"process": "periodic", "rate": "7/s"},
    "periodic by gap": {"process": "periodic", "rate": "7/s", "pacing": "gap", "producers": 13},
    "backlog": {"process": "backlog"},
    "renewal": {"process": "renewal", "gap": GAMMA},
    "renewal by gap": {
        "process": "renewal", "gap": GAMMA, "rate": "7/s", "pacing": "gap", "producers": 3,
    },
    "renewal in two phases": {"process": "renewal", "gap": TWO_PHASES},
    "renewal of samples": {"process": "renewal", "gap": SAMPLES},
    "batches of 5": {
        "process": "batch", "rate": "7/s", "size": {"distribution": "constant", "value": 5},
    },
    "geometric batches": {
        "process": "batch", "rate": "7/s", "size": {"distribution": "geometric", "mean": 4.5},
    },
    "batches of one": {
        "process": "batch", "rate": "7/s", "size": {"distribution": "geometric", "mean": 1},
    },
    "uniform batches": {
        "process": "batch", "rate": "7/s", "size": {"distribution": "uniform", "low": 2, "high": 9},
    },
    "steps": {"process": "profile", "points": STEPS},
    "slopes": {"process": "profile", "points": STEPS, "shape": "linear"},
    "ending": {"process": "profile", "points": ENDING},
    "ending slope": {"process": "profile", "points": ENDING, "shape": "linear"},
    "one step": {"process": "profile", "points": [["0s", "3/s"]]},
    "bursty": {"process": "bursty", "rates": ["90/s", "4/s"], "stays": ["100ms", "1s"]},
    "on and off": {"process": "bursty", "rates": ["0/s", "90/s"], "stays": ["3s", "20ms"]},
    "trace": {"process": "trace", "times": seconds(accumulate([0, 0.1, 0.7, 0, 1e-9] * 60))},
    "closed": {"process": "closed", "users": 7, "think": TWO_PHASES},
}  # fmt: skip
RESCALED = {
    "poisson": {"rate": "21/s"},
    "periodic": {"rate": "21/s"},
    "renewal": {"rate": "300/s"},
    "renewal in two phases": {"rate": "300/s"},
    "batches of 5": {"rate": "21/s"},
    "geometric batches": {"rate": "21/s"},
    "uniform batches": {"rate": "21/s"},
}


def generators(seed: int = 1) -> GeneratorOf:
    """A generator for each stream."""

    def generator_of(stream: str) -> np.random.Generator:
        key = (zlib.crc32(stream.encode()),)
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))

    return generator_of


def drawn(data: dict[str, Any], count: int, chunk: int | None = None) -> NDArray[np.float64]:
    """The first gaps of a process, `chunk` at a time."""
    source = ADAPTER.validate_python(data).interarrivals(generators())
    chunk = chunk or count
    parts = [source(min(chunk, count - first)) for first in range(0, count, chunk)]
    return np.concatenate(parts)


def units(count: int) -> NDArray[np.float64]:
    """The running sum of the unit gaps that a process finds."""
    return np.cumsum(generators()("gap").standard_exponential(count))


@pytest.mark.parametrize("process", PROCESSES)
def test_gaps_do_not_depend_on_the_size_of_a_chunk(process: str) -> None:
    """A thousand at once, seven at a time and one by one are the same floats."""
    at_once = drawn(PROCESSES[process], 1000)
    assert at_once.dtype == np.float64
    assert (at_once >= 0).all()
    for chunk in (1, 7, 128):
        assert drawn(PROCESSES[process], 1000, chunk).tobytes() == at_once.tobytes()


@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_asked_is_nothing_drawn(process: str) -> None:
    """An empty chunk is empty and leaves the rest as it was."""
    source = ADAPTER.validate_python(PROCESSES[process]).interarrivals(generators())
    assert source(0).shape == (0,)
    assert source(20).tobytes() == drawn(PROCESSES[process], 20).tobytes()


@pytest.mark.parametrize("process", PROCESSES)
def test_chunks_belong_to_who_asked(process: str) -> None:
    """What is done to a chunk does not reach the next."""
    source = ADAPTER.validate_python(PROCESSES[process]).interarrivals(generators())
    source(5)[:] = -1
    assert source(5).tobytes() == drawn(PROCESSES[process], 10)[5:].tobytes()


@pytest.mark.parametrize("process", RESCALED)
def test_another_rate_shifts_no_draw(process: str) -> None:
    """Three times as many items per second are the same gaps, three times as short."""
    before = drawn({**PROCESSES[process], "rate": RESCALED[process]["rate"]}, 500)
    rate = float(RESCALED[process]["rate"].removesuffix("/s"))
    after = drawn({**PROCESSES[process], "rate": f"{rate / 3!r}/s"}, 500)
    assert after / 3 == pytest.approx(before, rel=1e-14)


def test_another_rate_of_a_profile_shifts_no_draw() -> None:
    """The cumulative rate at each item is the same unit sum, whatever the rate."""
    for rate, factor in (("10/s", 10 / 11.4), ("57/s", 5.0)):
        plans = np.cumsum(drawn({**PROCESSES["steps"], "rate": rate}, 2000))
        knots = np.cumsum([0, 300, 0, 250, 20]) * factor
        inside = plans < 50
        cumulative = np.interp(plans[inside], [0, 30, 35, 40, 50], knots)
        assert cumulative == pytest.approx(units(2000)[inside], rel=1e-12)
        assert inside.sum() > 450


def test_another_rate_of_bursts_shifts_no_draw() -> None:
    """States and stays remain, so the rate as a function of time is only stretched."""
    data = {**PROCESSES["bursty"], "rates": ["5/s", "5/s"]}
    plain, double = drawn(data, 500), drawn({**data, "rate": "10/s"}, 500)
    assert double * 2 == pytest.approx(plain, rel=1e-9)
    assert plain == pytest.approx(np.diff(units(500) / 5, prepend=0), rel=1e-9)
    slow = np.cumsum(drawn(PROCESSES["on and off"], 300))
    quick = np.cumsum(drawn({**PROCESSES["on and off"], "rate": "60/s"}, 30_000))
    stops = slow[np.flatnonzero(np.diff(slow) > 1) + 1]
    assert len(stops) > 20
    assert all(np.abs(quick - stop).min() < 0.02 for stop in stops[stops < quick[-1]])


def test_the_known_processes_draw_as_they_always_did() -> None:
    """Seeds keep their meaning: Poisson, periodic and backlog to the bit."""
    unit = generators()("gap").standard_exponential(40)
    assert drawn(PROCESSES["poisson"], 40).tolist() == (unit * (1 / 7)).tolist()
    assert drawn(PROCESSES["poisson by gap"], 40).tolist() == (unit * (3 / 7)).tolist()
    assert drawn(PROCESSES["periodic"], 3).tolist() == [0, 1 / 7, 1 / 7]
    assert drawn(PROCESSES["periodic by gap"], 15, 4).tolist() == [0] * 13 + [13 / 7] * 2
    assert drawn(PROCESSES["backlog"], 3).tolist() == [0, 0, 0]


def test_by_gap_one_producers_gaps_are_longer() -> None:
    """The rate is the total of all producers, so each waits as many times as long."""
    by_schedule = drawn({"process": "renewal", "gap": GAMMA}, 50)
    data = {"process": "renewal", "gap": GAMMA, "producers": 3}
    assert drawn(data, 50).tolist() == by_schedule.tolist()
    assert drawn({**data, "pacing": "gap"}, 50) == pytest.approx(3 * by_schedule)


def test_a_batch_comes_at_one_instant() -> None:
    """A gap before the first item of a batch, none before the others."""
    gaps = drawn(PROCESSES["batches of 5"], 20)
    unit = generators()("gap").standard_exponential(4)
    assert gaps.reshape(4, 5)[:, 0].tolist() == (unit * (5 / 7)).tolist()
    assert not gaps.reshape(4, 5)[:, 1:].any()


@pytest.mark.parametrize(
    ("process", "sizes"),
    [("geometric batches", set(range(1, 20))), ("uniform batches", set(range(2, 10)))],
)
def test_batches_have_the_sizes_of_their_stream(process: str, sizes: set[int]) -> None:
    """Every size that is likely occurs, and no other than the distribution has."""
    starts = np.flatnonzero(drawn(PROCESSES[process], 20_000))
    found = set(np.diff(starts).tolist())
    assert sizes <= found
    assert min(found) == min(sizes)
    assert process == "geometric batches" or found == sizes
    by_hand = generators()("batch").random(3)
    if process == "geometric batches":
        expected = [math.ceil(math.log1p(-one) / math.log1p(-1 / 4.5)) for one in by_hand]
    else:
        expected = [2 + int(8 * one) for one in by_hand]
    assert np.diff(starts[:4]).tolist() == expected


def test_batches_of_one_are_poisson() -> None:
    """A geometric size of mean 1 is 1, and takes the Poisson process's draws."""
    assert (
        drawn(PROCESSES["batches of one"], 30).tolist() == drawn(PROCESSES["poisson"], 30).tolist()
    )


def test_steps_are_inverted_by_hand() -> None:
    """Within a step the rest of the unit sum is divided by its rate; a rate of 0 is skipped."""
    plans = np.cumsum(drawn(PROCESSES["steps"], 2000))
    for plan, unit in zip(plans, units(2000), strict=True):
        if unit < 300:
            expected = unit / 10
        elif unit < 550:
            expected = 35 + (unit - 300) / 50
        elif unit < 570:
            expected = 40 + (unit - 550) / 2
        else:
            expected = 50 + (unit - 570) / 20
        assert plan == pytest.approx(expected, rel=1e-12)


def test_slopes_are_inverted_by_hand() -> None:
    """From 0 to 20/s in 10 s: t²; from there to 0 in 10 s: what is left, from the other end."""
    plans = np.cumsum(drawn(PROCESSES["ending slope"], 500))
    expected = [
        math.sqrt(unit) if unit < 100 else 20 - math.sqrt(200 - unit)
        for unit in units(500)
        if unit < 200
    ]
    assert plans == pytest.approx(np.array(expected), rel=1e-9)


def test_a_single_point_is_a_constant_rate() -> None:
    """The last rate holds on, and the first may be the last."""
    assert np.cumsum(drawn(PROCESSES["one step"], 40)) == pytest.approx(units(40) / 3, rel=1e-13)


@pytest.mark.parametrize("process", ["ending", "ending slope"])
def test_a_profile_that_ends_at_0_ends(process: str) -> None:
    """It yields what comes before its end, then nothing."""
    total = int((units(1000) < 200).sum())
    source = ADAPTER.validate_python(PROCESSES[process]).interarrivals(generators())
    gaps = source(1000)
    assert len(gaps) == total
    assert 10 < gaps.sum() <= 20
    assert len(source(1000)) == len(source(1)) == 0


def test_bursts_begin_in_a_state_of_the_long_runs_shares() -> None:
    """The first draw of the phase stream says in which, and stays are its exponentials."""
    data = {"process": "bursty", "rates": ["9000/s", "0/s"], "stays": ["1s", "3s"]}
    for seed in range(12):
        phase = generators(seed)("phase")
        away = phase.random() >= 0.25
        pause = phase.standard_exponential() * 3 if away else 0.0
        first = ADAPTER.validate_python(data).interarrivals(generators(seed))(1)[0]
        assert pause < first < pause + 0.01


def test_bursts_are_inverted_by_hand() -> None:
    """The states take turns, each stay the next exponential, over many blocks of stays."""
    data = {"process": "bursty", "rates": ["9/s", "1/s"], "stays": ["2s", "5s"]}
    phase = generators()("phase")
    first = int(phase.random() >= 2 / 7)
    states = (first + np.arange(5000)) % 2
    stays = phase.standard_exponential(5000) * np.array([2.0, 5.0])[states]
    knots = np.cumsum(stays * np.array([9.0, 1.0])[states])
    count = int((units(100_000) < knots[-1]).sum())
    assert count > 50_000
    by_hand = np.interp(units(count), np.append(0, knots), np.append(0, np.cumsum(stays)))
    assert np.cumsum(drawn(data, count, 999)) == pytest.approx(by_hand, rel=1e-9)


def test_rounding_cannot_make_a_gap_negative() -> None:
    """An inverse may fall by a last bit; the plan stays where it was, across chunks too."""

    def falling(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.floor(sums) - 0.1 * (sums % 1)

    for chunk in (1, 50):
        source = Modulated(falling, generators())
        gaps = np.concatenate([source(chunk) for _ in range(50 // chunk)])
        assert (gaps >= 0).all()
        highest = np.maximum.accumulate(np.append(0, falling(units(50))))[1:]
        assert np.cumsum(gaps) == pytest.approx(highest)


def test_a_trace_comes_exactly_as_recorded() -> None:
    """The running sum of the gaps gives the instants back to the bit, and then it ends."""
    times = np.cumsum(np.random.default_rng(3).pareto(1.1, 5000)).round(7)
    times -= times[0]
    data = {"process": "trace", "times": seconds(times.tolist())}
    arrivals = ADAPTER.validate_python(data)
    source = arrivals.interarrivals(generators())
    gaps = source(3000)
    assert np.cumsum(np.append(gaps, source(9000))).tolist() == times.tolist()
    assert len(source(5)) == 0


def test_a_running_sum_that_cannot_hit_an_instant_does_not_lose_the_next() -> None:
    """No float added to the second gives the third; it is one bit off, the fourth is not."""
    times = [0.0, 5404319552844595 * 2**-53, 8556839292003943 * 2**-52, 1.95]
    plans = np.cumsum(drawn({"process": "trace", "times": seconds(times)}, 4)).tolist()
    assert abs(plans[2] - times[2]) == 2**-52
    assert (plans[1], plans[3]) == (times[1], times[3])


def test_a_rescaled_trace_keeps_its_pattern() -> None:
    """All instants are multiplied by one factor."""
    data = {"process": "trace", "times": ["0s", "500ms", "2s"]}
    assert np.cumsum(drawn({**data, "rate": "4/s"}, 3)).tolist() == [0, 0.125, 0.5]


def test_users_think_by_their_own_stream() -> None:
    """Think times come from their stream, and gaps have no part in them."""
    data = {"process": "closed", "users": 3, "think": {"distribution": "exponential", "mean": "2s"}}
    think = generators()("think").standard_exponential(10)
    assert drawn(data, 10).tolist() == (think * 2).tolist()
