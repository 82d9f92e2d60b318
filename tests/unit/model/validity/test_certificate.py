"""Certificates: each check at VALID, DEGRADED and INVALID, by its own limits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import altered, pool, run_with
from queuetwin.model import Run, Workload
from queuetwin.model.validity.certificate import Certificate, certify
from queuetwin.model.validity.checks import Check, Trust

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
        "items", "end", "accounts", "lateness p50", "lateness p99", "lateness max", "rate",
        "producer", "price", "foreign load",
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
    """Behind workers that hold it, late sends are the model's business, and no disturbance."""
    pool = EVEN.changed({"service.cpu_share": 1})
    run = run_with(pool, lateness=0.02)
    for gil, trust in ((True, VALID), (False, INVALID)):
        judged = replace(run, header=replace(run.header, facts={"gil": gil}))
        found = certify(judged, pool, Workload.draw(pool)).checks
        names = ("lateness p50", "lateness p99", "price")
        assert {one.trust for one in found if one.name in names} == {trust}


@pytest.mark.parametrize(("late", "trust"), [(0.0249, VALID), (0.0251, DEGRADED)])
def test_the_latest_item_degrades_from_five_services_on(late: float, trust: Trust) -> None:
    """One stall of 25 ms beside services of 5 ms."""
    lateness = np.where(np.arange(200) == 100, late, 0.0)
    assert checks(run_of(lateness))["lateness max"].trust is trust


@pytest.mark.parametrize(
    ("late", "trust"),
    [(0.00009, VALID), (0.00011, DEGRADED), (0.00049, DEGRADED), (0.00051, INVALID)],
)
def test_lateness_has_its_price(late: float, trust: Trust) -> None:
    """Where nobody queues, it is what it is: 2 % and 10 % of a response of 5 ms."""
    check = checks(run_of(late))["price"]
    assert check.trust is trust
    assert f"{late / 0.005:+.2%}" in check.figure


def test_a_rate_that_only_the_plan_has_is_invalid() -> None:
    """A producer that falls behind by its own puts is late against the plan, if not by itself."""
    behind = altered_items(run_of(), lambda t: t * 1.5)
    found = checks(behind)
    assert found["rate"].trust is INVALID
    assert found["rate"].figure.endswith("(50.000% off)")


def altered_items(run: Run, later: Any) -> Run:
    """The run with every send, acceptance and end later."""
    items = dict(run.items)
    for name in ("offered", "accepted", "finished"):
        items[name] = later(items[name])
    return replace(run, items=items)


@pytest.mark.parametrize(("share", "trust"), [(0.2, VALID), (0.3, DEGRADED), (0.8, INVALID)])
def test_a_producer_that_never_waits_is_the_bottleneck(share: float, trust: Trust) -> None:
    """The plan of an item had passed when the one before was put."""
    run = run_of()
    items = {name: column.copy() for name, column in run.items.items()}
    busy = np.arange(200) < share * 199
    items["accepted"] = np.where(busy, items["planned"] + 0.0101, items["planned"])
    found = checks(replace(run, items=items))
    assert found["producer"].trust is trust


def test_who_is_held_back_is_no_bottleneck() -> None:
    """With a queue that lets producers wait, nothing is said of them."""
    scenario = EVEN.changed({"queue.capacity": 1, "service.mean": "20ms"})
    found = certify(run_with(scenario), scenario, Workload.draw(scenario)).checks
    assert "producer" not in {one.name for one in found}


@pytest.mark.parametrize(
    ("name", "facts", "trust"),
    [
        ("steal", {"stolen_cores": 0.05}, VALID),
        ("steal", {"stolen_cores": 0.06}, DEGRADED),
        ("quota", {"throttled_times": 0, "throttled_share": 0.0}, VALID),
        ("quota", {"throttled_times": 1, "throttled_share": 0.0}, DEGRADED),
        ("quota", {"throttled_times": 3, "throttled_share": 0.01}, DEGRADED),
        ("quota", {"throttled_times": 37, "throttled_share": 0.011}, INVALID),
        ("pressure", {"waiting_share": 0.25}, VALID),
        ("pressure", {"waiting_share": 0.26}, DEGRADED),
        ("hiccup", {"hiccup": 0.0249}, VALID),
        ("hiccup", {"hiccup": 0.0251}, DEGRADED),
    ],
)
def test_what_the_machine_did_is_judged_by_its_facts(
    name: str, facts: dict[str, Any], trust: Trust
) -> None:
    """Each by its own limits; only a quota can make a run worthless."""
    found = checks(run_of(**facts))
    assert found[name].trust is trust
    assert name not in checks(run_of())


def test_who_works_waits_for_processors_by_design() -> None:
    """Pressure and late waking are what the model of a shared processor expects."""
    facts = {"gil": True, "waiting_share": 0.9, "hiccup": 1.0}
    scenario = EVEN.changed({"service.cpu_share": 1})
    run = run_with(scenario)
    run = replace(run, header=replace(run.header, facts=facts))
    found = {one.name: one for one in certify(run, scenario, Workload.draw(scenario)).checks}
    assert found["pressure"].trust is found["hiccup"].trust is VALID
