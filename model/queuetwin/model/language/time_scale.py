"""`slowed`: the same scenario in slow motion, every duration so many times as long.

Nothing but the clock changes: the same items meet in the same order with the same draws, and
every time that is measured is so many times as long.  What a machine adds to each step is then a
smaller part of it, so that a weak or busy one can still run the scenario as it is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.units import (
    format_duration,
    format_rate,
    parse_duration,
    parse_number,
    parse_rate,
)
from queuetwin.model.language.scenario import Scenario

# What is text, whatever it looks like.
_WORDS = ("name", "task", "payloads", "measure")
_STILL = "0/s"


def slowed(scenario: Scenario, factor: float) -> Scenario:
    """The scenario with all durations times `factor` and all rates divided by it.

    Raises ScenarioError for a task, which takes the time that it takes, and for a factor that is
    no finite number above 0.

    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "8/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> slow = slowed(pool, 10)
    >>> slow.arrivals.mean_rate, slow.stage.service.mean_time
    (0.8, 1.0)
    """
    if not 0 < factor < math.inf:
        message, file = "must be above 0, such as 10", scenario.source.file
        problem = Problem(message=message, parameter="factor", value=f"{factor:g}", file=file)
        raise ScenarioError([problem])
    if scenario.stage.service.task is not None:
        message = "a task takes the time that it takes: only sleeps and burned time can be slowed"
        raise scenario.source.error("service.task", scenario.stage.service.task, message)
    data = scenario.to_dict()
    slow = {key: _slow(value, factor) for key, value in data.items() if key not in _WORDS}
    for limit in slow.get("slo", ()):
        _slow_limit(limit, factor)
    return scenario.changed(slow)


def _slow(value: Any, factor: float) -> Any:
    if isinstance(value, Mapping):
        return {key: one if key in _WORDS else _slow(one, factor) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_slow(one, factor) for one in value]
    if not isinstance(value, str) or value == _STILL:
        return value
    duration = _read(value, parse_duration)
    if duration is not None:
        return format_duration(duration * factor)
    rate = _read(value, parse_rate)
    return value if rate is None else format_rate(rate / factor)


def _slow_limit(limit: dict[str, Any], factor: float) -> None:
    """A limit on something per second is a plain number."""
    measure = str(limit["measure"])
    if measure.startswith("throughput"):
        limit["below"] = parse_number(limit["below"]) / factor


def _read(text: str, parse: Callable[[object], float]) -> float | None:
    try:
        return parse(text)
    except ValueError:
        return None
