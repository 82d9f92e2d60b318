"""Notes on what is unwise: each case is said with its key and reason, and a sound pool has none."""

from typing import Any

import pytest

from builders import poisson
from queuetwin.model.language.lints import lints

TEN_SECONDS = {"distribution": "exponential", "mean": "10s"}
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "overload": ({"workers.count": 1}, "workers.count", "200% of what the workers can do"),
    "lost under load": (
        {"workers.count": 1, "queue": {"capacity": 2, "when_full": "reject"}},
        "workers.count",
        "some items will be lost",
    ),
    "retries": (
        {"failures": {"probability": 0.9, "attempts": 9, "backoff": "1s"}},
        "workers.count",
        "retries make it 408% of 67%",
    ),
    "patience": (
        {"queue.patience": {"distribution": "deterministic", "mean": "10ms"}},
        "queue.patience",
        "less than one service takes (0.1 s)",
    ),
    "short run": (
        {"items": 500, "slo": [{"measure": "response_time.p99", "below": "1s"}]},
        "slo.0",
        "rests on the 5 slowest: 5,000 items",
    ),
    "short duration": (
        {"duration": "10s", "slo": [{"measure": "response_time.p99.9", "below": "1s"}]},
        "slo.0",
        "p99.9 of 200 items",
    ),
    "never full": ({"queue.when_full": "reject"}, "queue.when_full", "never full"),
    "more places than items": ({"queue.capacity": 9000}, "queue.capacity", "no more items"),
    "more places than users": (
        {"arrivals": {"process": "closed", "users": 5, "think": TEN_SECONDS}, "queue.capacity": 5},
        "queue.capacity",
        "no more users",
    ),
    "a backlog through one producer": (
        {"arrivals": {"process": "backlog"}, "queue.capacity": 5},
        "queue.capacity",
        "changes no start",
    ),
    "priority of nothing": ({"queue.order": "priority"}, "queue.order", "equally urgent"),
    "urgency that nobody reads": (
        {"class": [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5, "priority": 3}]},
        "class",
        'order = "priority"',
    ),
    "attempts at nothing": ({"failures.attempts": 3}, "failures.attempts", "nothing fails"),
    "a pause before nothing": (
        {"failures": {"probability": 0.1, "backoff": "1s"}},
        "failures.backoff",
        "nothing comes back",
    ),
    "a limit below the mean": (
        {"failures.time_limit": "10ms"},
        "failures.time_limit",
        "thrown away",
    ),
    "impatient workers": ({"workers.idle_timeout": "10ms"}, "workers.idle_timeout", "have left"),
    "slow at a crowd that never comes": (
        {"service.slowdown": [[9, 0.5]]},
        "service.slowdown",
        "never are 9",
    ),
    "a task works as much as it does": (
        {"service.task": "time:sleep", "service.cpu_share": 0.3},
        "service.cpu_share",
        "needs the processor for as long as it does",
    ),
    "more work than one processor does": (
        {"service.cpu_share": 1},
        "service.cpu_share",
        "200% of one processor",
    ),
    "a task has its own speed": (
        {"service.task": "time:sleep", "workers.speeds": [1, 1, 2]},
        "workers.speeds",
        "only the model",
    ),
}


def notes(changes: dict[str, Any]) -> list[tuple[str, str]]:
    pool = poisson("20/s", "100ms", 3, {"items": 8000}).changed(changes)
    return [(note.key, note.message) for note in lints(pool)]


@pytest.mark.parametrize("case", CASES)
def test_what_is_unwise_is_said_with_its_reason(case: str) -> None:
    """The note names the key and says why."""
    changes, key, reason = CASES[case]
    assert [key for key, message in notes(changes) if reason in message] == [key]


def test_a_sound_pool_has_no_notes() -> None:
    """Nothing is said where nothing is unwise."""
    assert notes({}) == []
    assert notes({"queue.capacity": 10, "failures": {"probability": 0.1, "attempts": 2}}) == []
