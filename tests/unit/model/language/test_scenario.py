"""Scenarios: read, written back and changed."""

from pathlib import Path
from typing import Any

import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, ScenarioError
from scenario_files import THUMBNAILS, written


def test_a_plain_file_is_one_stage_called_main(tmp_path: Path) -> None:
    """The four tables of a plain file are lifted to the stage "main"."""
    scenario = Scenario.load(written(tmp_path, THUMBNAILS))
    assert [stage.name for stage in scenario.stages] == ["main"]
    assert (scenario.name, scenario.seed, scenario.items) == ("thumbnails", 7, 20_000)
    assert scenario.arrivals.rate == 320.0
    stage = scenario.stage
    assert (stage.queue.capacity, stage.queue.when_full) == (100, "reject")
    assert stage.workers.count == 8
    assert stage.failures.model_dump() == {
        "probability": 0.02,
        "attempts": 3,
        "backoff": "50ms",
        "growth": "constant",
        "jitter": False,
        "cost": "full",
        "time_limit": None,
    }


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    """A file without a name is called after itself; a queue without a capacity has no limit."""
    text = 'items = 5\narrivals = { process = "backlog" }\nworkers = { count = 2 }\n'
    text += 'service = { distribution = "deterministic", mean = "10ms" }\n'
    scenario = Scenario.load(written(tmp_path, text))
    assert (scenario.name, scenario.seed, scenario.slo) == ("pool", 1, ())
    assert scenario.stage.queue.capacity is None
    assert scenario.stage.queue.when_full == "block"
    assert scenario.stage.failures.probability == 0.0
    assert (scenario.arrivals.pacing, scenario.arrivals.producers) == ("schedule", 1)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"items": None, "duration": "1m"},
        {"arrivals": {"process": "periodic", "rate": "7/h", "pacing": "gap", "producers": 3}},
        {"service": {"distribution": "exponential", "mean": "333us", "hang_limit": "5s"}},
        {"service": {"distribution": "lognormal", "mean": "20ms", "cv": 1}},
        {"service": {"distribution": "empirical", "samples": ["1ms", "7ms"], "mean": "3ms"}},
        {"service.task": "shop.tasks:resize", "failures.cost": "none"},
        {"slo": [{"measure": "queue_depth.max", "below": 3}]},
        {"slo": [{"measure": "utilisation", "below": "80%"}]},
    ],
)  # fmt: skip
def test_written_back_it_is_equal(tmp_path: Path, changes: dict[str, Any]) -> None:
    """`from_dict` of `to_dict` is the same scenario, whatever it holds and wherever it stood."""
    scenario = Scenario.load(written(tmp_path, THUMBNAILS))
    if changes.get("arrivals") or changes.get("duration"):
        scenario = scenario.changed({"slo": None})
    if "service.task" in changes:
        scenario = scenario.changed({"service.hang_limit": "2s"})
    scenario = scenario.changed(changes)
    assert Scenario.from_dict(scenario.to_dict()) == scenario


def test_changed_sets_keys_and_leaves_the_original_alone() -> None:
    """A change names a key of the file; nested and top-level keys alike."""
    before = pool()
    after = before.changed({"workers.count": 9, "queue.capacity": 4, "seed": 5})
    assert (after.stage.workers.count, after.stage.queue.capacity, after.seed) == (9, 4, 5)
    assert before == pool()


def test_none_removes_a_key() -> None:
    """None gives a key back its default."""
    bounded = pool({"queue.capacity": 4})
    assert bounded.changed({"queue.capacity": None}) == pool()
    assert bounded.changed({"queue": None}) == pool()
    assert pool().changed({"queue.capacity": None}) == pool()


def test_items_and_duration_replace_each_other() -> None:
    """One end pushes out the other, but two at once are a fault."""
    by_items = poisson("10/s", "10ms", 1)
    by_duration = by_items.changed({"duration": "5s"})
    assert (by_duration.items, by_duration.duration) == (None, 5.0)
    assert by_duration.changed({"items": 6}) == by_items
    with pytest.raises(ScenarioError, match="give one of the two"):
        by_items.changed({"items": 5, "duration": "5s"})
    with pytest.raises(ScenarioError, match="give one of the two"):
        by_items.changed({"items": None})


def test_a_change_owes_nothing_to_the_values_it_was_given() -> None:
    """Tables among the changes are copied, not written into."""
    service = {"distribution": "exponential", "mean": "1s"}
    changed = pool().changed({"service": service, "service.mean": "2s"})
    assert changed.stage.service.mean_time == 2.0
    assert service["mean"] == "1s"


@pytest.mark.parametrize(
    "key", ["worker.count", "name.first", "items.count", "slo.1.below", "slo.0"]
)
def test_a_change_of_an_unknown_key_is_refused(key: str) -> None:
    """A change that names nothing is a fault of the input, not a crash."""
    with pytest.raises(ScenarioError, match=r"unknown key"):
        pool({"slo": [{"measure": "utilisation", "below": 0.9}]}).changed({key: 3})


def test_a_scenario_cannot_be_altered() -> None:
    """Records are frozen, tables of a scenario too."""
    with pytest.raises(ValueError, match="frozen"):
        pool().stage.workers.count = 3
