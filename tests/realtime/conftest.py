"""What the realtime tests share: threads that are joined, events with a limit, and tasks.

No test here waits by sleeping: each waits for something to happen, for at most LIMIT_S, which
is far longer than it takes and is reached only by a program that hangs.
"""

import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from queuetwin.model import Scenario

LIMIT_S = 2.0
CREW = ("worker-", "producer-", "return-line-")


class Crew:
    """Threads of one test, all of which must have ended when it is over."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.faults: list[BaseException] = []

    def start(self, life: Callable[..., object], *args: object) -> threading.Thread:
        """A running thread; what it raises is kept, and fails the test in `gather`."""

        def live() -> None:
            try:
                life(*args)
            except BaseException as fault:
                self.faults.append(fault)

        thread = threading.Thread(target=live, daemon=True)
        self.threads.append(thread)
        thread.start()
        return thread

    def gather(self) -> None:
        """Every thread has ended within the limit, and none by an exception."""
        for thread in self.threads:
            thread.join(LIMIT_S)
        assert not self.faults, self.faults
        assert not [thread for thread in self.threads if thread.is_alive()], "a thread hangs"


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


def crew_alive() -> list[str]:
    """The names of the threads of runs that have not ended."""
    names = [thread.name for thread in threading.enumerate()]
    return sorted(name for name in names if name.startswith(CREW))


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
