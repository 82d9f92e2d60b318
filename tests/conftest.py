"""What all tests share: compiled code that is as new as its source, and one Redis server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import queuetwin.model
from broker import Broker, redis_server

# How long an example takes says something of the machine, and nothing of the program.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Forget compiled steps of an older source: numba looks at the outermost file only."""
    engine = Path(queuetwin.model.__file__).parent / "engines" / "compiled"
    newest = max(file.stat().st_mtime for file in engine.glob("*.py"))
    for kept in (engine / "__pycache__").glob("*.nb[ic]"):
        if kept.stat().st_mtime < newest:
            kept.unlink(missing_ok=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of these kinds are slow as a whole; elsewhere a slow test is marked where it stands."""
    slow = [Path(__file__).parent / kind for kind in ("conformance", "realtime", "statistical")]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in slow):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def redis_of_all() -> Iterator[Broker]:
    """The server of all tests that leave it alive."""
    with redis_server() as found:
        yield found


@pytest.fixture
def broker(redis_of_all: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """The same, where runs find it."""
    monkeypatch.setenv("QUEUETWIN_REDIS", redis_of_all.address)
    return redis_of_all
