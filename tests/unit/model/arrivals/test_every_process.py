"""Every row of the table of arrival processes is known to all that must know one.

Each is made of the examples beside its fields, so a new row is walked without a line here.
"""

from typing import Any

import numpy as np
import pytest

from queuetwin.model import Scenario, ScenarioError, Workload
from queuetwin.model.arrivals.process import ArrivalProcess
from queuetwin.model.arrivals.processes import PROCESSES
from queuetwin.model.language.lints import lints
from queuetwin.model.language.schema import scenario_schema
from queuetwin.model.language.time_scale import slowed
from queuetwin.model.language.traffic import long_run
from queuetwin.reports.presentation.language_page import language_page

COUNT = 20_000
SCHEMA = scenario_schema()
EVERY = pytest.mark.parametrize("kind", PROCESSES, ids=lambda kind: kind.__name__)


def name_of(kind: type[ArrivalProcess]) -> str:
    """As a file writes it."""
    return str(SCHEMA["$defs"][kind.__name__]["properties"]["process"]["const"])


def example_of(kind: type[ArrivalProcess]) -> dict[str, Any]:
    """The table made of the examples of what a file must say."""
    schema = SCHEMA["$defs"][kind.__name__]
    ways = [way.get("required", ()) for way in schema.get("oneOf", [{}])]
    needed = [*schema["required"], *ways[-1]]  # of a file or a list, the list
    fields = {key: schema["properties"][key] for key in needed}
    return {key: one.get("const") or one["examples"][0] for key, one in fields.items()}


def made(kind: type[ArrivalProcess], items: int | None = COUNT) -> Scenario:
    """A pool to which items come so, with workers enough."""
    return Scenario.from_dict({
        "items": None if kind.ends_by_itself else items,
        "arrivals": example_of(kind),
        "workers": {"count": 1000},
        "service": {"distribution": "exponential", "mean": "1ms"},
    })  # fmt: skip


@EVERY
def test_the_class_says_what_it_is(kind: type[ArrivalProcess]) -> None:
    """Whether a process is stationary has no default: forgotten, it would be silently wrong."""
    assert isinstance(vars(kind)["stationary"], bool)
    assert not (kind.stationary and (kind.ends_by_itself or kind.starts_with_all))


@EVERY
def test_interarrivals_have_the_mean_rate(kind: type[ArrivalProcess]) -> None:
    """Within 10 percent, where the arrivals are planned by the clock and go on."""
    scenario = made(kind)
    gaps = Workload.draw(scenario).all().gap
    assert len(gaps) == (len(scenario.arrivals.times) if kind.ends_by_itself else COUNT)
    assert (gaps >= 0).all()
    rate = scenario.arrivals.mean_rate
    if kind.stationary and rate is not None:
        assert 1 / gaps.mean() == pytest.approx(rate, rel=0.1)


@EVERY
def test_independent_gaps_are_of_their_distribution(kind: type[ArrivalProcess]) -> None:
    """The shares of gaps above three quantiles, within 5 standard errors."""
    arrivals, gaps = made(kind).arrivals, Workload.draw(made(kind)).all().gap
    distribution = arrivals.independent_gaps
    if distribution is None:
        return
    limits = np.quantile(gaps, [0.25, 0.5, 0.9]) * (1 + 1e-9)
    survival = distribution.survival(limits * arrivals.mean_rate * distribution.mean_time)
    shares = np.array([(gaps > limit).mean() for limit in limits])
    assert (np.abs(shares - survival) <= 5 * np.sqrt(0.25 / COUNT)).all()


@EVERY
def test_only_a_process_that_ends_by_itself_needs_no_end(kind: type[ArrivalProcess]) -> None:
    if kind.ends_by_itself:
        assert made(kind, None).items is None
    else:
        with pytest.raises(ScenarioError, match="a run ends by items or by duration"):
            made(kind, None)


@EVERY
def test_the_rest_of_the_language_knows_it(kind: type[ArrivalProcess]) -> None:
    """Its text, traffic and lints work, slow motion stretches it, the page explains it."""
    scenario = made(kind)
    assert scenario.arrivals.text()
    assert long_run(scenario) == kind.stationary
    assert isinstance(lints(scenario), tuple)
    slow = Workload.draw(slowed(scenario, 10)).all().gap
    assert slow == pytest.approx(10 * Workload.draw(scenario).all().gap, rel=1e-6)
    assert f'| `process = "{name_of(kind)}"` | ' in language_page()
    assert f"one of {len(PROCESSES)} kinds" in language_page()
