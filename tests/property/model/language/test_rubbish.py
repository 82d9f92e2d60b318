"""Rubbish is refused in plain words, or is a scenario; nothing else ever happens."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.base.source import Source
from thoroughness import examples

EXPONENTIAL = {"distribution": "exponential", "mean": "10ms"}
LOGNORMAL = {"distribution": "lognormal", "p50": "15ms", "p99": "80ms"}
UNIFORM = {"distribution": "uniform", "low": "1ms", "high": "9ms"}
MIXTURE = {"distribution": "mixture", "shares": [0.5, "50%"], "parts": [EXPONENTIAL, LOGNORMAL]}
EVERYTHING: dict[str, Any] = {
    "name": "all",
    "seed": 7,
    "items": 3,
    "queue": {"capacity": 5, "when_full": "reject", "order": "priority", "patience": EXPONENTIAL},
    "workers": {
        "count": 2,
        "schedule": [["1s", 4], ["2s", 1]],
        "speeds": [1, 2, 0.5, 1],
        "idle_timeout": "5s",
        "breakdown": {"every": EXPONENTIAL, "repair": UNIFORM, "item": "failed"},
    },
    "service": {**EXPONENTIAL, "task": "a:b", "hang_limit": "5s", "slowdown": [[2, "10%"]]},
    "failures": {
        "probability": "2%",
        "attempts": 3,
        "backoff": "5ms",
        "growth": "exponential",
        "jitter": True,
        "cost": "uniform",
        "time_limit": "1s",
    },
    "class": [
        {"name": "a", "share": 0.25, "priority": 1, "service": MIXTURE},
        {"name": "b", "share": "75%", "failure_probability": 0.5},
    ],
    "slo": [
        {"measure": "response_time.p99", "below": "1s"},
        {"measure": "queue_depth.max", "below": 5},
        {"measure": "loss_ratio", "below": "1%"},
    ],
}
MACHINES = {"machines": 2, "per_machine": 2, "own_queue": True, "routing": "random"}
ARRIVALS: list[dict[str, Any]] = [
    {"process": "poisson", "rate": "100/s", "producers": 2, "pacing": "gap"},
    {"process": "periodic", "rate": "60/min"},
    {"process": "renewal", "gap": {"distribution": "gamma", "mean": "1s", "cv": 2}, "rate": "1/s"},
    {"process": "batch", "rate": "9/s", "size": {"distribution": "geometric", "mean": 2.5}},
    {"process": "batch", "rate": "9/s", "size": {"distribution": "uniform", "low": 1, "high": 3}},
    {"process": "backlog"},
    {"process": "trace", "times": ["0s", "1s", "1s", "3s"], "payloads": ["a", "b", "c", "d"]},
    {"process": "trace", "file": "log.csv", "time": "at_s", "payload": "url"},
    {"process": "profile", "points": [["0s", "0/s"], ["3s", "5/s"]], "shape": "linear"},
    {"process": "profile", "points": "day.csv", "rate": "9/s"},
    {"process": "bursty", "rates": ["9/s", "0/s"], "stays": ["1s", "2s"], "rate": "5/s"},
    {"process": "closed", "users": 3, "think": {"distribution": "empirical", "samples": ["1s"]}},
]
SERVICES: list[dict[str, Any]] = [
    *(EVERYTHING["service"], LOGNORMAL, UNIFORM, MIXTURE),
    {"distribution": "deterministic", "mean": "1s"},
    {"distribution": "erlang", "mean": "1s", "shape": 3},
    {"distribution": "weibull", "mean": "1s", "cv": 0.5},
    {"distribution": "hyperexponential", "mean": "1s", "cv": 3},
    {"distribution": "pareto", "mean": "1s", "shape": 2.5, "high": "9s"},
    {"distribution": "empirical", "samples": ["1ms", "7ms"], "mean": "3ms"},
    {"distribution": "empirical", "samples": "times.csv"},
]
FILES = {
    "log.csv": "at_s,url\n0,a\n1.5,b\n2,c\n",
    "day.csv": "time_s,rate_per_min\n0,60\n60,120\n",
    "times.csv": "id,service_ms\n1,12\n2,0\n3,8.5\n",
}
WRITTEN = """name = "all"
items = 3
seed = 7
[arrivals]
process = "profile"
points = [
  ["0s", "5/s"],
  ["3s", "9/s"]
]
[queue]
capacity = 5
patience = { distribution = "exponential", mean = "5s" }
[workers]
count = 2
[workers.breakdown]
every = { distribution = "exponential", mean = "5s" }
repair = { distribution = "exponential", mean = "5s" }
[service]
distribution = "mixture"
shares = [0.5, 0.5]
[[service.parts]]
distribution = "exponential"
mean = "5s"
[[service.parts]]
distribution = "empirical"
samples = "times.csv"
[failures]
probability = 0.1
[[class]]
name = "a"
share = 0.5
[[class]]
name = "b"
share = 0.5
[class.service]
distribution = "erlang"
shape = 3
mean = "5s"
[[slo]]
measure = "queue_depth"
below = 7
"""
CHANGES = ["cut", "double", "insert", "letter", "remove", "remove", *["value"] * 6]
STRANGE = [
    *("[x]", "[[class]]", "[[slo]]", "[queue]", "[service.parts]", "[class.service]", "a = 1"),
    *("class.x = 1", "'a b'.c = 2", "x = [", "]", "{}", "[]", "nan", "inf", "-1", "0", "1.5"),
    *("true", '"x"', '"5s"', '"5/s"', "[1, 2]", "{ a = 1 }", "2020-01-01", "0x7fffffffffffffffff"),
    *('"""', "# [workers]", "1e999", "9" * 4400, '"\\u0000"', "[[[[[[[[[[]]]]]]]]]]"),
]
# Values that stand somewhere in a scenario, and those that hurt most.
USUAL: list[Any] = [
    *("0s", "5ms", "-5ms", "1h", "1e-320s", "1e300s", "1e400s", "9/s", "0/s", "1e300/s", "50%"),
    *("150%", "", ".", "/", "\0", "\n", "exponential", "poisson", "block", "schedule", "a:b"),
    *(0, 1, 2, -1, 0.5, 1.5, -0.0, 1e308, 10**20, 10**400, True, False, None, [], {}, [[]], [{}]),
    *(float("nan"), float("inf"), [1], ["1s"], [["0s", "9/s"]], {"distribution": "exponential"}),
    *(EXPONENTIAL, MIXTURE, [EXPONENTIAL], {"process": "trace", "file": "."}),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
LEAKS = re.compile(
    r"(?i)pydantic|validation|input should|should (have|be)|value ?error|traceback|\{msg\}"
    r"|stages\.|ctx|tuple|dict\b|NoneType|float\b|object\b(?<!JSON object)"
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every table or list in a scenario, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario of which a few keys were changed, taken away, or put elsewhere."""
    data = deepcopy(EVERYTHING)
    data["arrivals"] = deepcopy(draw(st.sampled_from(ARRIVALS)))
    data["service"] = deepcopy(draw(st.sampled_from(SERVICES)))
    if draw(st.booleans()):
        data["workers"] = dict(MACHINES)
    for _ in range(draw(st.integers(1, 3))):
        within, key = draw(st.sampled_from(list(places(data))))
        value = deepcopy(draw(st.sampled_from(USUAL) | json_values))
        change = draw(st.sampled_from(["change", "change", "change", "remove", "add", "move"]))
        if change == "change":
            within[key] = value
        elif change == "remove":
            del within[key]
        elif isinstance(within, list):
            within.append(value)
        elif change == "add":
            within[draw(st.text(max_size=8))] = value
        else:
            other, name = draw(st.sampled_from(list(places(data))))
            within[key] = deepcopy(other[name])
    return data


def plainly(refusal: ScenarioError) -> None:
    """Each fault is one printable line, names a key and speaks no Python."""
    assert refusal.problems
    for problem in refusal.problems:
        line = str(problem)
        assert line.isprintable()
        assert problem.message
        assert not LEAKS.search(problem.message), line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are that the scenarios name."""
    path = tmp_path_factory.mktemp("rubbish")
    for name, content in FILES.items():
        (path / name).write_text(content)
    return path


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=examples(400))
@given(data=scenarios())
def test_from_dict_returns_or_refuses(data: dict[str, Any], folder: Path) -> None:
    """And what it returns can be told, written down, and read back as the same."""
    before = deepcopy(data)
    try:
        scenario = Scenario.from_dict(data, Source(folder=folder))
    except ScenarioError as refusal:
        plainly(refusal)
    else:
        assert scenario.arrivals.text()
        assert scenario.stage.workers.text()
        assert scenario.stage.service.text()
        assert scenario.stage.service.mean_time > 0
        assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert repr(data) == repr(before)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A scenario file with lines changed, moved, cut short, doubled, or put in from elsewhere."""
    lines = WRITTEN.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(CHANGES))
        line = lines[place]
        middle = draw(st.integers(0, len(line)))
        if change == "cut":
            lines[place] = line[:middle]
        elif change == "double":
            lines.insert(draw(st.integers(0, len(lines))), line)
        elif change == "insert":
            lines.insert(place, draw(st.sampled_from(STRANGE) | st.text(max_size=12)))
        elif change == "remove":
            del lines[place]
        elif change == "value":
            lines[place] = f"{line.partition('=')[0]}= {draw(st.sampled_from(STRANGE))}"
        else:
            lines[place] = f"{line[:middle]}{draw(st.characters())}{line[middle + 1 :]}"
    return "\n".join(lines)


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=examples(400))
@given(text=files())
def test_a_file_is_read_or_refused_by_its_lines(text: str, folder: Path) -> None:
    """Every fault names the file and a line that it has."""
    path = folder / "pool.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        Scenario.load(path)
    except ScenarioError as refusal:
        plainly(refusal)
        for problem in refusal.problems:
            assert problem.file == str(path)
            assert problem.line is not None
            assert 1 <= problem.line <= text.count("\n") + 1
