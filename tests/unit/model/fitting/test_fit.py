"""From a log to a scenario: the whole way, on logs of which the answer is known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logs import celery_lines, prefetched, served, write
from project import AZURE_REQUESTS, needs_azure_requests
from queuetwin.model import Scenario, ScenarioError, Workload, fit, simulate
from queuetwin.model.fitting.arrival_choice import choose_arrivals, services_drift
from queuetwin.model.fitting.arrival_fits import likely_arrival_fits
from queuetwin.model.fitting.distribution_choice import choose_distribution
from queuetwin.model.fitting.observations import Observations, half
from queuetwin.model.fitting.window import busiest, window_of
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import SECOND
from queuetwin.model.logs.reading import read_log

COUNT = 2000


def chance() -> np.random.Generator:
    return np.random.default_rng(12)


def table(path: Path, **columns: np.ndarray) -> Path:
    rows = [",".join(f"{one:.9f}" for one in row) for row in zip(*columns.values(), strict=True)]
    return write(path, ",".join(columns), *rows)


def items(load: float, workers: int, mean: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    arrivals = np.cumsum(chance().standard_exponential(COUNT)) * mean / (load * workers)
    return arrivals, mean * chance().standard_exponential(COUNT)


def seen_of(**changes: Any) -> Observations:
    arrivals, services = items(0.7, 2)
    known = {"seconds": float(arrivals[-1]), "arrivals": arrivals, "served_at": arrivals,
             "services": services, "waits": np.full(COUNT, np.nan), "workers": 2,
             "workers_why": "", "at_once": 2}  # fmt: skip
    return Observations(**{**known, **changes})


@pytest.mark.slow
def test_a_saved_run_gives_its_scenario_back(tmp_path: Path) -> None:
    """Limit, losses, failures, attempts: all that a run shows."""
    truth = Scenario.from_dict(
        {"items": 6000, "seed": 3, "arrivals": {"process": "poisson", "rate": "110/s"},
         "queue": {"capacity": 6, "when_full": "reject"}, "workers": {"count": 2},
         "service": {"distribution": "exponential", "mean": "20ms"},
         "failures": {"probability": 0.05, "attempts": 2}}
    )  # fmt: skip
    simulate(truth, Workload.draw(truth)).save(tmp_path / "run.npz")
    found = fit(tmp_path / "run.npz")
    assert found.scenario is not None
    stage = found.scenario.stage
    assert (stage.queue.capacity, stage.queue.when_full) == (6, "reject")
    assert (stage.workers.count, stage.failures.attempts) == (2, 2)
    assert stage.failures.probability == pytest.approx(0.05, abs=0.01)
    assert stage.service.distribution == "exponential"
    assert found.scenario.arrivals.mean_rate == pytest.approx(110, rel=0.04)
    assert found.holdout is not None
    assert abs(found.holdout.relative_error) < 0.15


def test_one_task_and_the_shares_of_all(tmp_path: Path) -> None:
    """Only its rows are fitted; the report still knows the others."""
    lines = [
        *celery_lines(np.arange(0, 60, 2), np.arange(0, 60, 2), np.full(30, 0.75), "a.long"),
        *celery_lines(np.arange(1, 61, 2), np.arange(1, 61, 2), np.full(30, 0.25), "a.short"),
    ]
    path = write(tmp_path / "worker.log", *sorted(lines))
    renamed = path.read_text().replace("a.short[id", "a.short[other")
    path.write_text(renamed)
    found = fit(path, only="a.short")
    assert found.tasks == (("a.long", pytest.approx(0.75)), ("a.short", pytest.approx(0.25)))
    assert found.scenario is not None
    assert found.items == 30
    assert found.scenario.stage.service.mean_time == pytest.approx(0.25)


def test_the_busiest_hour_is_found_to_five_minutes() -> None:
    """Whatever the hours of the clock are."""
    quiet = np.arange(0, 6 * 3600, 60) * SECOND
    busy = np.arange(2 * 3600 + 1500, 3 * 3600 + 1500) * SECOND
    window = busiest(np.sort(np.concatenate([quiet, busy])), 3600 * SECOND)
    assert (window.begin, window.end) == ((7200 + 1500) * SECOND, (10800 + 1500) * SECOND)


def test_windows_that_are_asked_for() -> None:
    """All, a length, hours of the day."""
    observations = np.arange(0, 86_400, 30) * SECOND
    assert window_of(observations, "all", clock=True).seconds == pytest.approx(86_370, abs=1)
    assert window_of(observations, "30m", clock=True).seconds == 1800
    window = window_of(observations, "09:00-10:30", clock=True)
    assert (window.begin, window.end) == (9 * 3600 * SECOND, 10.5 * 3600 * SECOND)


@pytest.mark.slow
def test_an_hour_without_late_stamps_is_named(tmp_path: Path) -> None:
    """A day of a quiet and a busy hour: the quiet one may be planned on."""
    generator = chance()
    busy = 7200 + np.sort(generator.uniform(0, 3600, 9000))
    quiet = np.sort(generator.uniform(0, 3600, 900))
    arrivals = np.concatenate([quiet, busy])
    services = 0.75 * generator.standard_exponential(len(arrivals))
    received, starts, _ = prefetched(arrivals, services, pods=1, workers=2, prefetch=2)
    path = write(tmp_path / "worker.log", *celery_lines(received, starts, services))
    found = fit(path)
    assert "stamped late" in found.stop
    assert found.scenario is None
    assert found.advice[1].endswith("`window=09:00-10:00`")
    with pytest.raises(ScenarioError, match="stamped late"):
        found.save(tmp_path / "a.toml")
    assert fit(path, window="09:00-10:00").scenario is not None


def test_starts_alone_are_no_arrivals(tmp_path: Path) -> None:
    """A log of dispatches does not know how long items waited."""
    arrivals, services = items(0.7, 2)
    starts, ends = served(arrivals, services, 2)
    path = table(tmp_path / "a.csv", start_s=starts, end_s=ends)
    assert "only when they started" in fit(path).stop
    came = table(tmp_path / "b.csv", arrival_s=arrivals)
    mended = fit(path, arrivals=came).scenario
    assert mended is not None
    assert mended.stage.workers.count == 2


def test_two_logs_that_do_not_belong_together(tmp_path: Path) -> None:
    """Arrivals of another time are not taken for those of this log."""
    arrivals, services = items(0.7, 2)
    starts, ends = served(arrivals, services, 2)
    path = table(tmp_path / "a.csv", start_s=starts, end_s=ends)
    came = table(tmp_path / "b.csv", arrival_s=arrivals + 50)
    with pytest.raises(ScenarioError, match="do not belong together"):
        fit(path, arrivals=came)


@pytest.mark.slow
def test_an_access_log_is_too_coarse_for_services(tmp_path: Path) -> None:
    """Ends in whole seconds cannot tell services of a tenth; durations can, where nothing waits."""
    line = 'h - - [01/May/2024:09:{:02}:{:02} +0000] "GET / HTTP/1.1" 200 5 "-" "UA" {:.3f}'.format
    ends = np.sort(chance().uniform(0, 600, COUNT)).astype(int)
    lengths = 0.1 * chance().standard_exponential(COUNT)
    rows = [line(end // 60, end % 60, one) for end, one in zip(ends, lengths, strict=True)]
    path = write(tmp_path / "access.log", *rows)
    with pytest.raises(ScenarioError, match="too coarse to work out services"):
        fit(path, workers=2)
    found = fit(path, workers=2, columns=LogColumns(duration_is="service"))
    assert found.scenario is not None
    assert found.scenario.arrivals.process == "poisson"
    assert found.scenario.stage.service.distribution == "exponential"


def test_fewer_workers_than_ran_at_once_are_refused(tmp_path: Path) -> None:
    """The log shows more."""
    arrivals, services = items(0.8, 4)
    starts, ends = served(arrivals, services, 4)
    path = table(tmp_path / "a.csv", arrival_s=arrivals, start_s=starts, end_s=ends)
    with pytest.raises(ScenarioError, match="shows 4 at work at the same time"):
        fit(path, workers=3)
    found = fit(path, workers=6).scenario
    assert found is not None
    assert found.stage.workers.count == 6


@pytest.mark.slow
def test_the_same_log_gives_the_same_bytes(tmp_path: Path) -> None:
    """Everything by chance is by the seed."""
    arrivals, services = items(0.7, 2)
    starts, ends = served(arrivals, services, 2)
    path = table(tmp_path / "a.csv", arrival_s=np.floor(arrivals), start_s=starts, end_s=ends)
    one, other = fit(path), fit(path)
    assert (one.text, one.files, one.holdout) == (other.text, other.files, other.holdout)


def test_halves_are_every_other_block_laid_end_to_end() -> None:
    """Nothing is in both or in none."""
    observations = seen_of()
    odd, even = half(observations, 5, 0), half(observations, 5, 1)
    assert odd.seconds == pytest.approx(observations.seconds * 3 / 5)
    assert len(odd.arrivals) + len(even.arrivals) == COUNT
    assert len(odd.services) + len(even.services) == COUNT
    for one in (odd, even):
        assert one.arrivals.min() >= 0
        assert one.arrivals.max() <= one.seconds
        assert (np.diff(one.arrivals) >= 0).all()


def test_busy_minutes_with_shorter_tasks_keep_them() -> None:
    """Twice the items of half the length are the same load; drawn by chance they would not be."""
    generator = chance()
    arrivals = np.sort(np.concatenate(
        [generator.uniform(0, 100, 700), generator.uniform(100, 200, 2100)]
    ))  # fmt: skip
    services = np.where(arrivals < 100, 0.24, 0.08) * generator.standard_exponential(2800)
    shuffled = generator.permutation(services)
    assert (services_drift(services), services_drift(shuffled)) == (True, False)
    distribution = choose_distribution(services, generator)
    likely = likely_arrival_fits(arrivals, 200.0, generator)
    for some, process, draw in ((services, "trace", "in-order"), (shuffled, "profile", None)):
        observations = seen_of(seconds=200.0, arrivals=arrivals, served_at=arrivals, services=some)
        arrival_fit, times = choose_arrivals(likely, distribution, observations)
        assert (arrival_fit.name, times.table.get("draw")) == (process, draw)
    arrival_fit, times = choose_arrivals(
        likely, distribution, replace(observations, services=services, attempts=2)
    )
    assert "draw" not in times.table


def test_a_log_without_seconds_between_is_refused(tmp_path: Path) -> None:
    """All at one instant: there is no rate to be found."""
    path = write(tmp_path / "a.csv", "arrival_s,start_s,end_s", *["1,1,2"] * 30)
    with pytest.raises(ScenarioError, match="at one instant"):
        fit(path)


@pytest.mark.slow
@needs_azure_requests
def test_real_requests() -> None:
    """Read whole, sizes as services, a load of four fifths."""
    columns = LogColumns(arrival="TIMESTAMP", duration="GeneratedTokens", unit="25ms",
                      duration_is="service")  # fmt: skip
    assert len(read_log([AZURE_REQUESTS], columns)) == 19_366
    found = fit(AZURE_REQUESTS, columns=columns, workers=36)
    assert found.scenario is not None
    assert found.scenario.arrivals.mean_rate == pytest.approx(19_366 / 3501.7, rel=0.05)
    assert found.holdout is not None
    assert not found.holdout.logged
