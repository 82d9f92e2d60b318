"""Chance as the file says: what is not is found, and what is not judged is not mentioned."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import draws_of, poisson, pool
from queuetwin.model import Run, Scenario, Workload
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.model.validity.sampling_checks import chance_checks

MANY = poisson("80/s", "10ms", 2, {"items": 6000})
FAILING = MANY.changed({"failures.probability": 0.1})


def found(scenario: Scenario, draws: Draws, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Check]:
    """The checks of a run with these draws, which the workload now has."""
    run = simulate_draws(scenario, Workload.draw(scenario), draws)
    monkeypatch.setattr(Workload, "all", lambda _: draws)
    return by_name(run, scenario)


def by_name(run: Run, scenario: Scenario) -> Mapping[str, Check]:
    workload = Workload.draw(scenario)
    return {check.name: check for check in chance_checks(run, scenario, workload)}


def test_what_was_drawn_as_the_file_says_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rate, mean, variability, failures, and a machine that stays the same."""
    checks = found(FAILING, draws_of(FAILING), monkeypatch)
    names = ["rate drawn", "service drawn", "variability drawn", "failures drawn", "steady"]
    assert list(checks) == names
    assert {check.trust for check in checks.values()} == {Trust.VALID}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rate drawn", lambda draws: {"gap": draws.gap * 1.06}),
        ("service drawn", lambda draws: {"demand": draws.demand * 0.94}),
        (
            "variability drawn",
            lambda draws: {"demand": 0.01 + (draws.demand - draws.demand.mean()) * 0.8},
        ),
        ("failures drawn", lambda _: {"fails": np.arange(6000) % 8 == 0}),
        ("failures drawn", lambda _: {"fails": np.arange(6000) % 12 == 0}),
    ],
)
def test_other_draws_than_the_file_says_degrade(
    name: str, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six per cent of a rate or a mean are more than chance does in six thousand items."""
    checks = found(FAILING, draws_of(FAILING, **change(draws_of(FAILING))), monkeypatch)
    assert checks[name].trust is Trust.DEGRADED
    assert "the file says" in checks[name].figure


def test_a_machine_that_slows_down_is_not_steady() -> None:
    """Sleeps that take a tenth longer in the second half; all of them longer is steady."""
    for late, trust in ((np.arange(6000) > 3000, Trust.DEGRADED), (True, Trust.VALID)):
        draws = draws_of(MANY, overshoot=np.where(late, 1e-3, 0.0))
        run = simulate_draws(MANY, Workload.draw(MANY), draws)
        assert by_name(run, MANY)["steady"].trust is trust


@pytest.mark.parametrize(
    ("changes", "unsaid"),
    [
        ({"items": 300}, {"service drawn", "variability drawn", "rate drawn", "steady"}),
        ({"service.cpu_share": 1}, {"steady"}),
        (
            {"service": {"distribution": "pareto", "mean": "1ms", "shape": 1.5}},
            {"service drawn", "variability drawn"},
        ),
        ({"arrivals": {"process": "periodic", "rate": "80/s"}}, {"rate drawn"}),
    ],
)
def test_where_the_normal_law_does_not_hold_nothing_is_said(
    changes: dict[str, Any], unsaid: set[str]
) -> None:
    """Few items, rare long times, services that depend on each other, no chance at all."""
    scenario = MANY.changed(changes)
    run = simulate_draws(scenario, Workload.draw(scenario), draws_of(scenario))
    assert not unsaid & set(by_name(run, scenario))


def test_other_items_are_judged_elsewhere() -> None:
    """A run of other items says nothing of this workload."""
    scenario = pool()
    run = simulate_draws(scenario, Workload.draw(scenario), draws_of(scenario))
    run = replace(run, header=replace(run.header, digest="other"))
    assert by_name(run, scenario) == {}
