"""A rate that this machine cannot send is refused, with the rate that it can.

Producers that nothing blocks, and that are nevertheless ever further behind their schedule, are
the bottleneck: such a run shows the producer, not the pool.
"""

from __future__ import annotations

from collections.abc import Sequence

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.base.errors import RunError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import holds_back
from queuetwin.realrun.pacing.producers import PutLog

# So far behind, and by so large a part of the time that has passed, is no passing disturbance.
_BEHIND_NS = 500_000_000
_BEHIND_SHARE = 0.1


def refuse_unpaced(scenario: Scenario, puts: Sequence[PutLog], origin: int, now: int) -> None:
    """Raise RunError when the producers cannot keep up with the rate of the scenario.

    `origin` and `now` are the start of the run and the present (ns of the clock).
    """
    rate, passed = scenario.arrivals.mean_rate, now - origin
    if rate is None or passed <= 0 or holds_back(scenario):
        return
    behind = min((_behind(log) for log in puts), default=0)
    if behind < max(_BEHIND_NS, _BEHIND_SHARE * passed):
        return
    sent = sum(len(log.puts) for log in puts) * SECOND_NS / passed
    if sent < rate:
        message = f"this machine can send {sent:,.0f} items/s here, not the {rate:,.0f}/s asked for"
        raise RunError(f'{message}: lower the rate, or write pacing = "gap"')


def _behind(log: PutLog) -> int:
    """By how much (ns) the last put of a producer was later than planned."""
    if not log.puts:
        return 0
    _, planned, offered, _, _ = log.puts[-1]
    return offered - planned
