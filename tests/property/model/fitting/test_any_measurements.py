"""Whatever was measured: a law and a process that a scenario can be made of."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model import Scenario
from queuetwin.model.fitting.arrival_fits import likely_arrival_fits, recorded
from queuetwin.model.fitting.distribution_choice import choose_distribution
from queuetwin.model.fitting.scenario_parts import scenario_with

POOL = {"workers": {"count": 2}, "items": 100}


@st.composite
def times(draw: st.DrawFn) -> np.ndarray:
    """Positive times of all sizes, spreads and repetitions."""
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    count = draw(st.integers(1, 400))
    scale = 10.0 ** draw(st.integers(-6, 4))
    spread = draw(st.sampled_from([0.0, 1e-5, 0.01, 0.5, 2.0, 5.0]))
    found = scale * np.exp(spread * generator.standard_normal(count))
    if draw(st.booleans()):
        found = np.ceil(found / scale) * scale
    found[generator.random(count) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    found[0] = scale
    return found


@settings(deadline=None, max_examples=40)
@given(times())
def test_every_law_can_be_written(measured: np.ndarray) -> None:
    """Zeros, constants, steps and nine orders of magnitude."""
    distribution = choose_distribution(measured, np.random.default_rng(1))
    came = recorded(np.arange(100.0), 100.0, "")
    scenario = scenario_with(came, distribution, POOL)
    assert scenario.stage.service.mean_time > 0
    assert distribution.why


@settings(deadline=None, max_examples=25)
@given(times())
def test_every_process_can_be_written(gaps: np.ndarray) -> None:
    """Many at one instant, in steps, with long silences."""
    instants = np.cumsum(gaps)
    distribution = choose_distribution(np.ones(10), np.random.default_rng(1))
    seconds = float(instants[-1]) * 1.01
    for one in likely_arrival_fits(instants, seconds, np.random.default_rng(1)):
        rest = {"workers": {"count": 2}}
        if one.name != "trace":
            rest |= {"duration": f"{seconds!r}s"} if one.name == "profile" else {"items": 10}
        scenario = scenario_with(one, distribution, rest)
        assert isinstance(scenario, Scenario)
