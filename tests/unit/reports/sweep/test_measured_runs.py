"""Real runs beside a sweep, with a model in their place."""

from threading import Event

import pytest

from builders import poisson
from queuetwin.model import Run, Scenario, ScenarioError, Workload, simulate, sweep
from queuetwin.reports.sweep.measured_runs import check_executable, measured_rows, measured_runs
from queuetwin.reports.sweep.page import sweep_page

POOL = poisson("320/s", "20ms", 8, {"items": 1000})


@pytest.mark.slow
def test_each_that_keeps_up_is_run_for_so_long() -> None:
    """On its own items, the same that the model of it gets; what grows is left out."""
    found = sweep(POOL, {"workers.count": "6..9"}, items=2_000)
    asked: list[tuple[int, float | None]] = []

    def execute(scenario: Scenario, workload: Workload, *, stop: Event) -> Run:
        asked.append((scenario.stage.workers.number, scenario.duration))
        return simulate(scenario, workload, stop=stop)

    measured = list(measured_runs(found, execute, seconds=1.5, stop=Event()))
    assert asked == [(7, 1.5), (8, 1.5), (9, 1.5)]
    assert all(one.model.measures == one.real.measures for one in measured)
    rows = measured_rows(found, measured)
    assert [row[0] for row in rows] == ["workers.count", "7", "8", "9"]
    assert all(row[2] == row[3] != row[1] for row in rows[1:])
    page = sweep_page(found, "again", measured)
    assert "On real threads" in page
    assert "On real threads" not in sweep_page(found, "again")


def test_a_stop_keeps_the_runs_that_are_done() -> None:
    """The one that was in hand is no run."""
    found = sweep(POOL, {"workers.count": "7..9"}, items=2_000)
    stop = Event()
    done: list[int] = []

    def execute(scenario: Scenario, workload: Workload, *, stop: Event) -> Run:
        done.append(1)
        if len(done) == 2:
            stop.set()
        return simulate(scenario, workload)

    assert len(list(measured_runs(found, execute, seconds=1.0, stop=stop))) == 1


@pytest.mark.parametrize(("combinations", "keys"), [(13, 1), (4, 2)])
def test_too_many_runs_are_refused(combinations: int, keys: int) -> None:
    """With what to write instead."""
    with pytest.raises(ScenarioError, match="name one key with at most 12 values"):
        check_executable(combinations, keys)
