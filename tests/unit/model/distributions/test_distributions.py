"""Distributions and services: what a file may say, what is refused, and how both are told.

Law: every fault of a table comes at once, at its own key; what is written back is equal.
"""

import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from queuetwin.model.base.fields import Table
from queuetwin.model.base.source import Source
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.language.service import Service

SAMPLES = {"distribution": "empirical", "samples": ["1ms", "3ms"]}
FAST = {"distribution": "exponential", "mean": "10ms"}
SLOW = {"distribution": "gamma", "mean": "1s", "cv": 0.5}

# what is written, its mean in seconds, and how it is told
KNOWN: dict[str, tuple[dict[str, Any], float, str]] = {
    "deterministic": ({"mean": "20ms"}, 0.02, "always 20ms"),
    "exponential": ({"mean": "20ms"}, 0.02, "20ms exponential"),
    "uniform": ({"low": "10ms", "high": "40ms"}, 0.025, "10ms to 40ms uniform"),
    "uniform from 0": ({"low": "0s", "high": "1s"}, 0.5, "0s to 1s uniform"),
    "gamma": ({"mean": "20ms", "cv": 0.5}, 0.02, "20ms gamma with cv 0.5"),
    "erlang": ({"mean": "20ms", "shape": 4}, 0.02, "20ms erlang of shape 4"),
    "weibull": ({"mean": "20ms", "cv": 2}, 0.02, "20ms weibull with cv 2"),
    "lognormal": ({"mean": "20ms", "cv": 1}, 0.02, "20 ms lognormal"),
    "lognormal by quantiles": (
        {"p50": "10ms", "p99": "80ms"},
        0.01 * math.exp((math.log(8) / 2.3263478740408408) ** 2 / 2),
        "14.91 ms lognormal",
    ),
    "hyperexponential": ({"mean": "20ms", "cv": 3}, 0.02, "20ms hyperexponential with cv 3"),
    "hyperexponential at 1": ({"mean": "1s", "cv": 1}, 1.0, "1s hyperexponential with cv 1"),
    "pareto": ({"mean": "20ms", "shape": 1.5}, 0.02, "20ms pareto of shape 1.5"),
    "pareto with a bound": (
        {"mean": "20ms", "shape": 3, "high": "2s"},
        0.02,
        "20ms pareto of shape 3, at most 2s",
    ),
    "empirical": ({"samples": ["1ms", "3ms"]}, 0.002, "2 measured times, mean 2 ms"),
    "empirical of a mean": (
        {"samples": ["1ms", "3ms"], "mean": "1s"},
        1.0,
        "2 measured times, mean 1000 ms",
    ),
    "mixture": (
        {"shares": ["90%", 0.1], "parts": [FAST, SLOW]},
        0.109,
        "mixture of 2 parts, mean 109 ms",
    ),
    "mixture of three": (
        {"shares": [0.3333333333] * 3, "parts": [FAST, SLOW, SAMPLES]},
        0.3333333333 * 1.012,
        "mixture of 3 parts, mean 337.3 ms",
    ),
}


class Pool(Table):
    service: Service


def known(name: str) -> dict[str, Any]:
    return {"distribution": name.split(maxsplit=1)[0], **KNOWN[name][0]}


def faults(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Key and message of every fault, as a file's reader is told."""
    with pytest.raises(ValidationError) as caught:
        Pool.model_validate({"service": service})
    problems = Source().explain(caught.value, Pool).problems
    return [(one.key.removeprefix("service."), one.message) for one in problems]


@pytest.mark.parametrize("name", KNOWN)
def test_each_knows_its_mean_and_its_words(name: str) -> None:
    """With and without what belongs to serving."""
    _, mean, text = KNOWN[name]
    for union in (AnyDistribution, Service):
        one = TypeAdapter[Any](union).validate_python(known(name))
        assert one.mean_time == pytest.approx(mean, rel=1e-14)
        assert one.text() == text
        assert one.distribution == name.split(maxsplit=1)[0]


@pytest.mark.parametrize("name", KNOWN)
def test_written_back_each_is_equal(name: str) -> None:
    """As Python values and as JSON, with every key of serving set or none."""
    for union, extra in (
        (AnyDistribution, {}),
        (Service, {}),
        (Service, {"task": "shop:pay", "hang_limit": "90s", "slowdown": [[4, "5%"], [8, 0.1]]}),
    ):
        adapter = TypeAdapter[Any](union)
        one = adapter.validate_python({**known(name), **extra})
        dumped = one.model_dump(mode="json", exclude_none=True)
        assert adapter.validate_python(dumped) == one
        assert adapter.validate_json(adapter.dump_json(one, exclude_none=True)) == one


def test_a_distribution_alone_is_not_served() -> None:
    """Where only a time is asked for, a task is an unknown key."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        TypeAdapter[Any](AnyDistribution).validate_python({**FAST, "task": "shop:pay"})


@pytest.mark.parametrize("name", KNOWN)
def test_the_schema_is_flat_and_picks_by_the_distribution(name: str) -> None:
    """The keys of the distribution and of serving stand side by side, nothing else is allowed."""
    schema = TypeAdapter[Any](Service).json_schema()
    tag = name.split(maxsplit=1)[0]
    table = schema["$defs"][schema["discriminator"]["mapping"][tag].rpartition("/")[2]]
    assert table["properties"]["distribution"]["const"] == tag
    assert set(known(name)) | {"task", "hang_limit", "slowdown"} <= set(table["properties"])
    assert table["additionalProperties"] is False
    assert "distribution" in table["required"]


def test_every_distribution_is_a_service() -> None:
    """The two unions know the same names."""
    names = [
        set(TypeAdapter[Any](union).json_schema()["discriminator"]["mapping"])
        for union in (AnyDistribution, Service)
    ]
    assert names[0] == names[1] == {name.split(maxsplit=1)[0] for name in KNOWN}


@pytest.mark.parametrize(
    ("name", "changes", "key", "message"),
    [
        ("deterministic", {"mean": "0s"}, "mean", "must be longer than 0"),
        ("exponential", {"mean": 20}, "mean", 'a duration needs a unit: write "20s" or "20ms"'),
        ("uniform", {"low": "40ms"}, "high",
         'must be above low, 40ms; write "deterministic" for a time that is always the same'),
        ("uniform", {"high": "0s"}, "high", "must be longer than 0"),
        ("uniform", {"low": "-1s"}, "low", "a duration must not be negative"),
        ("gamma", {"cv": 0}, "cv", "must be at least 0.0001"),
        ("gamma", {"cv": 101}, "cv", "must be at most 100"),
        ("gamma", {"cv": math.nan}, "cv", "must be a finite number"),
        ("weibull", {"cv": 1e-5}, "cv", "must be at least 0.0001"),
        ("weibull", {"cv": 101}, "cv", "must be at most 100"),
        ("weibull", {"cv": math.inf}, "cv", "must be a finite number"),
        ("erlang", {"shape": 0}, "shape", "must be at least 1"),
        ("erlang", {"shape": 1001}, "shape", "must be at most 1,000"),
        ("erlang", {"shape": 1.5}, "shape", "must be a whole number"),
        ("lognormal", {"p50": "1s"}, "", "a lognormal needs mean and cv, or p50 and p99"),
        ("lognormal", {"cv": 0}, "cv", "must be above 0"),
        ("lognormal by quantiles", {"p99": "10ms"}, "p99", "must be above p50, 10ms"),
        ("lognormal by quantiles", {"p99": "3h"}, "p99", "must be at most 1,000,000 times p50"),
        ("hyperexponential", {"cv": 0.99}, "cv", "must be at least 1"),
        ("hyperexponential", {"cv": 101}, "cv", "must be at most 100"),
        ("hyperexponential", {"cv": math.nan}, "cv", "must be a finite number"),
        ("pareto", {"shape": 1}, "shape", "must be above 1"),
        ("pareto", {"shape": math.inf}, "shape", "must be a finite number"),
        ("pareto", {"high": "20ms"}, "high", "must be above the mean, 20ms"),
        ("empirical", {"samples": ["0s"]}, "samples",
         "holds only zeros: at least one must be above 0"),
        ("mixture", {"shares": [0.9, 0.1001]}, "shares", "must add up to 1, not 1.0001"),
        ("mixture", {"shares": [0.9, 0.1 + 1e-8]}, "shares", "must add up to 1, not 1.00000001"),
        ("mixture", {"shares": []}, "shares", "must add up to 1, not 0"),
        ("mixture", {"shares": [2, -1]}, "shares.0", "must be between 0 and 1"),
        ("mixture", {"shares": [1]}, "parts", "one for each share is needed: 1 shares, 2 parts"),
        ("mixture", {"parts": [FAST], "shares": [1]}, "parts",
         "a mixture has at least two parts; write a single one by itself"),
        ("gamma", {"task": "pay"}, "task", 'a task is written "module:function"'),
        ("gamma", {"hang_limit": "0s"}, "hang_limit", "must be longer than 0"),
        ("gamma", {"slowdown": [[4, "5%"], [4, "6%"]]}, "slowdown",
         "its numbers of busy workers must rise from step to step"),
        ("gamma", {"slowdown": [[0, "5%"]]}, "slowdown.0.0", "must be at least 1"),
        ("gamma", {"slowdown": [[1.5, "5%"]]}, "slowdown.0.0", "must be a whole number"),
        ("gamma", {"slowdown": [[4, "1001%"]]}, "slowdown.0.1", "must be between 0 and 10"),
        ("gamma", {"slowdown": [[4, -0.1]]}, "slowdown.0.1", "must be between 0 and 10"),
        ("gamma", {"slowdown": [[4, math.nan]]}, "slowdown.0.1", "must be between 0 and 10"),
        ("gamma", {"slowdown": [[4, "5"]]}, "slowdown.0.1",
         'how much longer is written like 0.1 or "10%"'),
        ("gamma", {"slowdown": [[4, True]]}, "slowdown.0.1",
         'how much longer is written like 0.1 or "10%"'),
        ("gamma", {"slowdown": [4, "5%"]}, "slowdown.0",
         'busy workers and how much longer are written like [4, "10%"]'),
        ("gamma", {"slowdown": [[4, 0.1, 2]]}, "slowdown.0",
         'busy workers and how much longer are written like [4, "10%"]'),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    name: str, changes: dict[str, Any], key: str, message: str
) -> None:
    """At its own key, with what is allowed."""
    found = faults({**known(name), **changes})
    assert (key or "service", message) in found


def test_every_fault_of_a_table_comes_at_once() -> None:
    """Checks that look at two keys wait for no third."""
    uniform = {"distribution": "uniform", "low": "2s", "high": "1s", "hang_limit": 5, "taks": "a:b"}
    assert [key for key, _ in faults(uniform)] == ["high", "hang_limit", "taks"]
    mixture = {
        "distribution": "mixture",
        "shares": [0.5, 0.4],
        "parts": [{**FAST, "mean": "0s"}, {**SLOW, "cv": 0}, {"distribution": "mixture"}],
    }
    assert faults(mixture) == [
        ("shares", "must add up to 1, not 0.9"),
        ("parts.0.mean", "must be longer than 0"),
        ("parts.1.cv", "must be at least 0.0001"),
        ("parts.2.distribution", faults({"distribution": "zzz"})[0][1].replace(", mixture", "")),
    ]


@pytest.mark.parametrize("name", ["gamma", "uniform", "mixture", "pareto"])
def test_a_fault_elsewhere_does_not_hide_behind_another(name: str) -> None:
    """A key that is missing is one fault, not two: a check does not blame its neighbour."""
    first = next(iter(KNOWN[name][0]))
    service = {key: value for key, value in known(name).items() if key != first}
    ((key, message),) = faults(service)
    assert (key, message.partition(":")[0]) == (first, "is missing")


def test_what_is_not_said_of_serving_has_its_default() -> None:
    """Workers sleep, hang after a minute, and do not slow each other down."""
    one = Pool.model_validate({"service": FAST}).service
    assert (one.task, one.hang_limit, one.slowdown) == (None, 60.0, ())


def test_the_share_may_be_above_one() -> None:
    """An attempt may take up to eleven times as long; the edge itself is allowed."""
    steps = [[1, 0], [2, "250 %"], [3, 10]]
    one = Pool.model_validate({"service": {**FAST, "slowdown": steps}}).service
    assert one.slowdown == ((1, 0.0), (2, 2.5), (3, 10.0))


def test_a_table_cannot_be_altered() -> None:
    """Neither a distribution nor what serves it."""
    one = Pool.model_validate({"service": FAST}).service
    with pytest.raises(ValidationError, match="frozen"):
        one.mean = 2.0  # type: ignore[misc, union-attr]
