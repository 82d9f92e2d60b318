"""Plans checked on threads, here on simulated runs in their place."""

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from builders import poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.base.errors import RunError, ScenarioError
from queuetwin.model.planning.planner import Plan, plan
from queuetwin.reports.cli.main import cli
from queuetwin.reports.plan.document import plan_document
from queuetwin.reports.plan.page import plan_page
from queuetwin.reports.plan.text import checks_text
from queuetwin.reports.plan.thread_checks import TAIL, on_threads, refuse_unreal

MANY_SECONDS = 2 * 6 * 30.0


def modelled(scenario: Scenario, workload: Workload, **_: Any) -> Run:
    return simulate(scenario, workload)


def slower(scenario: Scenario, workload: Workload, **_: Any) -> Run:
    """A run of longer services that says it was of these."""
    longer = scenario.changed({"service.mean": "112ms"})
    run = simulate(longer, Workload.draw(longer, replication=workload.replication))
    header = replace(run.header, scenario=scenario.to_dict(), digest=workload.digest)
    return replace(run, header=header)


@pytest.fixture(scope="module")
def found() -> Plan:
    """Six workers for 4.5, with a neighbour that keeps up."""
    slo = [{"measure": "response_time.mean", "below": "130ms"}]
    return plan(poisson("45/s", "100ms", 1, {"slo": slo}), further=False)


@pytest.mark.slow
def test_winner_and_neighbour_are_checked(found: Plan) -> None:
    """Both are the same as the model where the model ran; the tail stays the model's."""
    checks = tuple(on_threads(found, MANY_SECONDS, None, modelled))
    assert [one.number for one in checks] == [found.winner, found.neighbour]
    assert [one.comparison.verdict.value for one in checks] == ["SAME", "SAME"]
    first = checks[0].comparison.real[0]
    assert first.header.scenario["duration"] == "30s"
    assert checks_text(checks).endswith(TAIL)
    document = plan_document(found, checks)["on_threads"]
    assert [one["changes"] for one in document] == [
        {"workers.count": found.winner}, {"workers.count": found.neighbour},
    ]  # fmt: skip
    assert all(one["tail"] == TAIL and one["verdict"] == "SAME" for one in document)
    assert "On real threads" in plan_page(found, "queuetwin plan", checks)
    assert "On real threads" not in plan_page(found, "queuetwin plan")


def test_threads_that_do_otherwise_are_told(found: Plan) -> None:
    """Real runs of longer services are different."""
    check = next(on_threads(found, MANY_SECONDS, None, slower))
    assert check.comparison.verdict.value == "DIFFERENT"


def test_a_neighbour_that_cannot_keep_up_does_not_run() -> None:
    """Its queue would only grow: all of the time is the winner's."""
    slo = [{"measure": "response_time.mean", "below": "1s"}]
    grows = plan(poisson("45/s", "100ms", 4, {"slo": slo}), further=False)
    assert grows.tried[4].growth > 0
    checks = tuple(on_threads(grows, 60.0, None, modelled))
    assert [one.number for one in checks] == [5]


def test_what_was_interrupted_is_left_out(found: Plan) -> None:
    """A run that was stopped is no run; one that ended early by itself is a fault."""

    def ends(how: str) -> Any:
        def one(scenario: Scenario, workload: Workload, **_: Any) -> Run:
            run = simulate(scenario, workload)
            return replace(run, header=replace(run.header, ended=how))

        return one

    assert list(on_threads(found, 60.0, None, ends("stopped"))) == []
    with pytest.raises(RunError, match="ended early"):
        list(on_threads(found, 60.0, None, ends("hung")))


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [("complete", 0), ("stopped", 130), ("hung", 4)])
def test_what_was_done_is_kept(
    how: str, code: int, found: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan's document comes whatever becomes of the neighbour's runs."""

    def runs(scenario: Scenario, workload: Workload, **_: Any) -> Run:
        run = simulate(scenario, workload)
        ended = "complete" if scenario.stage.workers.number == 6 else how
        return replace(run, header=replace(run.header, ended=ended))

    monkeypatch.setattr("queuetwin.realrun.execution.execute", runs)
    monkeypatch.setattr("queuetwin.reports.commands.plan.plan", lambda *_, **__: found)
    monkeypatch.setattr("queuetwin.reports.commands.plan.overheads_for", lambda *_: None)
    flags = ["--rate", "45/s", "--service", "100ms", "--slo", "response_time.mean < 130ms"]
    done = CliRunner().invoke(cli, ["plan", *flags, "--json", "--check-on-threads", "60s"])
    assert done.exit_code == code, done.stderr
    document = json.loads(done.stdout)
    assert document["winner"]["changes"] == {"workers.count": 6}
    assert len(document["on_threads"]) == (2 if code == 0 else 1)


def test_what_threads_cannot_do_is_refused_before() -> None:
    """A queue without a place exists in the model only."""
    pool = poisson("1/s", "1s", 1, {"queue": {"capacity": 0, "when_full": "reject"}})
    with pytest.raises(ScenarioError, match="a place at least"):
        refuse_unreal(pool)
