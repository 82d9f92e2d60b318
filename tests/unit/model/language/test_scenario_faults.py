"""What is no scenario is refused with every fault at once, and what to write instead."""

from pathlib import Path
from typing import Any

import pytest

from builders import PLAIN
from queuetwin.model import Scenario, ScenarioError
from scenario_files import THUMBNAILS, faults, refusal


def test_every_fault_comes_at_once_with_its_key_and_line(tmp_path: Path) -> None:
    """One reading of a bad file tells all that is wrong with it, in file order."""
    text = THUMBNAILS
    for good, bad in (
        ("seed = 7\n", "seed = 7\nduration = 60\n"),
        ('"320/s"', "320"),
        ("capacity = 100", "capacity = -1"),
        ('"reject"', '"explode"'),
        ("count = 8", "count = 8.5"),
        ('"80ms"', '"8ms"'),
        ('"2%"', "2"),
        ("attempts = 3", "atempts = 3"),
        ('"response_time.p99"', '"respons_time.p99"'),
        ("below = 0.01", 'below = "10ms"'),
    ):
        assert good in text
        text = text.replace(good, bad)
    found = faults(tmp_path, text)
    assert [(key, line) for key, line, _ in found] == [
        ("duration", 3),
        ("arrivals.rate", 8),
        ("queue.capacity", 11),
        ("queue.when_full", 12),
        ("workers.count", 15),
        ("service.p99", 20),
        ("failures.probability", 23),
        ("failures.atempts", 24),
        ("slo.0.measure", 28),
        ("slo.1.below", 33),
    ]
    messages = [message for _, _, message in found]
    for message, part in zip(
        messages,
        ['write "60s"', 'write "320/s"', "at least 0", '"reject" or "drop-oldest"', "whole number",
         "must be above p50, 15ms", "between 0 and 1", 'did you mean "attempts"',
         'did you mean "response_time"', "a share is written like"],
        strict=True,
    ):  # fmt: skip
        assert part in message


def test_both_ends_are_a_fault_beside_others(tmp_path: Path) -> None:
    """A check across keys does not wait until everything else is right."""
    text = THUMBNAILS.replace("seed = 7", 'seed = 7\nduration = "60s"').replace(
        "count = 8", "count = 0"
    )
    assert [key for key, _, _ in faults(tmp_path, text)] == ["duration", "workers.count"]
    text = THUMBNAILS.replace("items = 20_000", "").replace("count = 8", "count = 0")
    assert [key for key, _, _ in faults(tmp_path, text)] == ["duration", "workers.count"]


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ({"item": 5}, 'unknown key: did you mean "items"'),
        ({"worker": {"count": 1}}, 'unknown key: did you mean "workers"'),
        ({"zzz": 5}, "unknown key"),
        ({"arrivals": {"process": "poison", "rate": "1/s"}}, 'did you mean "poisson"'),
        ({"arrivals": {"process": "zzz"}}, "one of poisson, periodic, renewal"),
        ({"arrivals": {"rate": "1/s"}}, "arrivals.process   is missing"),
        ({"arrivals": {"process": "poisson", "rat": "1/s"}}, 'did you mean "rate"'),
        ({"arrivals": 5}, "must be a table"),
        ({"service": {"distribution": "exponental"}}, 'did you mean "exponential"'),
        ({"service": {"distribution": "exponential"}}, "service.mean   is missing"),
        ({"service": {"distribution": "exponential", "mean": "0s"}}, "longer than 0"),
        ({"service": {"distribution": "exponential", "mean": "1s", "task": "x"}}, ":function"),
        ({"workers": {"count": True}}, "must be a whole number"),
        ({"name": 5}, "must be a text in quotes"),
        ({"seed": -1}, "must be at least 0"),
        ({"seed": 2**63}, "must be below"),
        ({"stage": [{}]}, "reserved for pipelines"),
        ({"slo": 5}, "must be a list, such as"),
        ({"slo": {"measure": "utilisation", "below": 0.9}}, "must be a list, such as"),
        ({"slo": [{"measure": "utilization", "below": 0.9}]}, 'did you mean "utilisation"'),
        ({"slo": [{"measure": "zzz", "below": 0.9}]}, "one of response_time"),
        ({"slo": [{"measure": "response_time.p0x", "below": "1s"}]}, "it has mean, p50"),
        ({"slo": [{"measure": "response_time"}]}, "slo.0.below   is missing"),
        ({"slo": [{"below": "1s"}]}, "slo.0.measure   is missing"),
    ],
)  # fmt: skip
def test_a_fault_says_what_to_write(data: dict[str, Any], advice: str) -> None:
    """Near misses of keys, tags and measures are guessed; the rest is told what is allowed."""
    assert advice in refusal({**PLAIN, **data})


def test_a_backlog_cannot_end_by_duration() -> None:
    """A backlog is all there at the start, so only a number of items ends it."""
    data = {key: value for key, value in PLAIN.items() if key != "items"}
    assert "a backlog needs items" in refusal({**data, "duration": "5s"})


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "is empty"),
        (b"items = \n", "is not TOML"),
        (b"items = 5\nitems = 6\n", "is not TOML"),
        (b"\xff\xfe", "is not a text file"),
    ],
)
def test_a_file_that_is_no_scenario_is_named(tmp_path: Path, content: bytes, advice: str) -> None:
    """What cannot be read as TOML is refused with the file's name and why."""
    path = tmp_path / "pool.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=advice) as caught:
        Scenario.load(path)
    assert str(path) in str(caught.value)


def test_the_line_of_a_toml_fault_is_said(tmp_path: Path) -> None:
    """A fault of the notation has a line too."""
    assert [line for _, line, _ in faults(tmp_path, "items = 5\n[arrivals\n")] == [2]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there is an error of the input."""
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        Scenario.load(tmp_path / "nowhere.toml")
