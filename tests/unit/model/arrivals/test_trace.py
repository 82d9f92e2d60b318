"""Recorded arrivals: read from a log or in place, refused with their line."""

import time
from pathlib import Path
from typing import Any

import pytest

from builders import PLAIN
from processes import TRACE, read, refusal
from project import AZURE_REQUESTS, needs_azure_requests
from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.base.units import format_duration


def logged(folder: Path, content: str, name: str = "log.csv", **keys: Any) -> dict[str, Any]:
    (folder / name).write_text(content, encoding="utf-8")
    return {"process": "trace", "file": name, **keys}


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
    """20,000 rows in less than half a second of processor time, to the last bit."""
    times = [number / 3 for number in range(20_000)]
    trace = read({"process": "trace", "times": [f"{number!r}s" for number in times]})
    begin = time.thread_time()
    assert read(trace.model_dump(mode="json", exclude_none=True)) == trace
    assert time.thread_time() - begin < 0.5
    assert list(trace.times) == times


@needs_azure_requests
def test_an_hour_of_recorded_requests_is_read() -> None:
    """Seven digits of a second survive, and the last row stands where the file says."""
    data = {"process": "trace", "file": str(AZURE_REQUESTS), "payload": "GeneratedTokens"}
    trace = read(data)
    assert len(trace.times) == len(trace.payloads) == 19_366
    assert trace.times[:2] == (0.0, 4.314579)
    assert trace.payloads[:2] == ("44", "109")
    assert trace.mean_rate == pytest.approx(5.5, rel=0.05)
    assert format_duration(trace.times[1]) == "4.314579s"
