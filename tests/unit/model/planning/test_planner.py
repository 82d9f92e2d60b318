"""Plans: the right number by the formula, honest where there is none, and what they say."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, theory
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.estimation.slo_judgement import Decision, judge
from queuetwin.model.planning.configurations import Prices
from queuetwin.model.planning.planner import Plan, plan
from queuetwin.model.planning.what_ifs import WhatIf
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.reports.commands.parsing import with_slos
from queuetwin.reports.plan.document import plan_document
from queuetwin.reports.plan.page import plan_page
from queuetwin.reports.plan.tables import what_if_rows
from queuetwin.reports.plan.text import plan_text


def busy(limit: str, measure: str = "response_time.p99", **changes: object) -> Scenario:
    """35 items a second of 100 ms each, and one limit."""
    slo = [{"measure": measure, "below": limit}]
    return poisson("35/s", "100ms", 1, {"slo": slo, **changes})


@pytest.mark.parametrize(
    ("measure", "limit", "form"),
    [
        ("response_time.mean", 0.15, lambda one: one.mean_response_time),
        ("response_time.p99", 0.6, lambda one: one.response_time_quantile(0.99)),
        ("waiting_time.p95", 0.02, lambda one: one.waiting_time_quantile(0.95)),
    ],
)
def test_a_plan_is_what_the_formula_says(measure: str, limit: float, form: object) -> None:
    """The least c of M/M/c that keeps the limit; one less misses it (one fixed seed)."""
    found = plan(busy(f"{limit}s", measure), further=False)
    assert callable(form)
    truth = next(
        c
        for c in range(4, 50)
        if form(theory.MMc(arrival_rate=35, service_time=0.1, servers=c)) <= limit
    )
    assert (found.winner, found.decision) == (truth, Decision.MET)
    assert found.neighbour is None or found.tried[truth - 1].decision is Decision.MISSED


def test_losses_are_planned_too() -> None:
    """M/M/c/K: the least c whose loss is below a hundredth."""
    found = plan(
        busy("1%", "loss_ratio", queue={"capacity": 4, "when_full": "reject"}),
        further=False,
    )
    truth = next(
        c
        for c in range(1, 50)
        if theory.MMcK(
            arrival_rate=35, service_time=0.1, servers=c, system_capacity=c + 4
        ).loss_probability
        < 0.01
    )
    assert found.winner == truth


def test_no_number_of_workers_makes_the_task_shorter() -> None:
    """p99 of the service alone is above the limit: no answer, and why."""
    found = plan(busy("300ms"))
    assert (found.winner, found.decision) == (None, Decision.MISSED)
    text = plan_text(found)
    assert text.startswith(" NO ANSWER  response time p99 of the task alone is 45")
    assert " DO         split the slow tasks off (1 % above 45" in text
    assert plan_document(found)["winner"] is None


def test_too_few_workers_let_the_queue_grow() -> None:
    """35 a second asked, 30 done: it grows by five a second, and nothing is simulated."""
    judgement = judge(busy("1s").changed({"workers.count": 3}), busy("1s").slo)
    assert (judgement.decision, judgement.items, judgement.summary) == (Decision.MISSED, 0, None)
    assert judgement.growth == pytest.approx(5)


@pytest.fixture(scope="module")
def whole() -> Plan:
    """A plan with all that it says, of whole machines."""
    machines = {"workers": {"machines": 1, "per_machine": 2}}
    return plan(busy("600ms", **machines))


def test_machines_are_bought_whole(whole: Plan) -> None:
    """Two workers a machine: three machines are the least for six workers or five."""
    assert whole.key == "workers.machines"
    best = whole.tried[whole.winner or 0]
    assert not any(math.isnan(one.figure.low) for one in best.limits)
    assert whole.winner == 3
    assert 1.01 < whole.load_factor < 2
    assert 1.01 < whole.service_factor < 2
    # 3.5 workers are busy on average; Poisson's 99th per cent of 3.5 is 8.
    assert whole.rules == {"Little + 30 %": 3, "square root": 3, "Poisson": 4}
    names = [one.name for one in whole.what_ifs]
    assert names == ["twice the load", "each machine its own queue", "smooth arrivals"]
    double = whole.what_ifs[0]
    assert double.judgement.decision is Decision.MISSED
    assert double.needs is not None and double.needs > 3
    assert double.bad is None


@pytest.mark.slow
def test_a_world_that_keeps_its_limits_on_average_has_bad_windows_too() -> None:
    """Machines with a queue each, at random: kept in the long run, broken in many windows."""
    changes = {
        "workers": {"machines": 1, "per_machine": 2}, "arrivals.rate": "0.45/s",
        "service.mean": "8s", "slo": [{"measure": "response_time.mean", "below": "14s"}],
    }  # fmt: skip
    found = plan(busy("1s").changed(changes))
    own = next(one for one in found.what_ifs if one.name == "each machine its own queue")
    assert own.judgement.decision is Decision.MET
    assert own.bad is not None and found.winner is not None
    assert own.bad.estimate > found.bad_windows[found.winner].estimate > 0
    assert " of windows bad" in plan_text(found)


def test_what_is_said_of_a_plan(whole: Plan) -> None:
    """Text, document and page tell the same answer."""
    text = plan_text(whole)
    for word in ("BUY 6", "HOW SURE", "BREAKS AT", "What if", "one machine lost", " ->  "):
        assert word in text
    assert "3 machines of 2: p99" in text and "2 machines left" in text
    document = plan_document(whole)
    assert document["schema"] == "queuetwin/plan/1"
    assert document["winner"]["changes"] == {"workers.machines": 3}
    assert document["neighbour"]["changes"] == {"workers.machines": 2}
    page = plan_page(whole, "queuetwin plan <file>")
    assert "BUY 6" in page and "<svg" in page and "&lt;file&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.slow
def test_the_scenario_asks_what_if_too() -> None:
    """A world of the file stands behind the usual ones, with what it would need."""
    campaign = {"name": "the campaign", "changes": {"arrivals.rate": "70/s"}}
    found = plan(busy("600ms", what_if=[campaign]))
    own = found.what_ifs[-1]
    assert own.name == "the campaign"
    assert own.judgement.scenario.arrivals.mean_rate == 70
    assert own.judgement.decision is Decision.MISSED
    assert own.needs is not None and found.winner is not None and own.needs > found.winner
    assert "the campaign" in plan_text(found)
    assert Scenario.from_dict(found.scenario.to_dict()) == found.scenario


FITTED = {"log": "worker.log, 09:00-10:00, 11,159 tasks", "foretold": -0.036,
          "assumes": ["100 ms also when more than 4 run (your log never saw it)"]}  # fmt: skip


def test_what_the_fit_knew_is_said_again() -> None:
    """How well the log foretold itself, and what it does not show: in text, page and document."""
    found = plan(busy("600ms", fitted=FITTED), further=False)
    text = plan_text(found)
    assert "Second half of your log, predicted: -4 %" in " ".join(text.split())
    assert text.endswith(" ASSUMES  100 ms also when more than 4 run (your log never saw it)")
    page = plan_page(found, "")
    for part in ("predicted: -4 %", "more than 4 run", "11,159 tasks"):
        assert part in page
    assert plan_document(found)["scenario"]["fitted"] == FITTED
    assert "ASSUMES" not in plan_text(plan(busy("600ms"), further=False))


def test_a_world_that_is_bad_for_minutes_says_so() -> None:
    """Kept on average, but broken in every fifth stretch of five minutes."""
    found = plan(busy("600ms"), further=False)
    assert found.winner is not None
    world = WhatIf(name="a world", judgement=found.tried[found.winner], needs=None,
                   bad=Estimate(estimate=0.19))  # fmt: skip
    for bad, said in ((0.19, ", but 19 % of windows bad"), (0.001, "")):
        one = replace(found, what_ifs=(replace(world, bad=Estimate(estimate=bad)),))
        [*_, (name, text)] = what_if_rows(one)
        assert (name, text.partition(")")[2]) == ("a world", said)


def test_a_backlog_is_planned_by_whole_runs() -> None:
    """200 items at once, 100 ms each, done within 2.2 s: ten workers (and nothing random)."""
    scenario = pool().changed({
        "items": 200, "workers.count": 1, "queue.capacity": None,
        "service": {"distribution": "deterministic", "mean": "100ms"},
        "slo": [{"measure": "response_time.p99", "below": "2.05s"}],
    })  # fmt: skip
    found = plan(scenario, further=False)
    assert (found.winner, found.decision) == (10, Decision.MET)


def test_a_plan_without_a_limit_is_refused() -> None:
    """Nothing to keep: the message shows how a limit is written."""
    with pytest.raises(ScenarioError, match="a plan needs a limit"):
        plan(poisson("1/s", "1ms", 1))


def losing(over: Mapping[str, Any], prices: str | None = None, **changes: object) -> Plan:
    """A plan for a pool that refuses items, over some keys."""
    slo = [{"measure": "response_time.mean", "below": "150ms"},
           {"measure": "loss_ratio", "below": "1%"}]  # fmt: skip
    queue = {"capacity": 1, "when_full": "reject"}
    pool = poisson("35/s", "100ms", 1, {"slo": slo, "queue": queue, **changes})
    asked = None if prices is None else Prices.parse(prices)
    return plan(pool, over=over, prices=asked, further=False)


def least_of(places: int) -> int:
    """The least c of M/M/c/K with so many places that keeps both limits, infinite over 20."""
    for c in range(1, 20):
        law = theory.MMcK(arrival_rate=35, service_time=0.1, servers=c, system_capacity=c + places)
        if law.loss_probability < 0.01 and law.mean_response_time < 0.15:
            return c
    return 20


PLACES = (1, 2, 4, 8, 16)


@pytest.mark.slow
def test_over_workers_and_places_is_what_the_formula_says() -> None:
    """The fewest workers, then the fewest places, of all that keep both limits."""
    found = losing({"workers.count": "1..20", "queue.capacity": list(PLACES)})
    exact = {places: least_of(places) for places in PLACES}
    fewest = min(exact.values())
    least = min(places for places, number in exact.items() if number == fewest)
    assert (found.winner, dict(found.changes), found.decision) == (
        fewest, {"queue.capacity": least}, Decision.MET,
    )  # fmt: skip
    assert [one.changes["queue.capacity"] for one in found.settings] == list(PLACES)
    assert sum(one.decision is Decision.MET for one in found.settings) >= 1
    document = plan_document(found)
    assert document["winner"]["changes"] == {"queue.capacity": least, "workers.count": fewest}
    assert len(document["settings"]) == len(PLACES)
    assert "queue.capacity" in plan_text(found) and "What each setting takes" in plan_page(
        found, ""
    )


def test_what_costs_least_wins() -> None:
    """Places that cost more than a worker are not bought to spare one."""
    found = losing({"queue.capacity": list(PLACES)}, "workers.count=1, queue.capacity=10")
    costs = {places: least_of(places) + 10 * places for places in PLACES}
    best = min(costs, key=costs.__getitem__)
    assert (dict(found.changes), found.winner) == ({"queue.capacity": best}, least_of(best))
    assert found.settings[found.place].cost == costs[best]
    assert f" COSTS     {costs[best]}\n" in plan_text(found)


def test_places_that_change_nothing_are_not_simulated() -> None:
    """Where the producer waits, only the fewest places are tried, and the answer says so."""
    found = losing({"queue.capacity": "5,50,500"}, queue={"capacity": 9, "when_full": "block"})
    assert [dict(one.changes) for one in found.settings] == [{"queue.capacity": 5}]
    assert "changes nothing here" in plan_text(found)


def test_any_key_may_vary() -> None:
    """Services of a quarter less need fewer workers; a bounded number stays within its bounds."""
    found = losing({"service.mean": "100ms,75ms"}, queue={"capacity": None})
    assert dict(found.changes) == {"service.mean": "75ms"}
    only = losing({"workers.count": "8"}, queue={"capacity": None})
    assert (only.winner, only.less, only.neighbour) == (8, None, None)
    none = losing({"workers.count": "1..3"}, queue={"capacity": None})
    assert none.winner is None and none.decision is Decision.MISSED
    assert plan_text(none).startswith(" NO ANSWER  nothing that was asked for keeps up")


def test_a_limit_that_is_nearly_kept_is_told() -> None:
    """Within the workers asked for none keeps it: which limit, the best value, what to allow."""
    text = " " + " ".join(plan_text(losing({"workers.count": "1..5"})).split())
    assert text.startswith(" NO ANSWER loss ratio is ")
    assert " at best, with 5 workers: nothing that was asked for gives 1 %" in text
    assert " DO allow " in text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("workers.count", "a price is written like"),
        ("workers.count=-1", "a price is written like"),
        ("workers.count=1,workers.count=2", "has a price twice"),
        (" , ", "no price"),
        ("service.mean=3", "it says 100ms"),
        ("queue.order=3", "it says fifo"),
        ("workers.machines=3", "it says nothing"),
    ],
)
def test_rubbish_prices_are_refused(text: str, reason: str) -> None:
    """Each with what is wrong."""
    with pytest.raises(ScenarioError, match=reason):
        losing({"queue.capacity": [1]}, text)


@pytest.mark.parametrize("values", [[0, 1], [1.5], [True], ["two"], []])
def test_numbers_that_cannot_be_bought_are_refused(values: list[Any]) -> None:
    """Workers are counted from 1."""
    with pytest.raises(ScenarioError, match=r"number to buy|no values"):
        losing({"workers.count": values})


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ([("queue_depth.max", 5)], "no greatest value in the long run"),
        ([("response_time.p99", "1s"), ("response_time.p99", "2s")], "another limit already, 1s"),
        ([("response_time.mean", "1s"), ("response_time", "2s")], "another limit already, 1s"),
        ([("loss_ratio", "0%")], "never below 0"),
        ([("waiting_time.p99", "0ms")], "never below 0"),
    ],
)
def test_limits_that_no_pool_keeps_are_refused(limits: list[Any], reason: str) -> None:
    """On a greatest number, of nothing, or two on one figure."""
    slo = [{"measure": measure, "below": below} for measure, below in limits]
    with pytest.raises(ScenarioError, match=reason):
        plan(poisson("1/s", "1ms", 1, {"slo": slo}), further=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("response_time.p99", "is written like"),
        ("response.p99 < 1s", "unknown measure"),
        ("response_time.p99 < soon", "soon"),
    ],
)
def test_rubbish_limits_are_refused(text: str, reason: str) -> None:
    """Each with what to write instead."""
    with pytest.raises(ScenarioError, match=reason):
        with_slos(poisson("1/s", "1ms", 1), [text])
