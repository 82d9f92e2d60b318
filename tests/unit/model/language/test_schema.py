"""The JSON Schema of a scenario file: it says what the loader says, as far as a schema can."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cases import BASE, CHANGES
from project import ROOT
from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.base.units import (
    DURATION_PATTERN,
    PERCENT_PATTERN,
    RATE_PATTERN,
    parse_duration,
    parse_rate,
    parse_share,
)
from queuetwin.model.language.schema import scenario_schema
from queuetwin.reports.cli.main import cli

SCHEMA = scenario_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLES = sorted((ROOT / "examples").glob("**/*.toml"))
SIZE = re.compile(r"negative|finite|above 0|between 0 and 1")
# How a key says what holds without it, where no default does.
WITHOUT = re.compile(r"left out|in place of|together with")


def keys() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every key of the language: its place, its schema, whether it is needed."""
    for place, table in {"": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, one in table["properties"].items():
            yield f"{place}.{key}", one, key in table.get("required", ())


def changed(**changes: Any) -> dict[str, Any]:
    """A good scenario with some keys set; None removes one."""
    data = {**BASE, **changes}
    return {key: value for key, value in data.items() if value is not None}


EXPONENTIAL = {"distribution": "exponential", "mean": "2ms"}
POISSON = {"process": "poisson", "rate": "1k/s"}
TRACE = {"process": "trace", "times": ["0s", "1s"]}
GOOD: dict[str, dict[str, Any]] = {
    "a trace ends by itself": changed(items=None, arrivals=TRACE),
    "a trace cut short": changed(items=1, arrivals={**TRACE, "payloads": ["a", "b"]}),
    "words for shares": changed(failures={"probability": "2 %"}),
    "spaces in a duration": changed(service={**EXPONENTIAL, "mean": " 1m 0.5 s "}),
    "a rate of nothing": changed(
        arrivals={"process": "bursty", "rates": ["0/s", "9/s"], "stays": ["1s", "1s"]}
    ),
    "whole numbers for numbers": changed(service={"distribution": "gamma", "mean": "1s", "cv": 1}),
    "a plain number in quotes": changed(slo=[{"measure": "queue_depth.max", "below": "30"}]),
    "any quantile": changed(slo=[{"measure": "response_time.p99.9", "below": "1s"}]),
}
BAD: dict[str, dict[str, Any]] = {
    "unknown key": changed(item=5),
    "unknown key of a table": changed(workers={"count": 3, "cuont": 3}),
    "unknown key of a kind": changed(arrivals={**POISSON, "users": 3}),
    "stages of a pipeline": changed(stages=[]),
    "bare number for a duration": changed(service={**EXPONENTIAL, "mean": 2}),
    "bare number for a rate": changed(arrivals={**POISSON, "rate": 1000}),
    "no unit": changed(service={**EXPONENTIAL, "mean": "2"}),
    "unknown unit": changed(service={**EXPONENTIAL, "mean": "2 parsecs"}),
    "time for a rate": changed(arrivals={**POISSON, "rate": "2ms"}),
    "wrong word": changed(queue={"when_full": "explode"}),
    "unknown process": changed(arrivals={**POISSON, "process": "poison"}),
    "no process": changed(arrivals={"rate": "1k/s"}),
    "unknown distribution": changed(service={**EXPONENTIAL, "distribution": "normal"}),
    "missing mean": changed(service={"distribution": "exponential"}),
    "missing workers": changed(workers=None),
    "workers given by halves": changed(workers={"machines": 2}),
    "workers given twice": changed(workers={"count": 2, "machines": 2, "per_machine": 1}),
    "lognormal given by halves": changed(service={"distribution": "lognormal", "mean": "1s"}),
    "lognormal given twice": changed(
        service={"distribution": "lognormal", "mean": "1s", "cv": 1, "p50": "1s"}
    ),
    "no end": changed(items=None),
    "two ends": changed(duration="1s"),
    "two ends of a trace": changed(items=2, duration="1s", arrivals=TRACE),
    "trace of nothing": changed(items=None, arrivals={"process": "trace"}),
    "payloads of a file": changed(
        items=None, arrivals={"process": "trace", "file": "a.csv", "payloads": ["a"]}
    ),
    "no samples": changed(service={"distribution": "empirical", "samples": []}),
    "number for a file": changed(service={"distribution": "empirical", "samples": 5}),
    "mixture of one": changed(
        service={"distribution": "mixture", "shares": [1], "parts": [EXPONENTIAL]}
    ),
    "three states": changed(
        arrivals={"process": "bursty", "rates": ["1/s"] * 3, "stays": ["1s"] * 3}
    ),
    "share above 1": changed(failures={"probability": 1.5}),
    "number in quotes": changed(service={"distribution": "gamma", "mean": "1s", "cv": "2"}),
    "true for a number": changed(workers={"count": 2, "speeds": [True, 1]}),
    "fraction of a worker": changed(workers={"count": 2.5}),
    "no name of a task": changed(service={**EXPONENTIAL, "task": "resize"}),
    "unknown measure": changed(slo=[{"measure": "utilization", "below": 0.9}]),
    "negative limit": changed(slo=[{"measure": "queue_depth", "below": -1}]),
    "table for a list of tables": changed(slo={"measure": "utilisation", "below": 0.9}),
}


def faults(data: Any) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(data)]


def test_it_is_a_schema() -> None:
    """The schema keeps the rules of its draft, and knows no null, which TOML has not."""
    Draft202012Validator.check_schema(SCHEMA)
    assert "null" not in json.dumps(SCHEMA)
    assert "Stage" not in SCHEMA["$defs"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_accepted(path: Path) -> None:
    """What comes with the product is in its own language."""
    assert faults(tomllib.loads(path.read_text(encoding="utf-8"))) == []


def test_the_starter_is_accepted(tmp_path: Path) -> None:
    """So is the file that `init` writes."""
    path = tmp_path / "pool.toml"
    assert CliRunner().invoke(cli, ["init", str(path)]).exit_code == 0
    assert faults(tomllib.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_what_a_scenario_writes_is_accepted(changes: dict[str, Any]) -> None:
    """Every feature, as `to_dict` puts it."""
    assert faults(Scenario.from_dict(BASE).changed(changes).to_dict()) == []


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD.keys())
def test_what_the_loader_accepts_is_accepted(data: dict[str, Any]) -> None:
    """The looser ways of writing, too."""
    Scenario.from_dict(data)
    assert faults(data) == []


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_refused_the_loader_refuses_too(data: dict[str, Any]) -> None:
    """The schema knows these faults, and none of them is a fault to it alone."""
    assert faults(data) != []
    with pytest.raises(ScenarioError):
        Scenario.from_dict(data)


def test_every_key_has_a_meaning() -> None:
    """In one line; a key that may be left out has a default or says what holds without it."""
    for place, one, needed in keys():
        meaning = one.get("description", "")
        assert re.fullmatch(r"[A-Z].*\.", meaning), place
        assert needed or "default" in one or WITHOUT.search(meaning), place


def test_examples_and_defaults_are_of_their_kind() -> None:
    """What a key shows can be written there."""
    for place, one, _ in keys():
        validator = VALIDATOR.evolve(schema={**one, "$defs": SCHEMA["$defs"]})
        for shown in (*one.get("examples", ()), one.get("default")):
            assert shown is None or validator.is_valid(shown), place


def test_what_a_default_says_holds_without_the_key() -> None:
    """A file that writes every default down is the same scenario."""
    data = changed(queue={}, failures={})
    for key, table in (("queue", "Queue"), ("failures", "Failures"), ("arrivals", "Poisson"),
                       ("service", "ExponentialService"), ("workers", "Workers")):  # fmt: skip
        found = SCHEMA["$defs"][table]["properties"].items()
        said = {name: one["default"] for name, one in found if "default" in one}
        assert said
        whole = {**data, key: {**data[key], **said}}
        assert Scenario.from_dict(whole) == Scenario.from_dict(data)
    assert Scenario.from_dict(changed(seed=SCHEMA["properties"]["seed"]["default"])) == (
        Scenario.from_dict(changed())
    )


@pytest.mark.slow
@given(text=st.from_regex(DURATION_PATTERN) | st.text("0123456789.eE+-_ mshdinuµ%/k"))
def test_the_pattern_of_durations_is_the_parsers(text: str) -> None:
    """What matches is read, unless its size forbids it; nothing else is."""
    assert_alike(DURATION_PATTERN, parse_duration, text)


@given(text=st.from_regex(RATE_PATTERN) | st.text("0123456789.eE+-_ smhdinckM/%"))
def test_the_pattern_of_rates_is_the_parsers(text: str) -> None:
    """The same of rates, which are above 0."""
    assert_alike(RATE_PATTERN, parse_rate, text)


@given(text=st.from_regex(PERCENT_PATTERN) | st.text("0123456789.eE+-_ %s"))
def test_the_pattern_of_shares_is_the_parsers(text: str) -> None:
    """The same of shares, which are at most 1."""
    assert_alike(PERCENT_PATTERN, parse_share, text)


@pytest.mark.parametrize("unit", ["ns", "us", "µs", "ms", "s", "m", "min", "h", "d", "y", "sec"])
def test_the_patterns_know_every_unit(unit: str) -> None:
    """Of durations, and of rates with their factors."""
    assert_alike(DURATION_PATTERN, parse_duration, f"1.5{unit}")
    for factor in ("", "k", "M", "G"):
        assert_alike(RATE_PATTERN, parse_rate, f"2{factor}/{unit}")


def assert_alike(pattern: str, parse: Any, text: str) -> None:
    """Beyond a pattern are only sizes, and underscores where a number has none."""
    matches = re.search(pattern, text) is not None
    try:
        parse(text)
    except ValueError as fault:
        assert not matches or "_" in text or SIZE.search(str(fault))
    else:
        assert matches


def test_the_command_prints_it() -> None:
    """`queuetwin schema` is the schema, on standard output."""
    done = CliRunner().invoke(cli, ["schema"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == SCHEMA
