"""The self-test, on simulated runs in place of real ones."""

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from builders import overheads, poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.reports import compare
from queuetwin.reports.cli.main import cli
from queuetwin.reports.comparison.injected_faults import INJECTED_FAULTS, SELFTEST_POOL, caught_by
from queuetwin.reports.comparison.selftest import real_against_real, shortest_service
from queuetwin.reports.comparison.verdicts import Verdict

BY_SCENARIO = ("service", "worker", "capacity", "order", "lost-item")


def runs_of(scenario: Scenario, first: int = 0) -> list[Run]:
    return [simulate(scenario, Workload.draw(scenario, replication=first + n)) for n in range(5)]


@pytest.mark.parametrize("name", BY_SCENARIO)
def test_each_fault_is_caught_where_it_must_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a machine adds: here it adds nothing."""
    monkeypatch.setattr(
        "queuetwin.reports.comparison.injected_faults.execute",
        lambda scenario, load, **_: simulate(scenario, load),
    )
    plant = INJECTED_FAULTS[name]
    scenario = plant.scenario
    loads = [Workload.draw(scenario, replication=n) for n in range(5)]
    found = compare(scenario, runs=[plant.execute(scenario, load) for load in loads])
    assert caught_by(found) == ("the accounts" if name == "lost-item" else "DIFFERENT")


def test_a_lost_item_breaks_the_accounts_and_nothing_else() -> None:
    """One record of a service is missing; the items are as they were."""
    run = simulate(SELFTEST_POOL)
    lost = INJECTED_FAULTS["lost-item"].recorded(run)
    assert len(lost.attempts["item"]) == len(run.attempts["item"]) - 1
    assert (lost.items["outcome"] == run.items["outcome"]).all()
    assert not broken_accounts(run)
    assert broken_accounts(lost)


def test_nothing_is_caught_where_nothing_is_wrong() -> None:
    """A healthy comparison is caught by nothing."""
    assert caught_by(compare(SELFTEST_POOL, runs=runs_of(SELFTEST_POOL))) == ""


def test_real_against_real_is_the_same_only_if_it_is() -> None:
    """The same runs; runs of longer services; runs that cannot be believed."""
    runs = runs_of(SELFTEST_POOL)
    assert real_against_real(runs, runs).verdict is Verdict.SAME
    longer = runs_of(SELFTEST_POOL.changed({"service.mean": "5.5ms"}))
    assert real_against_real(runs, longer).verdict is Verdict.DIFFERENT
    stopped = [replace(one, header=replace(one.header, ended="stopped")) for one in runs]
    assert real_against_real(runs, stopped).verdict is Verdict.NO_VERDICT


def test_how_short_a_service_may_be_follows_from_the_run_checks() -> None:
    """Its typical lateness is at most one in a hundred of it, its worst one in five."""
    assert shortest_service(overheads(lateness=(2e-5,))) == pytest.approx(2e-3)
    assert shortest_service(overheads(lateness=(1e-6,) * 9 + (1e-2,))) > 0.04


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "code"), [(0.0, 0), (0.2, 4)], ids=["quiet", "noisy"])
def test_the_command_says_what_was_caught_and_what_to_do(
    noise: float, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that lengthens each second run by chance, real runs are not the same."""
    made = {"count": 0}

    def execute(scenario: Scenario, load: Workload, wait: Any = None, **_: Any) -> Run:
        made["count"] += 1
        if wait is not None:
            scenario = scenario.changed({"service.mean": "20ms"})
            load = Workload.draw(scenario, replication=load.replication)
        elif noise and made["count"] % 2:
            scenario = scenario.changed({"service.slowdown": [[1, noise]]})
        run = simulate(scenario, Workload.draw(scenario, replication=load.replication))
        return replace(run, header=replace(run.header, facts={"foreign_cores": noise * 5}))

    for module in ("comparison.injected_faults", "commands.selftest"):
        monkeypatch.setattr(f"queuetwin.reports.{module}.execute", execute)
    monkeypatch.setattr("queuetwin.reports.commands.selftest.overheads_for", lambda *_: None)
    done = CliRunner().invoke(cli, ["selftest"], catch_exceptions=False)
    assert done.exit_code == code, done.output
    assert "an item lost: the accounts" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith(" GOOD FOR" if code == 0 else " DO")
    assert ("1.0 cores were taken" in last) == bool(noise)


def test_a_plant_needs_a_pool_that_can_have_it() -> None:
    """And leaves the scenario as it is where only a pacer or a record is wrong."""
    pool = poisson("80/s", "20ms", 2)
    assert INJECTED_FAULTS["spinning"].ran(pool) is pool
    assert json.dumps(INJECTED_FAULTS["service"].ran(pool).to_dict()) != json.dumps(pool.to_dict())
