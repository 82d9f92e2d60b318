"""Every row of the measure table is known to all that must know it."""

import math

import pytest

from builders import poisson
from queuetwin.model import Scenario, Summary, simulate, summarise
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.language.slo import Slo
from queuetwin.model.records.measures import MEASURES
from queuetwin.reports.presentation.wording import figure_text, measure_title

PLAIN = {"queue": {"capacity": 3, "when_full": "reject"}, "failures.probability": 0.1}
# Quantiles of a stream come from a histogram.
_WITHIN = 2e-3
RETRIES = {**PLAIN, "failures.attempts": 3, "failures.backoff": "10ms"}


@pytest.fixture(scope="module", params=[PLAIN, RETRIES], ids=["streamed", "event-driven"])
def told(request: pytest.FixtureRequest) -> tuple[Scenario, Summary, Summary]:
    """A scenario, the summary of a stream of it, and that of the same run in one piece."""
    scenario = poisson("110/s", "20ms", 2, {"items": 20_000, **request.param})
    stream = SteadyState(scenario, level=0.95)
    stream.extend(20_000)
    run = simulate(scenario.changed({"items": stream.items}))
    return scenario, stream.summary(), summarise(run)


@pytest.mark.parametrize("name", MEASURES)
def test_a_whole_run_and_a_stream_tell_the_same(
    told: tuple[Scenario, Summary, Summary], name: str
) -> None:
    """A measure that one of the two estimators forgets has no figures there."""
    scenario, stream, whole = told
    streamed, figures = stream.measures.get(name, {}), whole.measures.get(name, {})
    assert set(streamed) == set(figures) - {"max"}
    if MEASURES[name].only_with_retries or name == "backing_off":
        assert bool(figures) == (scenario.stage.failures.attempts > 1)
    else:
        assert figures
    for statistic, estimate in streamed.items():
        assert math.isclose(
            estimate.estimate, figures[statistic].estimate, rel_tol=_WITHIN, abs_tol=1e-9
        ), statistic


@pytest.mark.parametrize("name", MEASURES)
def test_people_can_read_it_and_limit_it(name: str) -> None:
    """Titles, figures with units, and a limit in its unit."""
    below = {"seconds": "1s", "share": 0.5}.get(MEASURES[name].unit, 3)
    assert measure_title(name) and figure_text(name, 0.5)
    assert Slo.model_validate({"measure": name, "below": below}).parts()[0] is MEASURES[name]
