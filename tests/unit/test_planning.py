"""Plans: the right number by the formula, honest where there is none, and what they say."""

import math

import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, theory
from queuetwin.model.errors import ScenarioError
from queuetwin.model.judging import Fate, judge
from queuetwin.model.planning import Plan, plan
from queuetwin.reports.plan_command import plan_document, plan_text, with_slos
from queuetwin.reports.plan_page import plan_page


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
    assert (found.winner, found.fate) == (truth, Fate.MET)
    assert found.neighbour is None or found.tried[truth - 1].fate is Fate.MISSED


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
    assert (found.winner, found.fate) == (None, Fate.MISSED)
    assert plan_text(found).startswith(" NO ANSWER  response time p99 is 45")
    assert plan_document(found)["winner"] is None


def test_too_few_workers_let_the_queue_grow() -> None:
    """35 a second asked, 30 done: it grows by five a second, and nothing is simulated."""
    judgement = judge(busy("1s").changed({"workers.count": 3}), busy("1s").slo)
    assert (judgement.fate, judgement.items, judgement.summary) == (Fate.MISSED, 0, None)
    assert judgement.growth == pytest.approx(5)


@pytest.fixture(scope="module")
def whole() -> Plan:
    """A plan with all that it says, of whole machines."""
    machines = {"workers": {"machines": 1, "per_machine": 2}}
    return plan(busy("600ms", **machines))


def test_machines_are_bought_whole(whole: Plan) -> None:
    """Two workers a machine: three machines are the least for six workers or five."""
    assert whole.key == "workers.machines"
    assert whole.winner == 3
    assert 1.01 < whole.load_factor < 2
    assert 1.01 < whole.service_factor < 2
    assert whole.rules["Little + 30 %"] == math.ceil(1.3 * 1.75)
    names = [one.name for one in whole.what_ifs]
    assert names == ["twice the load", "each machine its own queue", "smooth arrivals"]
    double = whole.what_ifs[0]
    assert double.judgement.fate is Fate.MISSED
    assert double.needs is not None and double.needs > 3


def test_what_is_said_of_a_plan(whole: Plan) -> None:
    """Text, document and page tell the same answer."""
    text = plan_text(whole)
    for word in ("BUY 3", "HOW SURE", "BREAKS AT", "What if", "one machine lost", "<- buy"):
        assert word in text
    document = plan_document(whole)
    assert document["schema"] == "queuetwin/plan/1"
    assert document["winner"]["changes"] == {"workers.machines": 3}
    assert document["neighbour"]["changes"] == {"workers.machines": 2}
    page = plan_page(whole, "queuetwin plan <file>")
    assert "BUY 3" in page and "<svg" in page and "&lt;file&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_scenario_asks_what_if_too() -> None:
    """A world of the file stands behind the usual ones, with what it would need."""
    campaign = {"name": "the campaign", "changes": {"arrivals.rate": "70/s"}}
    found = plan(busy("600ms", what_if=[campaign]))
    own = found.what_ifs[-1]
    assert own.name == "the campaign"
    assert own.judgement.scenario.arrivals.mean_rate == 70
    assert own.judgement.fate is Fate.MISSED
    assert own.needs is not None and found.winner is not None and own.needs > found.winner
    assert "the campaign" in plan_text(found)
    assert Scenario.from_dict(found.scenario.to_dict()) == found.scenario


def test_a_backlog_is_planned_by_whole_runs() -> None:
    """200 items at once, 100 ms each, done within 2.2 s: ten workers (and nothing random)."""
    scenario = pool().changed({
        "items": 200, "workers.count": 1, "queue.capacity": None,
        "service": {"distribution": "deterministic", "mean": "100ms"},
        "slo": [{"measure": "response_time.p99", "below": "2.05s"}],
    })  # fmt: skip
    found = plan(scenario, further=False)
    assert (found.winner, found.fate) == (10, Fate.MET)


def test_a_plan_without_a_limit_is_refused() -> None:
    """Nothing to keep: the message shows how a limit is written."""
    with pytest.raises(ScenarioError, match="a plan needs a limit"):
        plan(poisson("1/s", "1ms", 1))


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
