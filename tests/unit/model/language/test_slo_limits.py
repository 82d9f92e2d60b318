"""The limit of an SLO is in the unit of its measure."""

import pytest

from builders import PLAIN, pool
from scenario_files import refusal


@pytest.mark.parametrize(
    ("measure", "below", "limit", "text"),
    [
        ("response_time.p99", "250ms", 0.25, "250ms"),
        ("response_time.p99.9", "1s", 1.0, "1s"),
        ("loss_ratio", "1%", 0.01, "0.01"),
        ("loss_ratio.mean", 0.01, 0.01, "0.01"),
        ("queue_depth.max", 30, 30.0, "30"),
        ("throughput", "12.5", 12.5, "12.5"),
    ],
)
def test_a_limit_is_in_the_unit_of_its_measure(
    measure: str, below: object, limit: float, text: str
) -> None:
    """Times are durations, shares are shares, the rest are plain numbers."""
    (slo,) = pool({"slo": [{"measure": measure, "below": below}]}).slo
    assert (slo.below, slo.limit_text()) == (limit, text)
    assert slo.parts()[0].name == measure.partition(".")[0]


@pytest.mark.parametrize(
    ("measure", "below", "advice"),
    [
        ("response_time.p99", 150, "needs a unit"),
        ("loss_ratio", "150ms", "a share is written like"),
        ("queue_depth", "3s", "a plain number of 0 or more"),
        ("queue_depth", -3, "a plain number of 0 or more"),
    ],
)
def test_a_limit_in_another_unit_is_refused(measure: str, below: object, advice: str) -> None:
    """A limit that its measure cannot have is told with the unit that it needs."""
    assert advice in refusal({**PLAIN, "slo": [{"measure": measure, "below": below}]})
