"""Arrival processes: read, refused with what to write, written back, and said in words."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from builders import PLAIN
from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.arrivals import Arrivals
from queuetwin.model.units import format_duration

ADAPTER: TypeAdapter[Any] = TypeAdapter(Arrivals)
AZURE = Path(__file__).parents[3] / "shared" / "data" / "azure_llm_2023_conv.csv"
EXPONENTIAL = {"distribution": "exponential", "mean": "20ms"}
PROFILE = {"process": "profile", "points": [["0s", "10/s"], ["30s", "50/s"], ["60s", "0/s"]]}
BURSTY = {"process": "bursty", "rates": ["100/s", "10/s"], "stays": ["1s", "9s"]}
BATCH = {"process": "batch", "rate": "10/s"}
TRACE = {"process": "trace", "times": ["0s", "500ms", "2s"]}
SIZE_5 = {"distribution": "constant", "value": 5}

# what is written, its mean rate and its heading
KNOWN: list[tuple[dict[str, Any], float | None, str]] = [
    ({"process": "poisson", "rate": "320/s"}, 320, "320/s Poisson"),
    ({"process": "periodic", "rate": "600/min"}, 10, "10/s, evenly spaced"),
    ({"process": "backlog"}, None, "a backlog, all there at the start"),
    ({"process": "renewal", "gap": EXPONENTIAL}, 50, "50/s, gaps of 20ms exponential"),
    ({"process": "renewal", "gap": EXPONENTIAL, "rate": "7/s"}, 7,
     "7/s, gaps of 20ms exponential, rescaled"),
    ({**BATCH, "size": SIZE_5}, 10, "10/s in batches of 5"),
    ({**BATCH, "size": {"distribution": "geometric", "mean": 2.5}}, 10,
     "10/s in batches of 2.5 on average, geometric"),
    ({**BATCH, "size": {"distribution": "uniform", "low": 1, "high": 9}}, 10,
     "10/s in batches of 1 to 9"),
    (PROFILE, 30, "a profile of 3 points, 30/s on average"),
    ({**PROFILE, "shape": "linear"}, 27.5, "a profile of 3 points, 27.5/s on average"),
    ({**PROFILE, "rate": "60/s"}, 60, "a profile of 3 points, 60/s on average"),
    ({"process": "profile", "points": [["0s", "3/s"]]}, 3, "a profile of 1 point, 3/s on average"),
    (BURSTY, 19, "bursty, 100/s for 1s and 10/s for 9s on average"),
    ({**BURSTY, "rate": "38/s"}, 38, "bursty, 200/s for 1s and 20/s for 9s on average"),
    ({**BURSTY, "rates": ["5/s", "0/s"]}, 0.5, "bursty, 5/s for 1s and 0/s for 9s on average"),
    (TRACE, 1, "3 recorded arrivals, 1/s"),
    ({**TRACE, "rate": "8/s", "payloads": ["a", "b", ""]}, 8, "3 recorded arrivals, 8/s"),
    ({"process": "trace", "times": ["0s", "0s"]}, None, "2 recorded arrivals, all at once"),
    ({"process": "closed", "users": 20, "think": EXPONENTIAL}, None,
     "20 users, thinking 20ms exponential"),
    ({"process": "closed", "users": 1, "think": EXPONENTIAL}, None,
     "1 user, thinking 20ms exponential"),
]  # fmt: skip


def read(data: dict[str, Any], folder: Path = Path()) -> Any:
    return ADAPTER.validate_python(data, context={"folder": folder})


def refusal(data: dict[str, Any], folder: Path = Path()) -> str:
    """Key and message of the one fault."""
    with pytest.raises(ValidationError) as caught:
        read(data, folder)
    (error,) = caught.value.errors()
    return f"{'.'.join(str(part) for part in error['loc'][1:])}: {error['msg']}"


def logged(folder: Path, content: str, name: str = "log.csv", **keys: Any) -> dict[str, Any]:
    (folder / name).write_text(content, encoding="utf-8")
    return {"process": "trace", "file": name, **keys}


@pytest.mark.parametrize(("data", "rate", "heading"), KNOWN)
def test_a_process_knows_its_rate_and_its_heading(
    data: dict[str, Any], rate: float | None, heading: str
) -> None:
    """Items per second of all producers in the long run, and what people call it."""
    arrivals = read(data)
    assert arrivals.mean_rate == (rate if rate is None else pytest.approx(rate, rel=1e-14))
    assert arrivals.text() == heading


@pytest.mark.parametrize("data", [data for data, _, _ in KNOWN])
def test_written_back_it_is_equal(data: dict[str, Any]) -> None:
    """The keys of a file survive being dumped, through JSON too."""
    arrivals = read(data)
    dumped = arrivals.model_dump(mode="json", exclude_none=True)
    assert read(json.loads(json.dumps(dumped))) == arrivals
    assert read(arrivals.model_dump(mode="json")) == arrivals
    assert set(dumped) <= set(data) | {"pacing", "producers", "shape"}


def test_what_was_read_is_written_as_it_was() -> None:
    """Durations, rates and lists keep their notation."""
    dumped = read({**PROFILE, "rate": "5/s"}).model_dump(mode="json", exclude_none=True)
    assert dumped["points"] == PROFILE["points"]
    assert read(BURSTY).model_dump(mode="json")["rates"] == BURSTY["rates"]
    assert read(TRACE).model_dump(mode="json")["times"] == ["0s", "0.5s", "2s"]


@pytest.mark.parametrize("process", ["poisson", "periodic", "renewal", "backlog"])
def test_gaps_are_walked_either_way(process: str) -> None:
    """Processes of gaps alone know both pacings."""
    needed = {"renewal": {"gap": EXPONENTIAL}, "backlog": {}}.get(process, {"rate": "1/s"})
    arrivals = read({"process": process, **needed, "pacing": "gap", "producers": 3})
    assert (arrivals.pacing, arrivals.producers) == ("gap", 3)
    plain = read({"process": process, **needed})
    assert (plain.pacing, plain.producers) == ("schedule", 1)


@pytest.mark.parametrize("data", [{**BATCH, "size": SIZE_5}, PROFILE, BURSTY, TRACE])
def test_what_is_tied_to_the_clock_has_a_schedule(data: dict[str, Any]) -> None:
    """By gap there is no clock to be tied to."""
    assert "pacing: Input should be 'schedule'" in refusal({**data, "pacing": "gap"})
    assert read({**data, "producers": 2}).producers == 2


def test_users_are_the_producers_of_a_closed_process() -> None:
    """Engines read all processes alike, and a file has no keys for it."""
    data = {"process": "closed", "users": 20, "think": EXPONENTIAL}
    closed = read(data)
    assert (closed.pacing, closed.producers) == ("outcome", 20)
    for key, value in (("pacing", "gap"), ("producers", 3)):
        assert f"{key}: Extra inputs" in refusal({**data, key: value})
    for users in (0, 10_001):
        assert "users: Input should be" in refusal({**data, "users": users})


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"distribution": "constant", "value": 0}, "size.constant.value: Input should be"),
        ({"distribution": "constant", "value": 2.5}, "valid integer"),
        ({"distribution": "constant", "value": 1_000_001}, "less than or equal to 1000000"),
        ({"distribution": "geometric", "mean": 0.9}, "size.geometric.mean: Input should be"),
        ({"distribution": "uniform", "low": 3, "high": 2}, "must be at least low, 3"),
        ({"distribution": "poisson", "mean": 3}, "'constant', 'geometric', 'uniform'"),
        (5, "size: Input should be a valid dictionary"),
    ],
)
def test_a_batch_has_at_least_one_item(size: object, said: str) -> None:
    """Sizes are whole numbers from 1 on."""
    assert said in refusal({**BATCH, "size": size})


def test_a_size_that_is_wrong_below_is_told_once() -> None:
    """A wrong `low` is its own fault, not one of `high` too."""
    assert "low: " in refusal({**BATCH, "size": {"distribution": "uniform", "low": 0, "high": 2}})


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (5, "write a CSV file's name, or a list such as"),
        ([], "holds no points"),
        (["0s", "10/s"], 'point 1: write an instant and a rate, such as [["0s", "10/s"]'),
        ([["0s", "10/s", 3]], "point 1: write an instant and a rate"),
        ([["0s", "10/s"], [5, "10/s"]], 'point 2: a duration needs a unit: write "5s"'),
        ([["0s", 10]], 'point 1: a rate needs a unit: write "10/s"'),
        ([["0s", "-1/s"]], "point 1: a rate must be above 0"),
        ([["1s", "10/s"]], "point 1: the first point must be at 0s"),
        ([["0s", "1/s"], ["5s", "2/s"], ["5s", "3/s"]], "point 3: 5s is not after 5s, the point"),
        ([["0s", "1/s"], ["5s", "2/s"], ["4s", "3/s"]], "point 3: 4s is not after 5s"),
        ([["0s", "0/s"], ["5s", "0.0 / min"]], "holds only rates of 0: at least one"),
        ("nowhere.csv", "nowhere.csv: cannot be read: No such file"),
    ],
)
def test_a_profile_is_refused_with_its_point(points: object, said: str) -> None:
    """Each fault names the point that it is in."""
    told = refusal({"process": "profile", "points": points})
    assert told.startswith("points: ")
    assert said in told


def test_a_profile_without_a_mean_cannot_be_rescaled() -> None:
    """A rate needs a mean up to the last point to rescale."""
    for points in ([["0s", "3/s"]], [["0s", "0/s"], ["5s", "3/s"]]):
        data = {"process": "profile", "points": points}
        assert read(data).mean_rate == (3 if len(points) == 1 else 0)
        assert "rate: Value error, rescales the mean" in refusal({**data, "rate": "2/s"})


@pytest.mark.parametrize(
    "content",
    [
        "time_s,rate_per_s\n0,10\n30,50\n60,0\n",
        "note,load_per_min,at_ms\na,600,0\nb,3000,30000\n\nc,0,60000\n",
        "\ufeffclock_us,rate_per_h\n0,36000\n3e7,180000\n60000000,0\n",
    ],
)
def test_a_profile_is_read_from_a_file(tmp_path: Path, content: str) -> None:
    """Units are in the names of the columns; other columns are left alone."""
    (tmp_path / "load.csv").write_text(content, encoding="utf-8")
    from_file = read({"process": "profile", "points": "load.csv"}, tmp_path)
    assert from_file == read(PROFILE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "load.csv: is empty"),
        ("time_s,rate_per_s\n", "load.csv: holds no rows"),
        ("time,rate_per_s\n0,1\n", 'needs a column of instants, "time_s"'),
        ("time_s,rate\n0,1\n", 'one of rates, "rate_per_s"'),
        ("time_s,rate_per_s\n0,ten\n", 'line 2: "ten" is not a number'),
        ("time_s,rate_per_s\n0\n", 'line 2: "" is not a number'),
        ("time_s,rate_per_s\n0,-1\n", 'line 2: "-1" is negative'),
        ("time_s,rate_per_s\n0,1\n\n5,1\n4,1\n", "line 5: 4s is not after 5s"),
        ("time_s,rate_per_s\n0,1\n1e400,1\n", 'line 3: "1e400" is not a number'),
    ],
)
def test_a_profiles_file_is_refused_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    """File, line, and what is wrong there."""
    (tmp_path / "load.csv").write_text(content)
    told = refusal({"process": "profile", "points": "load.csv"}, tmp_path)
    assert "points: Value error, load.csv: " in told
    assert said in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rates": "5/s"}, 'rates: Value error, write two, one for each state, such as ["100/s"'),
        ({"rates": ["5/s"]}, "rates: Value error, write two"),
        ({"rates": ["5/s", "5/s", "5/s"]}, "rates: Value error, write two"),
        ({"rates": ["0/s", "0/s"]}, "rates: Value error, are both 0"),
        ({"rates": ["5/s", 3]}, 'rates.1: Value error, a rate needs a unit: write "3/s"'),
        ({"stays": ["5s"]}, 'write two, one for each state, such as ["1s", "9s"]'),
        ({"stays": ["5s", "0s"]}, "stays.1: Value error, must be longer than 0"),
    ],
)
def test_bursts_have_two_states(changes: dict[str, Any], said: str) -> None:
    """Two rates of which one may be 0, two stays."""
    assert said in refusal({**BURSTY, **changes})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", "id,at_s,url\n7,3,/a\n8,3.5,/b\n\n9,5,/c\n"),
        ("log.csv", "at_ms, url\n3000, /a\n3500, /b \n 5000,/c\n"),
        ("log.csv", "\ufefftime,url\n2023-11-16 00:00,/a\n2023-11-16 00:00:00.5,/b\n"
                    "2023-11-16 00:00:02,/c\n"),
        ("log.csv", "url,epoch_ns\n/a,1700158546000000001\n/b,1700158546500000001\n"
                    "/c,1700158548000000001\n"),
        ("log.csv", "Timestamp,url\n2023-11-16 23:59:59.5000000,/a\n2023-11-17 00:00:00,/b\n"
                    "2023-11-17T00:00:01.5,/c\n"),
        ("log.csv", "TIME,url\n2023-11-16T12:00:00Z,/a\n2023-11-16T13:00:00.5+01:00,/b\n"
                    "2023-11-16T11:00:02-0100,/c\n"),
        ("log.jsonl", '{"url": "/a", "at_s": 3}\n\n{"at_s": 3.5, "url": "/b", "more": [1]}\n'
                      '{"at_s": "5", "url": "/c"}\n'),
        ("log.NDJSON", '{"time": "2023-11-16 00:00", "url": "/a"}\n'
                       '{"time": "2023-11-16 00:00:00,5", "url": "/b"}\n'
                       '{"time": "2023-11-16 00:00:02", "url": "/c"}\n'),
    ],
)  # fmt: skip
def test_a_log_is_read_once(tmp_path: Path, name: str, content: str) -> None:
    """From then on the trace holds seconds since the first row, and the payloads."""
    trace = read(logged(tmp_path, content, name, payload="url"), tmp_path)
    assert trace.times == (0.0, 0.5, 2.0)
    assert trace.payloads == ("/a", "/b", "/c")
    assert (trace.file, trace.time, trace.payload) == (None, None, None)
    (tmp_path / name).unlink()
    assert read(trace.model_dump(mode="json", exclude_none=True)) == trace


@pytest.mark.parametrize(
    ("content", "second"),
    [
        ("time\n2023-11-16 00:00:59.9999999\n2023-11-16 00:01:00.0000000\n", 1e-7),
        ("time\n2023-11-16 00:00:00.123456788\n2023-11-16 00:00:00.123456789\n", 1e-9),
        ("epoch_us\n1700158546000000\n1700158546000001\n", 1e-6),
        ("epoch_s\n1700158546.1\n1700158546.4\n", 0.3),
    ],
)
def test_instants_are_subtracted_before_they_are_rounded(
    tmp_path: Path, content: str, second: float
) -> None:
    """A clock that began long ago loses no digit."""
    assert read(logged(tmp_path, content), tmp_path).times == (0.0, second)


def test_a_column_of_instants_can_be_named(tmp_path: Path) -> None:
    """Without a name the first column with a unit is taken, before one called timestamp."""
    content = "timestamp,served_ms,came_ms\n2023-11-16,5,1\n2023-11-17,6,3\n"
    assert read(logged(tmp_path, content), tmp_path).times == (0.0, 0.001)
    assert read(logged(tmp_path, content, time="came_ms"), tmp_path).times == (0.0, 0.002)
    assert read(logged(tmp_path, content, time="timestamp"), tmp_path).times == (0.0, 86400.0)


def test_a_quoted_payload_may_have_several_lines(tmp_path: Path) -> None:
    """It is one cell, and the lines below it keep their numbers."""
    content = 'at_s,p\n1,"a\n\nb"\n2,c\n'
    assert read(logged(tmp_path, content, payload="p"), tmp_path).payloads == ("a\n\nb", "c")
    assert 'line 5: "0" is before "1" of line 4' in refusal(
        logged(tmp_path, content.replace("2,c", "0,c")), tmp_path
    )


def test_payloads_of_json_lines_keep_their_notation(tmp_path: Path) -> None:
    """Text as it is, everything else as JSON, nothing where a row has none."""
    content = '{"t_s": 0, "p": {"n": 1}}\r\n{"t_s": 1, "p": "x\u2028y"}\n'
    content += '{"t_s": 2}\n{"t_s": 3, "p": null}\n'
    trace = read(logged(tmp_path, content, "log.jsonl", payload="p"), tmp_path)
    assert trace.payloads == ('{"n": 1}', "x\u2028y", "", "null")


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        ("", {}, "file: Value error, log.csv: is empty"),
        ("at_s\n", {}, "file: Value error, log.csv: holds no rows"),
        ("at,b\n1,2\n", {}, 'log.csv: has no column of instants, such as "time_s" or "timestamp"'),
        ("at_s\n1\n", {"time": "at_z"}, 'time: Value error, log.csv: has no column "at_z": did'),
        ("at_s\n1\n", {"time": "at_z"}, 'did you mean "at_s"?'),
        ("at_s\n1\n", {"time": "zzz"}, 'has no column "zzz": it has at_s'),
        ("at_s,url\n1,2\n", {"payload": "ulr"}, "payload: Value error, log.csv: has no column"),
        ("at_s\n1\nsoon\n", {}, 'file: Value error, log.csv: line 3: "soon" is not a number'),
        ("at_s\n1\nnan\n", {}, 'line 3: "nan" is not a number'),
        ("at_s,b\n1,2\n,3\n", {}, 'line 3: "" is not a number'),
        ("at_s\n-1\n", {}, 'line 2: "-1" is negative'),
        ("at_s\n1\n\n3\n2.5\n", {}, 'line 5: "2.5" is before "3" of line 4: sort the rows by at_s'),
        ("time\n12\n", {}, 'line 2: "12" is not a date-time such as "2023-11-16 18:15:46.68"'),
        ("time\n12\n", {}, 'numbers need a unit in the column\'s name, "time_s"'),
        ("time\n2023-13-16\n", {}, 'line 2: "2023-13-16" is not a date-time'),
        ("time\n2023-11-16 00:00Z\n2023-11-16 00:01\n", {}, "line 3: write every date-time with"),
        ("time\n2023-11-16 00:00\n2023-11-16 00:01Z\n", {}, "line 3: write every date-time with"),
        ("time\n2023-11-17\n2023-11-16\n", {}, 'line 3: "2023-11-16" is before "2023-11-17"'),
        ("at_s\n1\n1\n", {"rate": "5/s"}, "rate: Value error, cannot rescale a trace whose items"),
        ("at_s\n1\n", {"payload": 5}, "payload: Value error, must be a text in quotes"),
        ("at_s\n1\n", {"times": ["0s"]}, "a trace has a file, or times in its place: remove one"),
    ],
)
def test_a_log_is_refused_with_its_line(
    tmp_path: Path, content: str, keys: dict[str, Any], said: str
) -> None:
    """Key of the scenario, file, line, and what to write instead."""
    assert said in refusal(logged(tmp_path, content, **keys), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("log.csv", b"\xff\xfea", "log.csv: is not a text file in UTF-8"),
        ("log.csv", b'at_s\n1\n"' + b"x" * 140_000, "is not CSV"),
        ("log.jsonl", b'{"at_s": 1}\nat 2\n', "log.jsonl: line 2: is not a JSON object such as"),
        ("log.jsonl", b"[1]\n", "line 1: is not a JSON object such as"),
    ],
)
def test_a_file_that_is_no_log_is_named(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """What cannot be read as columns is refused with the file's name and why."""
    (tmp_path / name).write_bytes(content)
    assert said in refusal({"process": "trace", "file": name}, tmp_path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "file: Value error, is missing: write the name of a CSV or JSON Lines file"),
        ({"time": "at_s"}, "file: Value error, is missing"),
        ({"file": "nowhere.csv"}, "nowhere.csv: cannot be read: No such file"),
        ({"times": []}, 'times: Value error, write times since the first item, such as ["0s"'),
        ({"times": "0s"}, "times: Value error, write times since the first item"),
        ({"times": ["0s", 5]}, 'item 2: a duration needs a unit: write "5s"'),
        ({"times": ["0s", True]}, "item 2: a duration is written like"),
        ({"times": ["0s", "-1s"]}, "item 2: a duration must not be negative"),
        ({"times": ["1s", "2s"]}, 'begin with 1s: times count from the first item, write "0s"'),
        ({"times": ["0s", "2s", "1500ms"]}, "item 3: 1500ms is before 2s: sort them"),
        ({"times": ["0s", "1s"], "payloads": ["a"]}, "payloads: Value error, are 1 for 2 items"),
        ({"times": ["0s", "1s"], "payloads": "ab"}, "payloads: Input should be a valid tuple"),
        ({"payloads": ["a"]}, "times: Field required"),
    ],
)
def test_a_trace_in_place_is_checked_too(data: dict[str, Any], said: str) -> None:
    """Durations since the first item, in order, and as many payloads."""
    assert said in refusal({"process": "trace", **data})


def test_a_fault_of_a_log_has_the_line_of_its_key(tmp_path: Path) -> None:
    """The scenario's file and line lead to the log, and the message to the line in it."""
    (tmp_path / "log.csv").write_text("at_s\n1\nsoon\n")
    path = tmp_path / "pool.toml"
    path.write_text(
        'items = 5\nworkers = { count = 1 }\n[arrivals]\nprocess = "trace"\nfile = "log.csv"\n'
        '[service]\ndistribution = "deterministic"\nmean = "1s"\n'
    )
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    assert str(caught.value) == (
        f'{path}:5  arrivals.file = "log.csv"   log.csv: line 3: "soon" is not a number'
    )


def test_the_keys_of_a_log_are_known_keys() -> None:
    """They are in the schema, so that a near miss of one is guessed."""
    keys = Scenario.model_json_schema()["$defs"]["Trace"]["properties"]
    assert {"file", "time", "payload", "times", "payloads", "rate"} <= set(keys)
    with pytest.raises(ScenarioError, match='did you mean "payload"'):
        Scenario.from_dict({**PLAIN, "arrivals": {**TRACE, "pay_load": "url"}})


def test_a_long_trace_is_written_and_read_back_at_once() -> None:
    """20,000 rows in less than half a second, to the last bit."""
    times = [number / 3 for number in range(20_000)]
    trace = read({"process": "trace", "times": [f"{number!r}s" for number in times]})
    begin = time.perf_counter()
    assert read(trace.model_dump(mode="json", exclude_none=True)) == trace
    assert time.perf_counter() - begin < 0.5
    assert list(trace.times) == times


@pytest.mark.skipif(not AZURE.exists(), reason=f"the data are kept beside the project: {AZURE}")
def test_an_hour_of_recorded_requests_is_read() -> None:
    """Seven digits of a second survive, and the last row stands where the file says."""
    data = {"process": "trace", "file": str(AZURE), "payload": "GeneratedTokens"}
    trace = read(data)
    assert len(trace.times) == len(trace.payloads) == 19_366
    assert trace.times[:2] == (0.0, 4.314579)
    assert trace.payloads[:2] == ("44", "109")
    assert trace.mean_rate == pytest.approx(5.5, rel=0.05)
    assert format_duration(trace.times[1]) == "4.314579s"
