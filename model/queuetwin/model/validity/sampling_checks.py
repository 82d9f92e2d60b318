"""Whether chance did what the file says, and the machine stayed the same throughout.

Statistical checks: each gives a false alarm in one of ten thousand runs.  They never do more
than degrade: the model gets the same items, however rare these are.  A mean is judged by the
normal law, so only where that law holds: where there are more than a hundred items for the
square of the skewness (rare long times need more); spread and skewness are those of a hundred
thousand variates of the file's distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import bdtr, bdtrc, ndtri  # type: ignore[import-untyped]

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.randomness import reference_generators
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.language.traffic import mean_service
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.student import t_point
from queuetwin.model.validity.checks import Check, Trust, short

FALSE_ALARMS = 1e-4
"""How often each check of a run gives a false alarm."""

_MOST_OFF = float(-ndtri(FALSE_ALARMS / 2))
_FEWEST_FOR_SKEWNESS = 100
_FEWEST_VARIATES = 100
_REFERENCE = 100_000
# Services that grow by more than this share of themselves are not the same any more.
_DRIFT = 0.01
_BATCHES = 32
_FEWEST_A_BATCH = 8


def chance_checks(run: Run, scenario: Scenario, workload: Workload) -> Iterator[Check]:
    """The checks that the run is long enough for."""
    if run.header.digest != workload.digest:
        return
    draws = workload.all()
    yield from _rate(draws, scenario)
    if not scenario.classes:
        yield from _services(draws, scenario.stage)
        yield from _failures(draws, scenario.stage)
    yield from _steady(run, scenario, draws)


def _rate(draws: Draws, scenario: Scenario) -> Iterator[Check]:
    arrivals = scenario.arrivals
    law = arrivals.independent_gaps
    if law is None or arrivals.mean_rate is None:
        return
    own_gap = arrivals.pacing == "gap"
    mean = (arrivals.producers if own_gap else 1) / arrivals.mean_rate
    trust = _mean_trust(draws.gap / mean, _shape_of(law).spread)
    if trust is not None:
        figure = f"items came every {short(float(draws.gap.mean()))}, the file says {short(mean)}"
        yield Check(name="rate drawn", trust=trust, figure=figure)


def _services(draws: Draws, stage: Stage) -> Iterator[Check]:
    service = stage.service
    sample, law = draws.demand[0] / service.mean_time, _shape_of(service)
    if (trust := _mean_trust(sample, law.spread)) is not None:
        drawn, said = short(float(draws.demand[0].mean())), short(service.mean_time)
        figure = f"services drawn take {drawn} on average, the file says {said}"
        yield Check(name="service drawn", trust=trust, figure=figure)
    if (trust := _mean_trust(sample**2 / law.square, law.spread_of_squares)) is not None:
        cv = float(sample.std() / sample.mean())
        figure = f"services drawn vary by {cv:.2f} of their mean, the file says {law.cv:.2f}"
        yield Check(name="variability drawn", trust=trust, figure=figure)


def _failures(draws: Draws, stage: Stage) -> Iterator[Check]:
    probability = stage.failures.probability
    if not 0 < probability < 1:
        return
    fails, count = int(draws.fails[0].sum()), len(draws)
    side = FALSE_ALARMS / 2
    rare = bdtr(fails, count, probability) < side or (
        fails > 0 and bdtrc(fails - 1, count, probability) < side
    )
    figure = f"{fails / count:.2%} of first attempts fail, the file says {probability:.2%}"
    trust = Trust.DEGRADED if rare else Trust.VALID
    yield Check(name="failures drawn", trust=trust, figure=figure)


def _steady(run: Run, scenario: Scenario, draws: Draws) -> Iterator[Check]:
    """Sleeps of the second half against those of the first: what they took beyond their draw.

    Where workers share a processor, slow each other down or break, services depend on each
    other, and nothing is said.
    """
    stage = scenario.stage
    workers, service = stage.workers, stage.service
    if service.task or service.cpu_share or service.slowdown or workers.speeds or workers.breakdown:
        return
    attempts = run.attempts
    whole = np.flatnonzero(attempts["outcome"] == Outcome.COMPLETED)
    whole = whole[np.argsort(attempts["started"][whole], kind="stable")]
    if len(whole) < 2 * _BATCHES * _FEWEST_A_BATCH:
        return
    started, finished, item, attempt = (
        attempts[name][whole] for name in ("started", "finished", "item", "attempt")
    )
    over = finished - started - draws.lengths()[attempt - 1, item]
    batches = np.array([part.mean() for part in np.array_split(over, 2 * _BATCHES)])
    first, second = batches[:_BATCHES], batches[_BATCHES:]
    share = float(second.mean() - first.mean()) / mean_service(scenario)
    certain = _is_certain(first, second)
    yield Check(
        name="steady",
        trust=Trust.DEGRADED if certain and abs(share) > _DRIFT else Trust.VALID,
        figure=f"services of the second half took {share:+.2%} of a mean service longer",
    )


def _is_certain(first: Floats, second: Floats) -> bool:
    """Whether two means of batches differ by more than chance (Student's t, equal spreads)."""
    error = math.sqrt((first.var(ddof=1) + second.var(ddof=1)) / _BATCHES)
    apart = abs(float(second.mean() - first.mean()))
    return apart > t_point(2 * _BATCHES - 2, 1 - FALSE_ALARMS) * error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Of standardised variates: spread, coefficient of variation, mean square and its spread."""

    spread: tuple[float, float]
    cv: float
    square: float
    spread_of_squares: tuple[float, float]


@lru_cache(maxsize=16)
def _shape_of(law: Distribution) -> _Shape:
    """The shape of a distribution, from many of its variates, always the same ones."""
    variates = law.sampler(*reference_generators())(_REFERENCE)[0]
    squares = variates**2
    square = float(squares.mean())
    return _Shape(
        spread=_spread_of(variates),
        cv=float(variates.std() / variates.mean()),
        square=square,
        spread_of_squares=_spread_of(squares / square),
    )


def _spread_of(law: Floats) -> tuple[float, float]:
    """Standard deviation and skewness of a law's variates; 0 and 0 where all are alike."""
    spread = float(law.std())
    return spread, float(((law - law.mean()) ** 3).mean()) / spread**3 if spread else 0.0


def _mean_trust(sample: Floats, spread: tuple[float, float]) -> Trust | None:
    """Whether a sample may have mean 1, with a law's spread; None where it is too short."""
    deviation, skewness = spread
    fewest = max(_FEWEST_VARIATES, _FEWEST_FOR_SKEWNESS * skewness**2)
    if deviation == 0 or len(sample) < fewest:
        return None
    off = abs(float(sample.mean()) - 1) * math.sqrt(len(sample)) / deviation
    return Trust.DEGRADED if off > _MOST_OFF else Trust.VALID
