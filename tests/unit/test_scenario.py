"""Scenarios: read, written back, changed, and refused with every fault at once."""

import math
from pathlib import Path
from typing import Any

import pytest
from tests.builders import PLAIN, poisson, pool

from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.load import long_run, offered_load

THUMBNAILS = """\
name = "thumbnails"
seed = 7
items = 20_000

[arrivals]
process = "poisson"
rate = "320/s"

[queue]
capacity = 100
when_full = "reject"

[workers]
count = 8

[service]
distribution = "lognormal"
p50 = "15ms"
p99 = "80ms"

[failures]
probability = "2%"
attempts = 3
backoff = "50ms"

[[slo]]
measure = "response_time.p99"
below = "150ms"

[[slo]]
measure = "loss_ratio"
below = 0.01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "pool.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[str, int | None, str]]:
    """Key, line and message of every fault of a file, in file order."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(written(folder, text))
    return [(one.key, one.line, one.message) for one in caught.value.problems]


def refusal(data: dict[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(data)
    return str(caught.value)


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


def test_samples_come_from_a_csv_beside_the_scenario(tmp_path: Path) -> None:
    """The unit is in the column's name, other columns are left alone, the times are kept."""
    (tmp_path / "log.csv").write_text("id,service_ms,note\n1,12,a\n2,18.5,b\n\n3,0,c\n")
    path = written(
        tmp_path,
        'items = 5\narrivals = { process = "backlog" }\nworkers = { count = 1 }\n'
        'service = { distribution = "empirical", samples = "log.csv" }\n',
    )
    scenario = Scenario.load(path)
    assert scenario.stage.service.samples == (0.012, 0.0185, 0.0)
    (tmp_path / "log.csv").unlink()
    assert Scenario.from_dict(scenario.to_dict()) == scenario


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("", "log.csv: is empty"),
        ("service\n12\n", "no column with a unit"),
        ("service_ms\n12\nten\n", 'line 3: "ten" is not a number'),
        ("service_ms\n12\n-1\n", 'line 3: "-1" is not a time'),
        ("service_ms\ninf\n", 'line 2: "inf" is not a time'),
        ("service_ms\n", "holds no times"),
        ("service_ms\n0\n", "holds only zeros"),
    ],
)
def test_bad_samples_are_refused_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, advice: str
) -> None:
    """A measured time that is none is told with its line in its file."""
    (tmp_path / "log.csv").write_text(content)
    monkeypatch.chdir(tmp_path)
    service = {"distribution": "empirical", "samples": "log.csv"}
    assert advice in refusal({**PLAIN, "service": service})


@pytest.mark.parametrize(
    ("samples", "advice"),
    [("nowhere.csv", "cannot be read"), (5, "write a CSV file's name"), ([5], "needs a unit")],
)
def test_samples_are_a_file_or_a_list_of_durations(samples: object, advice: str) -> None:
    """Anything else is refused with what to write."""
    service = {"distribution": "empirical", "samples": samples}
    assert advice in refusal({**PLAIN, "service": service})


def test_a_mean_rescales_samples() -> None:
    """`mean` keeps the shape of measured times and changes their size."""
    service = {"distribution": "empirical", "samples": ["1ms", "3ms"]}
    assert pool({"service": service}).stage.service.mean_time == 0.002
    assert pool({"service": {**service, "mean": "1s"}}).stage.service.mean_time == 1.0


def test_a_lognormal_is_given_either_way() -> None:
    """Mean and cv, or median and 99 % point, describe the same distribution."""
    by_quantiles = pool({"service": {"distribution": "lognormal", "p50": "10ms", "p99": "80ms"}})
    one = by_quantiles.stage.service
    assert one.sigma == pytest.approx(math.log(8) / 2.3263478740408408, rel=1e-12)
    cv = math.sqrt(math.expm1(one.sigma**2))
    other = pool(
        {"service": {"distribution": "lognormal", "mean": f"{one.mean_time!r}s", "cv": cv}}
    ).stage.service
    assert (other.mean_time, other.sigma) == pytest.approx((one.mean_time, one.sigma), rel=1e-12)


@pytest.mark.parametrize(
    "given",
    [{}, {"mean": "1s"}, {"cv": 1}, {"p50": "1s"}, {"mean": "1s", "cv": 1, "p50": "1s"},
     {"mean": "1s", "p99": "2s"}, {"mean": "1s", "cv": 1, "p50": "1s", "p99": "2s"}],
)  # fmt: skip
def test_a_lognormal_given_by_halves_or_twice_is_refused(given: dict[str, Any]) -> None:
    """Exactly one of the two ways, and whole."""
    service = {"distribution": "lognormal", **given}
    assert "mean and cv, or p50 and p99" in refusal({**PLAIN, "service": service})


@pytest.mark.parametrize(
    ("measure", "below", "limit", "text"),
    [
        ("response_time.p99", "250ms", 0.25, "250ms"),
        ("response_time.p99.9", "1s", 1.0, "1s"),
        ("loss_ratio", "1%", 0.01, "0.01"),
        ("loss_ratio.mean", 0.01, 0.01, "0.01"),
        ("queue_depth.max", 30, 30.0, "30"),
        ("throughput", "12.5", 12.5, "12.5"),
    ],
)
def test_a_limit_is_in_the_unit_of_its_measure(
    measure: str, below: object, limit: float, text: str
) -> None:
    """Times are durations, shares are shares, the rest are plain numbers."""
    (slo,) = pool({"slo": [{"measure": measure, "below": below}]}).slo
    assert (slo.below, slo.limit_text()) == (limit, text)
    assert slo.parts()[0].name == measure.partition(".")[0]


@pytest.mark.parametrize(
    ("measure", "below", "advice"),
    [
        ("response_time.p99", 150, "needs a unit"),
        ("loss_ratio", "150ms", "a share is written like"),
        ("queue_depth", "3s", "a plain number of 0 or more"),
        ("queue_depth", -3, "a plain number of 0 or more"),
    ],
)
def test_a_limit_in_another_unit_is_refused(measure: str, below: object, advice: str) -> None:
    """A limit that its measure cannot have is told with the unit that it needs."""
    assert advice in refusal({**PLAIN, "slo": [{"measure": measure, "below": below}]})


def test_offered_load_counts_retries() -> None:
    """Every attempt costs its time, or nothing where a failure is free."""
    tried = {"failures": {"probability": 0.5, "attempts": 3}}
    assert offered_load(poisson("10/s", "100ms", 2)) == pytest.approx(0.5)
    assert offered_load(poisson("10/s", "100ms", 2, tried)) == pytest.approx(0.5 * 1.75)
    free = {"failures": {"probability": 0.5, "attempts": 3, "cost": "none"}}
    assert offered_load(poisson("10/s", "100ms", 2, free)) == pytest.approx(0.25 * 1.75)
    assert offered_load(pool()) is None


@pytest.mark.parametrize(
    ("rate", "changes", "long"),
    [
        ("9/s", {}, True),
        ("10/s", {}, False),
        ("11/s", {"queue.capacity": 3}, False),
        ("11/s", {"queue": {"capacity": 3, "when_full": "reject"}}, True),
        ("11/s", {"queue.when_full": "reject"}, False),
        ("11/s", {"queue.capacity": 3, "arrivals.pacing": "gap"}, True),
        ("11/s", {"arrivals.pacing": "gap"}, False),
    ],
)
def test_a_long_run_is_earned(rate: str, changes: dict[str, Any], long: bool) -> None:
    """At full load and above only losses or slower arrivals make a steady state."""
    assert long_run(poisson(rate, "100ms", 1, changes)) is long


def test_a_scenario_cannot_be_altered() -> None:
    """Records are frozen, tables of a scenario too."""
    with pytest.raises(ValueError, match="frozen"):
        pool().stage.workers.count = 3
