"""Threads of tests: started together, waited for with a limit, and known by their names.

No realtime test waits by sleeping: each waits for something to happen, for at most LIMIT_S,
which is far longer than it takes and is reached only by a program that hangs.
"""

import threading
from collections.abc import Callable

LIMIT_S = 60.0
CREW = ("worker-", "producer-", "timekeeper-", "loop-", "executor-", "return-")


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


def crew_alive() -> list[str]:
    """The names of the threads of runs that have not ended."""
    names = [thread.name for thread in threading.enumerate()]
    return sorted(name for name in names if name.startswith(CREW))


def see_home() -> None:
    """Wait, with the limit, for the threads of runs that are on their way home."""
    for thread in threading.enumerate():
        if thread.name.startswith(CREW):
            thread.join(LIMIT_S)
