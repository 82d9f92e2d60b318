"""`compare` from the command line, on simulated runs in place of real ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from builders import overheads, poisson
from queuetwin.model import Run, Scenario, ScenarioError, Workload, simulate
from queuetwin.reports.cli.main import cli

PLACES = {
    "python": "3.11.7", "implementation": "CPython", "gil": True, "platform": "Linux",
    "machine": "x86_64", "cores": 2, "shares": "interpreter",
}  # fmt: skip
POOL = ["--rate", "80/s", "--service", "20ms", "--workers", "2", "--seed", "3"]
Called = list[tuple[Scenario, int]]


def as_real(run: Run) -> Run:
    return replace(run, header=replace(run.header, engine="threads", real=True, provenance=PLACES))


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Called:
    """Every run that is asked for is simulated and noted."""
    monkeypatch.chdir(tmp_path)
    noted: Called = []

    def execute(scenario: Scenario, workload: Workload, **_: Any) -> Run:
        noted.append((scenario, workload.replication))
        return as_real(simulate(scenario, workload))

    monkeypatch.setattr("queuetwin.realrun.execution.execute", execute)
    monkeypatch.setattr("queuetwin.reports.comparison.injected_faults.execute", execute)
    monkeypatch.setattr("queuetwin.reports.commands.compare.overheads_for", lambda *_: None)
    return noted


def compared(*flags: str) -> tuple[Result, dict[str, Any]]:
    flags = flags if "-o" in flags else ("-o", "pool.json", *flags)
    done = CliRunner().invoke(cli, ["compare", *POOL, "--json", *flags], catch_exceptions=False)
    return done, json.loads(done.stdout) if done.stdout.startswith("{") else {}


@pytest.mark.slow
def test_the_first_look_that_decides_is_the_last(called: Called) -> None:
    """Twenty runs were paid for, five decide; the interval knows that there could be more."""
    done, found = compared("--duration", "5s", "--budget", "4m")
    assert done.exit_code == 0
    assert found["verdict"] == "SAME"
    assert found["level"] == 0.9836
    assert [replication for _, replication in called] == [0, 1, 2, 3, 4]
    assert "5 to 20 runs of 5 s on real threads, about 25 s, at most 100 s" in done.stderr


@pytest.mark.slow
def test_an_undecided_look_is_followed_by_the_next(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the budget ends; the runs that were made are counted, none is made twice."""
    verdicts = iter(["UNDECIDED", "UNDECIDED", "UNDECIDED"])

    def never(scenario: Scenario, **kept: Any) -> Any:
        from queuetwin.reports.comparison.comparer import compare
        from queuetwin.reports.comparison.verdicts import Verdict

        return replace(compare(scenario, **kept), verdict=Verdict(next(verdicts)))

    monkeypatch.setattr("queuetwin.reports.commands.compare.compare", never)
    done, found = compared("--duration", "2s", "--budget", "30s")
    assert [replication for _, replication in called] == list(range(12))
    assert found["verdict"] == "UNDECIDED"
    assert "--budget" in found["advice"] or "decide it" in found["advice"]
    assert "run 12 of 12" in done.stderr


def test_slow_motion_runs_and_predicts_the_slowed_scenario(called: Called) -> None:
    """A fifth of the rate, five times the service and the length."""
    _, found = compared("--duration", "1s", "--time-scale", "5", "-o", "pool.html")
    assert {one.arrivals.mean_rate for one, _ in called} == {16.0}
    assert {one.stage.service.mean_time for one, _ in called} == {0.1}
    assert {one.duration for one, _ in called} == {5.0}
    assert found["scenario"]["arrivals"]["rate"] == "16/s"
    page = Path("pool.html").read_text("utf-8")
    assert "--time-scale 5.0" in page


PLANTED = {
    "service": ("DIFFERENT", "caught by DIFFERENT"),
    "worker": ("DIFFERENT", "caught by DIFFERENT"),
    "order": ("DIFFERENT", "caught by DIFFERENT"),
    "lost-item": ("NO VERDICT", "caught by the accounts"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_caught_and_said(fault: str, called: Called) -> None:
    """The model knows nothing of it."""
    verdict, how = PLANTED[fault]
    done, found = compared("--duration", "10s", "--plant", fault)
    assert found["verdict"] == verdict
    assert found["notes"][0].startswith("planted: ")
    assert found["notes"][0].endswith(how)
    assert "planted: " in done.stderr
    again = CliRunner().invoke(cli, ["report", "pool.runs", "-o", "again.json"])
    assert again.exit_code == 0
    assert json.loads(Path("again.json").read_text("utf-8")) == found


@pytest.mark.slow
def test_a_place_fewer_is_caught_by_what_is_lost(called: Called) -> None:
    """Where items are rejected."""
    places = ["--capacity", "2", "--when-full", "reject", "--rate", "120/s"]
    _, found = compared("--duration", "5s", "--plant", "capacity", *places)
    assert found["verdicts"]["loss_ratio.mean"] == "DIFFERENT"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--plant", "gremlin"], "there are service, worker, capacity"),
        (["--plant", "capacity"], "needs queue.capacity of 2 or more"),
        (["--plant", "worker", "--workers", "1"], "needs workers.count of 2 or more"),
        (["--plant", "order", "--order", "lifo"], "needs another queue.order"),
        (["--time-scale", "0"], "must be above 0"),
        (["--observed", "nowhere.csv"], "nowhere.csv"),
        (["--observed", "nowhere.npz"], "nowhere.npz"),
        (["--observed", "log.csv", "--columns", "came=ts"], "write arrival=NAME"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    flags: list[str], message: str, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to write instead."""
    from queuetwin.reports.cli.main import main

    monkeypatch.setattr("sys.argv", ["queuetwin", "compare", *POOL, "--duration", "1s", *flags])
    stderr: list[str] = []
    monkeypatch.setattr("click.echo", lambda text, **_: stderr.append(str(text)))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    assert message in "\n".join(stderr)
    assert called == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--backend", "executor", "--order", "lifo"], "the backend executor cannot do this"),
        (["--calibration", "nothere.json"], "there is no such calibration"),
        (["--calibration", "other.json"], "cores 64, here"),
        (["--calibration", "other.json"], "measure anew: queuetwin calibrate"),
        (["--calibration", "other.json", "--backend", "asyncio"], "--backend asyncio"),
    ],
)
def test_what_cannot_run_here_is_refused_before_the_machine_is_measured(
    flags: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody waits for a calibration to be told so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("queuetwin.reports.commands.calibrate._measured", None)
    elsewhere = overheads().to_dict()
    elsewhere["machine"]["cores"] = 64
    Path("other.json").write_text(json.dumps(elsewhere), encoding="utf-8")
    done = CliRunner().invoke(cli, ["compare", *POOL, "--duration", "1s", *flags])
    assert isinstance(done.exception, ScenarioError)
    assert message in str(done.exception)


def a_log(path: Path, scenario: Scenario, line: Callable[[float, float, float], str]) -> None:
    """What a system of this kind would have logged."""
    run = simulate(scenario)
    columns = (run.items["planned"], run.attempts["started"], run.attempts["finished"])
    rows = [line(*row) for row in np.array(columns).T.tolist()]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_a_log_of_ones_own_is_a_column_beside_them(called: Called) -> None:
    """Its figures are those of its rows; it has no verdict."""
    scenario = poisson("80/s", "20ms", 2, {"items": 2000, "seed": 9})
    log = Path("seen.csv")
    a_log(log, scenario, lambda came, began, ended: f"{came!r},{began!r},{ended!r}")
    log.write_text("arrival_s,start_s,end_s\n" + log.read_text("utf-8"), encoding="utf-8")
    done, found = compared("--duration", "5s", "--observed", "seen.csv", "-o", "seen.json")
    assert done.exit_code == 0
    truth = simulate(scenario)
    response = truth.items["finished"] - truth.items["planned"]
    observed = {one["measure"]: one["observed"] for one in found["differences"]}
    assert observed["response_time.mean"] == pytest.approx(float(response.mean()), rel=1e-6)
    assert observed["response_time.p99"] == pytest.approx(float(np.sort(response)[1979]), rel=1e-6)
    assert observed["utilisation.mean"] > 0.5
    assert found["observed"]["name"] == "seen.csv"
    assert found["verdict"] == "SAME"
    again = CliRunner().invoke(cli, ["report", "seen.runs", "-o", "again.json"])
    assert again.exit_code == 0
    assert json.loads(Path("again.json").read_text("utf-8")) == found


@pytest.mark.slow
def test_what_a_log_does_not_show_is_not_made_up(called: Called) -> None:
    """Arrivals and response times alone say nothing of the queue or of the workers."""
    scenario = poisson("80/s", "20ms", 2, {"items": 2000, "seed": 9})
    log = Path("seen.csv")
    a_log(log, scenario, lambda came, _, ended: f"{came * 1e3!r},{(ended - came) * 1e3!r}")
    log.write_text("ts,rt\n" + log.read_text("utf-8"), encoding="utf-8")
    columns = "arrival=ts,duration=rt,duration_is=response,unit=ms"
    flags = ["--observed", "seen.csv", "--columns", columns, "-o", "pool.html"]
    _, found = compared("--duration", "5s", *flags)
    observed = {one["measure"]: one["observed"] for one in found["differences"]}
    assert observed["response_time.mean"] > 0.02
    assert observed["queue_depth.mean"] is None
    assert observed["utilisation.mean"] is None
    page = Path("pool.html").read_text("utf-8")
    assert "observed in seen.csv" in page


@pytest.mark.slow
def test_a_saved_run_is_a_column_too(called: Called) -> None:
    """Whoever produced it."""
    scenario = poisson("80/s", "20ms", 2, {"items": 2000, "seed": 9})
    simulate(scenario).save("mine.npz")
    _, found = compared("--duration", "5s", "--observed", "mine.npz")
    assert found["observed"]["name"] == "mine.npz"
    assert all(one["observed"] is not None for one in found["differences"])


def test_interrupted_runs_are_compared_as_far_as_they_go(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three runs are compared, one cannot be; the exit code says that it was interrupted."""

    def stopped_after(count: int) -> Callable[..., Run]:
        def execute(scenario: Scenario, workload: Workload, **_: Any) -> Run:
            run = as_real(simulate(scenario, workload))
            ended = "complete" if workload.replication < count else "stopped"
            return replace(run, header=replace(run.header, ended=ended))

        return execute

    monkeypatch.setattr("queuetwin.realrun.execution.execute", stopped_after(3))
    done, found = compared("--duration", "5s")
    assert done.exit_code == 130
    assert len(found["rungs"]["real"]) == 3
    monkeypatch.setattr("queuetwin.realrun.execution.execute", stopped_after(1))
    done, found = compared("--duration", "5s")
    assert (done.exit_code, found) == (130, {})
