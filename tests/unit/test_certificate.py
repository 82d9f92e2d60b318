"""Certificates: each check at VALID, DEGRADED and INVALID, by its own limits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import altered, pool, run_with
from queuetwin.model import Run, Workload
from queuetwin.model.certificate import Certificate, Check, Trust, certify

VALID, DEGRADED, INVALID = Trust.VALID, Trust.DEGRADED, Trust.INVALID
# 200 items, one each 10 ms, a service of 5 ms
EVEN = pool(
    {
        "items": 200,
        "arrivals": {"process": "periodic", "rate": "100/s"},
        "service.mean": "5ms",
    }
)
WORKLOAD = Workload.draw(EVEN)


def run_of(lateness: Any = 0.0, **facts: Any) -> Run:
    run = run_with(EVEN, lateness=lateness)
    return replace(run, header=replace(run.header, facts=facts))


def checks(run: Run) -> Mapping[str, Check]:
    return {check.name: check for check in certify(run, EVEN, WORKLOAD).checks}


def test_an_undisturbed_run_is_valid() -> None:
    """Nothing wrong, nothing to say; every check says what it saw."""
    facts = {"foreign_cores": 0.0, "switch_interval_start": 0.005, "switch_interval_end": 0.005}
    certificate = certify(run_of(**facts), EVEN, WORKLOAD)
    assert certificate.trust is VALID
    assert certificate.reasons == ()
    assert [check.name for check in certificate.checks] == [
        "items", "end", "accounts", "lateness p50", "lateness p99", "rate", "foreign load",
    ]  # fmt: skip
    assert all(check.figure for check in certificate.checks)


def test_other_items_are_invalid() -> None:
    """A run of another seed speaks of other items."""
    other = Workload.draw(EVEN, seed=2)
    certificate = certify(run_of(), EVEN, other)
    assert certificate.trust is INVALID
    assert certificate.reasons == ("the run had other items",)


def test_an_early_end_is_invalid() -> None:
    """A run that was stopped or hung gives no verdict."""
    run = run_of()
    run = replace(run, header=replace(run.header, ended="hang"))
    assert checks(run)["end"].trust is INVALID
    assert checks(run)["end"].figure == "ended early: hang"


def test_broken_accounts_are_invalid() -> None:
    """Records that contradict themselves are believed in nothing."""
    run = altered(run_of(), "items", "finished", 5, 9.0)
    check = checks(run)["accounts"]
    assert check.trust is INVALID
    assert "Little's law" in check.figure


@pytest.mark.parametrize(
    ("late", "p50", "p99"),
    [
        (0.0, VALID, VALID),
        (0.000049, VALID, VALID),
        (0.000051, DEGRADED, VALID),
        (0.00049, DEGRADED, VALID),
        (0.00051, INVALID, VALID),
        (0.00099, INVALID, VALID),
        (0.00101, INVALID, DEGRADED),
        (0.0049, INVALID, DEGRADED),
        (0.0051, INVALID, INVALID),
    ],
)
def test_lateness_is_judged_against_the_service(late: float, p50: Trust, p99: Trust) -> None:
    """1 % and 10 % of a mean service at the median; 20 % and all of it at the 99 % point."""
    found = checks(run_of(late))
    assert (found["lateness p50"].trust, found["lateness p99"].trust) == (p50, p99)


def test_a_few_late_items_show_at_the_99_percent_point_alone() -> None:
    """Ten of 200 items a full service late leave the median as it is."""
    late = np.where(np.arange(200) % 20 == 10, 0.0055, 0.0)
    found = checks(run_of(late))
    assert (found["lateness p50"].trust, found["lateness p99"].trust) == (VALID, INVALID)
    assert found["lateness p99"].figure == "sent 5.5 ms late (p99), 110.00% of a mean service"


@pytest.mark.parametrize(
    ("behind", "trust"), [(0.0, VALID), (0.0009, VALID), (0.0011, DEGRADED), (0.011, INVALID)]
)
def test_the_rate_is_judged_by_first_and_last_send(behind: float, trust: Trust) -> None:
    """A span of sends 0.1 % or 1 % longer than planned is not the load that was asked for."""
    late = np.zeros(200)
    late[-1] = behind * 1.99
    assert checks(run_of(late))["rate"].trust is trust


def test_a_waiting_producer_is_not_late() -> None:
    """A full queue that holds its producer back makes no run worse."""
    scenario = EVEN.changed({"queue.capacity": 1, "service.mean": "20ms"})
    certificate = certify(run_with(scenario), scenario, Workload.draw(scenario))
    assert certificate.trust is VALID


def test_few_items_have_no_rate() -> None:
    """Under a hundred sends the span says nothing."""
    scenario = EVEN.changed({"items": 99})
    names = {
        check.name
        for check in certify(run_with(scenario), scenario, Workload.draw(scenario)).checks
    }
    assert "rate" not in names
    assert "lateness p50" in names


@pytest.mark.parametrize(
    ("cores", "trust"), [(0.0, VALID), (0.25, VALID), (0.26, DEGRADED), (64.0, DEGRADED)]
)
def test_foreign_load_degrades_and_never_more(cores: float, trust: Trust) -> None:
    """Other programs cost precision; lateness tells how much."""
    assert checks(run_of(foreign_cores=cores))["foreign load"].trust is trust


def test_a_changed_switch_interval_degrades() -> None:
    """The interpreter was not the same at the end as at the start."""
    run = run_of(switch_interval_start=0.005, switch_interval_end=0.001)
    assert checks(run)["switch interval"].trust is DEGRADED


def test_a_run_is_as_good_as_its_worst_check() -> None:
    """Reasons name all that is not valid, in order."""
    certificate = Certificate(
        checks=(
            Check(name="a", trust=VALID, figure="fine"),
            Check(name="b", trust=INVALID, figure="bad"),
            Check(name="c", trust=DEGRADED, figure="so so"),
        )
    )
    assert certificate.trust is INVALID
    assert certificate.reasons == ("bad", "so so")


def test_whoever_waits_for_the_gil_is_late_by_design() -> None:
    """Behind workers that hold it, late sends are the model's business, never invalid."""
    pool = EVEN.changed({"service.cpu_share": 1})
    run = run_with(pool, lateness=0.02)
    for gil, trust in ((True, DEGRADED), (False, INVALID)):
        judged = replace(run, header=replace(run.header, facts={"gil": gil}))
        found = certify(judged, pool, Workload.draw(pool)).checks
        assert {one.trust for one in found if "late" in one.name} == {trust}
