"""What a backend cannot do it refuses by name, all at once, before anything runs."""

import sys
from typing import Any

import pytest

from queuetwin.model import Scenario
from queuetwin.model.base.errors import RunError, ScenarioError
from queuetwin.realrun.backends.backend import refuse, refuse_unable
from queuetwin.realrun.backends.registry import backend_named

PLAIN: dict[str, Any] = {
    "items": 10,
    "arrivals": {"process": "poisson", "rate": "1k/s"},
    "workers": {"count": 2},
    "service": {"distribution": "exponential", "mean": "2ms"},
}
EXPONENTIAL = {"distribution": "exponential", "mean": "10ms"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "order": ({"queue.order": "lifo"}, 'queue.order = "lifo"'),
    "drop-oldest": (
        {"queue": {"capacity": 2, "when_full": "drop-oldest"}},
        'queue.when_full = "drop-oldest"',
    ),
    "patience": ({"queue.patience": EXPONENTIAL}, "queue.patience = "),
    "own queues": (
        {"workers": {"machines": 2, "per_machine": 1, "own_queue": True}},
        "workers.own_queue = true",
    ),
    "schedule": ({"workers.schedule": [["1s", 1]]}, "workers.schedule"),
    "idle timeout": ({"workers.idle_timeout": "5s"}, "workers.idle_timeout = 5s"),
    "breakdown": (
        {"workers.breakdown": {"every": EXPONENTIAL, "repair": EXPONENTIAL}},
        "workers.breakdown",
    ),
    "retries": ({"failures.attempts": 3}, "failures.attempts = 3"),
    "producers": ({"arrivals.producers": 2}, "arrivals.producers = 2"),
    "users": (
        {"arrivals": {"process": "closed", "users": 3, "think": EXPONENTIAL}},
        "arrivals.users = 3",
    ),
}


@pytest.mark.parametrize(("changes", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_the_executor_refuses_by_name(changes: dict[str, Any], text: str) -> None:
    """What an executor's queue and threads do not know; other backends do."""
    scenario = Scenario.from_dict(PLAIN).changed(changes)
    with pytest.raises(ScenarioError, match="the backend executor cannot do this") as refused:
        refuse(backend_named("executor"), scenario, None)
    assert str(refused.value).startswith(text)
    for name in ("threads", "processes", "asyncio"):
        refuse(backend_named(name), scenario, None)


def test_all_refusals_come_at_once() -> None:
    """With a capacity that no real worker knows among them."""
    scenario = Scenario.from_dict(PLAIN).changed(
        {"failures.attempts": 3, "queue": {"capacity": 0, "when_full": "reject", "order": "lifo"}}
    )
    with pytest.raises(ScenarioError) as refused:
        refuse(backend_named("executor"), scenario, None)
    keys = {problem.key for problem in refused.value.problems}
    assert keys == {"queue.capacity", "queue.order", "failures.attempts"}


def test_an_unknown_backend_says_which_there_are() -> None:
    """By their names, in the order of the documentation."""
    with pytest.raises(ValueError, match="there are threads, processes, asyncio, executor"):
        backend_named("fibres")


def test_what_a_run_would_refuse_is_refused_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenario, its task, and what the machine lacks."""
    refuse_unable(backend_named("threads"), Scenario.from_dict(PLAIN))
    with pytest.raises(ScenarioError, match="the backend executor cannot do this"):
        refuse_unable(
            backend_named("executor"), Scenario.from_dict(PLAIN).changed({"queue.order": "lifo"})
        )
    with pytest.raises(ScenarioError, match="cannot be imported"):
        refuse_unable(
            backend_named("threads"),
            Scenario.from_dict(PLAIN).changed({"service.task": "no_such:f"}),
        )
    monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    with pytest.raises(RunError, match=r"pip install 'queuetwin\[redis\]'"):
        refuse_unable(backend_named("redis"), Scenario.from_dict(PLAIN))
