"""What the realtime tests share: a crew of threads, a pool to change, and tasks to name."""

import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crew import Crew, crew_alive, see_home
from queuetwin.model import Scenario


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
def tiny_switch_interval() -> Iterator[None]:
    """Threads change places about five hundred times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def no_crew_left() -> Iterator[None]:
    """Neither before nor after the test is there a thread of a run."""
    assert crew_alive() == []
    yield
    assert crew_alive() == []


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What hanging tasks wait for; set in the end, and then every thread goes home."""
    event = threading.Event()
    yield event
    event.set()
    see_home()


@pytest.fixture
def task_named(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], Any]], str]:
    """Makes a function one that a scenario can name as its task."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def named(task: Callable[[int], Any]) -> str:
        module = types.ModuleType("a_task_under_test")
        module.run = task  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return f"{module.__name__}:run"

    return named


@pytest.fixture
def pool() -> Callable[..., Scenario]:
    """A small scenario, changed by dotted keys: `pool({"workers.count": 3})`."""

    def make(changes: dict[str, Any] | None = None, **whole_keys: Any) -> Scenario:
        plain = {
            "items": 50,
            "arrivals": {"process": "backlog"},
            "workers": {"count": 4},
            "service": {"distribution": "deterministic", "mean": "1ns"},
        }
        return Scenario.from_dict({**plain, **whole_keys}).changed(changes or {})

    return make
