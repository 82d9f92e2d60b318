"""A Run larger than the machine's memory is refused before anything is drawn."""

import os
from collections.abc import Mapping
from typing import Any

import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.language.traffic import expected_items

GIGABYTE = 10**9


@pytest.fixture(autouse=True)
def one_gigabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a gigabyte, in which nothing can be drawn."""
    sizes = {"SC_PAGE_SIZE": 1000, "SC_PHYS_PAGES": GIGABYTE // 1000}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)

    def drawn(_: Workload) -> None:
        raise AssertionError("drawn before it was refused")

    monkeypatch.setattr(Workload, "all", drawn)


def refusal(scenario: Scenario, **how: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        simulate(scenario, **how)
    return str(refused.value)


def test_too_many_items_are_refused_with_the_size_and_what_to_ask_instead() -> None:
    """Of a stationary pool `predict` tells what it does in the long run, holding nothing."""
    assert refusal(poisson("0.5/s", "1s", 1, {"items": 10**8})) == (
        "items   a Run of 100,000,000 items would take 27 GB, and this machine has 1: `predict` "
        "gives the figures of the long run without holding it, or write at most 3,700,000 items"
    )


def test_so_is_a_duration_in_which_too_many_come() -> None:
    """How many come follows from the rate."""
    scenario = poisson("500/s", "1ms", 1, {"duration": "100h"})
    assert expected_items(scenario) == 500 * 360_000
    assert refusal(scenario).startswith("duration   a Run of 180,000,000 items would take 49 GB")


def test_without_a_long_run_only_fewer_items_are_left() -> None:
    """A backlog has no long run for `predict` to speak of."""
    assert refusal(pool({"items": 10**8})).endswith("has 1: write at most 3,700,000 items")


@pytest.mark.parametrize(
    ("changes", "engine", "most"),
    [
        ({}, "simpy", "1,200,000"),
        ({"failures": {"probability": 0.1, "attempts": 4}}, "fast", "2,000,000"),
    ],
)
def test_an_engine_and_attempts_have_their_own_size(
    changes: Mapping[str, Any], engine: str, most: str
) -> None:
    """Each attempt is drawn; SimPy's log takes more while it is written."""
    scenario = poisson("0.5/s", "1s", 1, {"items": 10**8, **changes})
    assert refusal(scenario, engine=engine).endswith(f"write at most {most} items")


def test_what_is_advised_is_not_refused() -> None:
    """The advice is rounded down."""
    with pytest.raises(AssertionError, match="drawn"):
        simulate(pool({"items": 3_700_000}))


def test_where_no_size_is_known_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every system says how much memory it has."""
    monkeypatch.delattr(os, "sysconf")
    with pytest.raises(AssertionError, match="drawn"):
        simulate(pool({"items": 10**8}))
