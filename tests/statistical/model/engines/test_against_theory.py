"""The SimPy model against closed forms, in standard errors of its own replications.

Ten replications of 10,000 items each, without their first 1,000.  A figure's error is told by
the spread of the replications, so Student's t with 9 degrees of freedom gives the limit: with
the seeds fixed a test passes or fails for good; with new seeds one figure among all of them
would raise a false alarm with probability 1 %.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, MeasureRows
from queuetwin.model.records.run import Outcome
from queuetwin.model.statistics.student import t_point
from queuetwin.model.theory import solve

REPLICATIONS = 10
ITEMS = 10_000
WARM = 1_000
FALSE_ALARM = 0.01
FIGURES = 6 * 6
ABOVE_P95 = "share above theory's p95"
LIMIT = t_point(REPLICATIONS - 1, 1 - FALSE_ALARM / FIGURES)

REJECT = {"queue": {"capacity": 16, "when_full": "reject"}}
POOLS = {
    "M/M/1 at .5": poisson("5/s", "100ms", 1),
    "M/M/1 at .8": poisson("8/s", "100ms", 1),
    "M/M/4 at .5": poisson("20/s", "100ms", 4),
    "M/M/4 at .8": poisson("32/s", "100ms", 4),
    "M/M/4 at .8, blocked": poisson("32/s", "100ms", 4, {"queue.capacity": 3}),
    "M/M/4/20 at 1.1": poisson("44/s", "100ms", 4, REJECT),
}

# what theory does not name: a queue that rejects holds nobody back
BY_DEFINITION = {"held_back": 0.0, ABOVE_P95: 0.05}


def depth(run: Run, population: str, begin: float, end: float) -> float:
    """Time average of a population between two instants."""
    instants, number = depth_steps(MEASURES[population].source(MeasureRows.of(run)))
    edges = np.clip(np.append(instants, run.header.window), begin, end)
    return float((np.diff(edges) * number).sum() / (end - begin))


def figures(run: Run) -> dict[str, float]:
    """What the items after the warm-up, and the time until the last arrival, say."""
    late = np.arange(ITEMS) >= WARM
    items = run.items
    begin, end = items["planned"][WARM], items["planned"][-1]
    done = late & (items["outcome"] == Outcome.COMPLETED)
    response = (items["finished"] - items["planned"])[done]
    theory_p95 = solve(Scenario.from_dict(run.header.scenario)).measures["response_time"]["p95"]
    return {
        "queue_depth": depth(run, "queue_depth", begin, end),
        "held_back": depth(run, "held_back", begin, end),
        "busy_workers": depth(run, "busy_workers", begin, end),
        "loss_ratio": float((items["outcome"][late] == Outcome.REJECTED).mean()),
        "response_time": float(response.mean()),
        ABOVE_P95: float((response > theory_p95).mean()),
    }


@pytest.mark.parametrize("scenario", POOLS.values(), ids=POOLS.keys())
def test_the_model_agrees_with_theory(scenario: Scenario) -> None:
    """Depth, held back, busy workers, loss, mean response and its 95 % point."""
    scenario = scenario.changed({"items": ITEMS})
    told = [
        figures(simulate(scenario, Workload.draw(scenario, replication=replication)))
        for replication in range(REPLICATIONS)
    ]
    known = solve(scenario).measures
    for name in told[0]:
        series: NDArray[np.float64] = np.array([one[name] for one in told])
        expected = known[name]["mean"] if name in known else BY_DEFINITION[name]
        error = series.std(ddof=1) / np.sqrt(REPLICATIONS)
        assert abs(series.mean() - expected) <= LIMIT * error + 1e-12, (
            f"{name}: {series.mean():.5g} of {expected:.5g}, "
            f"{abs(series.mean() - expected) / error:.1f} standard errors"
        )
