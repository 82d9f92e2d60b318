"""Slow motion: the same events at instants that are so many times as late."""

from typing import Any

import numpy as np
import pytest

from builders import poisson
from cases import BASE, CHANGES
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.language.time_scale import slowed

FACTOR = 8.0
TABLES = ("items", "attempts", "workers")
NOT_TIMES = ("cpu",)


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_every_instant_is_so_many_times_as_late(changes: dict[str, Any]) -> None:
    """The same outcomes in the same order; instants to within the rounding of their sums."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    slow = slowed(scenario, FACTOR)
    quick, late = (simulate(one, Workload.draw(one)) for one in (scenario, slow))
    assert late.header.window == pytest.approx(FACTOR * quick.header.window)
    for name in TABLES:
        for column, values in getattr(quick, name).items():
            found = getattr(late, name)[column]
            if values.dtype.kind == "f" and column not in NOT_TIMES:
                np.testing.assert_allclose(found, values * FACTOR, rtol=1e-9, atol=1e-9)
            else:
                np.testing.assert_array_equal(found, values)


def test_slowed_and_hastened_is_as_it_was() -> None:
    """By a power of two not a bit is lost, in limits and other worlds neither."""
    scenario = poisson(
        "80/s",
        "20ms",
        2,
        {
            "name": "5s",
            "slo": [
                {"measure": "response_time.p99", "below": "150ms"},
                {"measure": "throughput", "below": 40},
                {"measure": "loss_ratio", "below": 0.01},
            ],
            "what_if": [{"name": "twice", "changes": {"arrivals.rate": "160/s"}}],
        },
    )
    slow = slowed(scenario, FACTOR)
    assert [one.below for one in slow.slo] == [1.2, 5.0, 0.01]
    assert slow.name == "5s"
    assert slow.what_if[0].changes == {"arrivals.rate": "20/s"}
    assert slowed(slow, 1 / FACTOR).to_dict() == scenario.to_dict()


@pytest.mark.parametrize("factor", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_factor_is_refused(factor: float) -> None:
    """Nothing runs backwards."""
    with pytest.raises(ScenarioError, match="factor = "):
        slowed(poisson("80/s", "20ms", 2), factor)


def test_a_task_cannot_be_slowed() -> None:
    """It takes the time that it takes."""
    with pytest.raises(ScenarioError, match="takes the time that it takes"):
        slowed(poisson("80/s", "20ms", 2, {"service.task": "time:sleep"}), 2)
