"""What a log does not show is worked out exactly, un-rounded, or known to be missing."""

import numpy as np
import pytest

from logs import log_of, prefetched, served
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.fitting.late_stamps import late_stamps
from queuetwin.model.fitting.rounding import step_of, unrounded, unrounded_lengths
from queuetwin.model.fitting.service_times import most_at_once, services_of, with_services
from queuetwin.model.logs.log import SECOND

COUNT = 4000


def chance() -> np.random.Generator:
    return np.random.default_rng(7)


def items(load: float, workers: int) -> tuple[np.ndarray, np.ndarray]:
    generator = chance()
    arrivals = np.cumsum(generator.standard_exponential(COUNT) / (load * workers))
    return arrivals, generator.standard_exponential(COUNT)


@pytest.mark.parametrize("workers", [1, 5])
@pytest.mark.parametrize("load", [0.5, 0.9, 1.2])
def test_services_are_recovered_from_arrivals_and_ends(workers: int, load: float) -> None:
    """First come first served, every service comes back to the clock's step."""
    arrivals, services = items(load, workers)
    _, ends = served(arrivals, services, workers)
    found = services_of(with_services(log_of(arrival=arrivals, end=ends), workers))
    assert np.abs(found - services).max() < 1e-8


@pytest.mark.parametrize("step", [1, 60])
def test_a_job_on_every_whole_second_is_not_late(step: int) -> None:
    """Each follows the end of the one before within a step of the clock, which says nothing."""
    came = step * np.arange(1_000)
    log = log_of(arrival=came, start=came, end=came + 0.5)
    assert late_stamps(log, step_of(log.arrival)).share == 0


def test_too_few_workers_cannot_have_served_the_log() -> None:
    """An item that would end before it starts proves it."""
    arrivals, services = items(0.8, 4)
    _, ends = served(arrivals, services, 4)
    with pytest.raises(ScenarioError, match="was not served first come first served by 2 workers"):
        with_services(log_of(arrival=arrivals, end=ends), 2)


def test_workers_in_use_are_those_at_work_at_once() -> None:
    """A worker that ends gives way to the next at the same instant."""
    log = log_of(start=[0, 1, 2, 5], end=[2, 4, 5, 6])
    assert most_at_once(log) == 2


@pytest.mark.parametrize("pods", [1, 3])
@pytest.mark.parametrize("load", [0.6, 0.75, 0.9, 1.0])
def test_late_stamps_of_a_prefetching_pool_are_counted(pods: int, load: float) -> None:
    """The share that is found is the share that is, from 10 % on, whatever the load."""
    arrivals, services = items(load, 2 * pods)
    received, starts, pod = prefetched(arrivals, services, pods, workers=2, prefetch=4)
    late = float(np.mean(received > arrivals + 1e-9))
    log = log_of(arrival=received, start=starts, end=starts + services, group=pod)
    found = late_stamps(log, tick=SECOND // 1000).share
    assert found == pytest.approx(late, abs=0.04)


@pytest.mark.parametrize("load", [0.1, 0.6, 0.9, 0.97])
@pytest.mark.parametrize("workers", [1, 8])
def test_an_honest_log_is_not_accused(workers: int, load: float) -> None:
    """Without a limit on what is held hardly a stamp looks late."""
    arrivals, services = items(load, workers)
    starts, ends = served(arrivals, services, workers)
    log = log_of(arrival=arrivals, start=starts, end=ends)
    assert late_stamps(log, tick=1).share < 0.02


def test_a_queue_that_refuses_is_not_accused() -> None:
    """It is full for long, but what comes in does not wait for a release."""
    arrivals, services = items(1.3, 2)
    free, begun, rows = [0.0, 0.0], [], []
    for came, length in zip(arrivals, services, strict=True):
        if sum(start > came for start in begun[-10:]) >= 5:
            continue
        start = max(came, min(free))
        free[free.index(min(free))] = start + length
        begun.append(start)
        rows.append((came, start, start + length))
    came, start, end = np.array(rows).T
    assert late_stamps(log_of(arrival=came, start=start, end=end), tick=1).share < 0.03


def test_the_step_of_a_clock() -> None:
    """The coarsest step that all instants keep."""
    for step in (SECOND, SECOND // 1000, SECOND // 10**6):
        instants = np.arange(1, 60, 7) * step
        assert step_of(instants) == step
    assert step_of(np.array([1, 3, 7])) == 1


def test_rounded_arrivals_are_spread_over_their_second() -> None:
    """Gaps look again as they were, and nothing leaves its second."""
    arrivals = np.cumsum(chance().standard_exponential(COUNT) / 5)
    whole = np.floor(arrivals).astype(np.int64) * SECOND
    spread = unrounded(whole, SECOND, chance()) / SECOND + whole[0] / SECOND
    assert np.abs(np.floor(spread) - np.floor(arrivals)).max() == 0
    gaps = np.diff(spread)
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.05)
    assert np.array_equal(unrounded(whole, SECOND, chance()), unrounded(whole, SECOND, chance()))


def test_a_fine_or_a_regular_clock_is_left_alone() -> None:
    """Stamps that do not coincide are as they were."""
    regular = np.arange(100) * SECOND
    assert np.array_equal(unrounded(regular, SECOND, chance()), regular)


def test_rounded_lengths_are_spread_and_constants_are_not() -> None:
    """A clock of 10 ms for tasks of 50 ms; all alike is no sign of a clock."""
    lengths = np.round(0.05 * chance().standard_exponential(COUNT), 2)
    spread, width = unrounded_lengths(lengths, chance())
    assert width == 0.01
    assert spread.min() > 0
    assert spread.mean() == pytest.approx(lengths.mean(), rel=0.01)
    same = np.full(50, 0.02)
    assert np.array_equal(unrounded_lengths(same, chance())[0], same)
