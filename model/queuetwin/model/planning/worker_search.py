"""The least number of workers, or machines, that keeps every limit: a bracket and a bisection.

On the same draws more workers never make a figure worse, so each judgement halves the interval; a
number is simulated for as long as its limits ask, and no longer.  Where the greatest number that
would still be worth having is known, it is judged first: if it misses, so do all below it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence

from queuetwin.model.estimation.slo_judgement import Decision, Judgement
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import offered_load

EVERY_NUMBER = range(1, 100_001)


class Search:
    """Judgements by number, each made once; `numbers` are those that may be bought, ascending."""

    def __init__(
        self,
        scenario: Scenario,
        key: str,
        judged: Callable[..., Judgement],
        numbers: Sequence[int] = EVERY_NUMBER,
    ) -> None:
        self.tried: dict[int, Judgement] = {}
        self._scenario, self._key, self._judged = scenario, key, judged
        self._numbers = numbers
        self.load_of_one = offered_load(scenario.changed({key: 1}))
        self._fewest = _fewest(scenario, self.load_of_one)

    @property
    def items(self) -> int:
        """How many items were simulated so far."""
        return sum(judgement.items for judgement in self.tried.values())

    def judged(self, number: int) -> Judgement:
        """The judgement of the limits with this number, made once."""
        if number not in self.tried:
            self.tried[number] = self._judged(self._scenario.changed({self._key: number}))
        return self.tried[number]

    def measure(self, number: int) -> None:
        """Simulate a number on until its figures have bounds; its decision stays."""
        before = self.tried[number]
        if before.decision is Decision.UNDECIDED or not _unbounded(before):
            return
        found = self._judged(before.scenario, ranges=True)
        if found.decision is before.decision:
            self.tried[number] = found

    def least(self, near: int | None = None) -> tuple[int | None, Decision]:
        """The least number that keeps all limits, and its decision.

        The search begins about `near`, where a guess is given.
        """
        low, high = self._bracket() if near is None else self._bracket_about(near)
        return self._between(low, high, len(self._numbers))

    def least_among(self, count: int) -> tuple[int | None, Decision]:
        """The same among the first `count` of the numbers, where no other is worth having."""
        if not count:
            return None, Decision.MISSED
        low, high = self._too_few() - 1, count - 1
        keeps = self._at(high) is not Decision.MISSED
        return self._between(low, high if keeps else None, count)

    def _between(self, low: int, high: int | None, count: int) -> tuple[int | None, Decision]:
        """Bisect between a place that misses and one that does not."""
        if high is None:
            return None, Decision.MISSED
        while high - low > 1:
            middle = (low + high) // 2
            if self._at(middle) is Decision.MISSED:
                low = middle
            else:
                high = middle
        decision = self._at(high)
        # An undecided number may stand just before one that meets all limits.
        if (
            decision is Decision.UNDECIDED
            and high + 1 < count
            and self._at(high + 1) is Decision.MET
        ):
            return self._numbers[high + 1], Decision.UNDECIDED
        return self._numbers[high], decision

    def _bracket(self) -> tuple[int, int | None]:
        """The places of a number that misses and of one that does not; None where none does."""
        low, last = self._too_few() - 1, len(self._numbers) - 1
        step = max(1, math.isqrt(self._fewest) // 2)
        if low == last:
            # The greatest number cannot keep up: judged all the same, to be shown.
            self._at(last)
        return self._upwards(low, step)

    def _bracket_about(self, near: int) -> tuple[int, int | None]:
        high, step, too_few = bisect_left(self._numbers, near), 1, self._too_few() - 1
        if self._at(high) is Decision.MISSED:
            return self._upwards(high, step)
        while high - 1 > too_few:
            low = max(high - step, too_few + 1)
            if self._at(low) is Decision.MISSED:
                return low, high
            high, step = low, 2 * step
        return too_few, high

    def _upwards(self, low: int, step: int) -> tuple[int, int | None]:
        last = len(self._numbers) - 1
        while low < last:
            high = min(low + step, last)
            judgement = self.judged(self._numbers[high])
            if judgement.decision is not Decision.MISSED:
                return low, high
            if nobody_waits(judgement):
                break
            low, step = high, 2 * step
        return low, None

    def _at(self, place: int) -> Decision:
        return self.judged(self._numbers[place]).decision

    def _too_few(self) -> int:
        """How many of the numbers cannot keep up."""
        return bisect_left(self._numbers, self._fewest)


def _fewest(scenario: Scenario, load: float | None) -> int:
    """Below this number the workers cannot keep up; 1 where that is not known."""
    losing = scenario.stage.queue.patience or scenario.stage.queue.when_full != "block"
    return 1 if load is None or losing else math.floor(load) + 1


def _unbounded(judgement: Judgement) -> bool:
    return any(math.isnan(limit.figure.low) for limit in judgement.limits)


def nobody_waits(judgement: Judgement) -> bool:
    """Whether more workers could change nothing: hardly any item waits or is lost."""
    if judgement.summary is None:
        return False
    measures = judgement.summary.measures
    waiting = measures.get("waiting_time", {}).get("mean")
    response = measures.get("response_time", {}).get("mean")
    lost = measures["loss_ratio"]["mean"].estimate
    if waiting is None or response is None:
        return False
    return lost == 0 and waiting.estimate <= 1e-6 * response.estimate
