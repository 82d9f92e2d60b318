"""Logs of every kind become the same columns; what is wrong is named, and nothing is lost."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest

from builders import pool
from logs import celery_lines, write
from queuetwin.model import ScenarioError, Workload, simulate
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import NEVER, SECOND, Ended, Log
from queuetwin.model.logs.reading import read_log

TABLE = ("arrival_s,start_s,end_s,task", "0,0,2,a", "1,2,3.5,b", "2.5,3.5,4,a")


def seconds(log: Log, name: str) -> list[float]:
    return [float(one) / SECOND for one in getattr(log, name)]


def refused(*paths: Path, columns: LogColumns | None = None) -> str:
    with pytest.raises(ScenarioError) as fault:
        read_log(paths, columns)
    return str(fault.value)


def test_a_table_with_obvious_names(tmp_path: Path) -> None:
    """Units come from the names; names of tasks are kept."""
    log = read_log([write(tmp_path / "a.csv", *TABLE)])
    assert (log.kind, log.lines, log.left_out) == ("CSV", 3, ())
    assert seconds(log, "arrival") == [0, 1, 2.5]
    assert seconds(log, "end") == [2, 3.5, 4]
    assert [log.tasks[one] for one in log.task] == ["a", "b", "a"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator: str, tmp_path: Path) -> None:
    """Spreadsheets of other countries separate by semicolons."""
    lines = [line.replace(",", separator) for line in TABLE]
    assert len(read_log([write(tmp_path / "a.csv", *lines)])) == 3


def test_columns_that_are_named(tmp_path: Path) -> None:
    """A size stands for a time where its unit says what one lasts."""
    path = write(tmp_path / "a.csv", "ts,size", "2023-11-16 18:15:46.6805900,4",
                 "2023-11-16 18:15:47.1805900,8")  # fmt: skip
    asked = LogColumns(arrival="ts", duration="size", unit="25ms", duration_is="service")
    log = read_log([path], asked)
    assert log.clock
    assert np.diff(log.arrival).tolist() == [SECOND // 2]
    assert log.duration.tolist() == [0.1, 0.2]


def test_date_times_keep_their_nanoseconds_and_their_zones(tmp_path: Path) -> None:
    """One instant written in two zones is one instant; a mixed file is read one by one."""
    path = write(tmp_path / "a.csv", "arrival", "2024-05-01T09:00:00.123456789Z",
                 "2024-05-01T11:00:00.123456789+02:00")  # fmt: skip
    found = read_log([path]).arrival
    assert found[0] == found[1]
    assert found[0] % SECOND == 123_456_789


def test_json_lines(tmp_path: Path) -> None:
    """One object on each line; numbers and null are what they are."""
    rows = [{"arrival_ms": 0, "service_ms": 20.5}, {"arrival_ms": 5, "service_ms": 10}]
    log = read_log([write(tmp_path / "a.jsonl", *map(json.dumps, rows))])
    assert (log.kind, log.means) == ("JSON Lines", "service")
    assert seconds(log, "arrival") == [0, 0.005]
    assert log.duration.tolist() == [0.0205, 0.01]


def test_packed_files_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A `.gz` is read as what is in it, and so is what comes in through a pipe."""
    text = ("\n".join(TABLE) + "\n").encode()
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(text))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(text))))
    for path in (packed, Path("-")):
        assert seconds(read_log([path]), "start") == [0, 2, 3.5]


def test_many_files_are_one_log_in_order(tmp_path: Path) -> None:
    """Names are the same in all of them, and what was out of order is sorted, and said."""
    later = write(tmp_path / "b.csv", "arrival_s,task", "9,b", "7,c")
    first = write(tmp_path / "a.csv", "arrival_s,task", "1,c")
    log = read_log([later, first])
    assert seconds(log, "arrival") == [1, 7, 9]
    assert [log.tasks[one] for one in log.task] == ["c", "c", "b"]
    assert log.notes == ("sorted by time",)


def test_celery(tmp_path: Path) -> None:
    """Starts follow from ends and run times; results stay in the log."""
    lines = celery_lines([0, 0.5, 2.25], [0, 1, 2.5], [1, 0.75, 0.5])
    lines.insert(0, "[2024-05-01 08:59:59,000: INFO/MainProcess] celery@pod ready.")
    lines.append("[2024-05-01 09:00:04,000: INFO/MainProcess] Task a.b[last] received")
    log = read_log([write(tmp_path / "worker.log", *lines)])
    assert (log.kind, log.means, log.received) == ("Celery worker log", "service", True)
    assert np.diff(log.start).tolist() == [SECOND, 1.5 * SECOND]
    assert log.duration.tolist() == [1, 0.75, 0.5]
    assert [(one.reason, one.count) for one in log.left_out] == [("running at the end", 1)]
    assert "secret" not in repr(log)
    assert "id-0" not in repr(log)


def test_celery_failures_and_retries(tmp_path: Path) -> None:
    """A retry is a failed attempt, and the next is counted."""
    at = "[2024-05-01 09:00:0{},000: {}] Task a.b[x] {}".format
    log = read_log([write(
        tmp_path / "worker.log",
        at(0, "INFO/MainProcess", "received"),
        at(1, "INFO/ForkPoolWorker-1", "retry: Retry in 2s: OSError('path')"),
        at(3, "INFO/MainProcess", "received"),
        at(4, "ERROR/ForkPoolWorker-1", "raised unexpected: ValueError('secret')"),
        at(5, "INFO/MainProcess", "received"),
        at(6, "INFO/ForkPoolWorker-2", "succeeded in 0.5s: None"),
    )])  # fmt: skip
    assert log.ended.tolist() == [Ended.FAILED, Ended.FAILED, Ended.COMPLETED]
    assert log.attempt.tolist() == [1, 2, 1]
    assert log.backoff == 2


def test_pods_that_follow_one_another(tmp_path: Path) -> None:
    """Where time turns back, another process's log begins."""
    one = celery_lines([100, 200], [100, 200], [1, 1], "a.one")
    two = celery_lines([0, 150], [0, 150], [1, 1], "a.two")
    log = read_log([write(tmp_path / "worker.log", *one, *two)])
    assert log.group.tolist() == [1, 0, 1, 0]
    assert log.notes == ("sorted by time",)


def test_a_web_access_log(tmp_path: Path) -> None:
    """An item came its request time before its line was written."""
    line = (
        '10.0.0.1 - - [01/May/2024:09:00:0{} +0000] "GET /x?q=1 HTTP/1.1" {} 5 "-" "UA" {}'.format
    )
    log = read_log([write(tmp_path / "access.log", line(1, 200, "0.250"), line(2, 503, "0.001"))])
    assert (log.kind, log.means) == ("web access log", "response")
    assert (log.end - log.arrival).tolist() == [SECOND // 4, SECOND // 1000]
    assert log.ended.tolist() == [Ended.COMPLETED, Ended.REJECTED]


def test_microseconds_of_a_web_server_need_their_unit(tmp_path: Path) -> None:
    """A whole number behind a line may be seconds or microseconds."""
    line = 'h - - [01/May/2024:09:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "UA" 250000'
    path = write(tmp_path / "access.log", line)
    assert "row 1" not in refused(path)
    assert "`unit=us` (Apache %D)" in refused(path)
    assert read_log([path], LogColumns(unit="us")).duration.tolist() == [0.25]


def test_a_saved_run(tmp_path: Path) -> None:
    """A run shows every attempt, and which items were refused."""
    few = pool({"items": 20, "queue": {"capacity": 10, "when_full": "reject"},
                "workers.count": 3})  # fmt: skip
    run = simulate(few, Workload.draw(few))
    run.save(tmp_path / "run.npz")
    log = read_log([tmp_path / "run.npz"])
    assert (log.kind, len(log)) == ("saved run", 20)
    assert (log.ended == Ended.REJECTED).sum() == 7
    assert (log.start != NEVER).sum() == 13


def test_what_a_duration_means_is_seen_where_it_can_be(tmp_path: Path) -> None:
    """As long as from arrival to end: the response; shorter: the service."""
    head = "arrival_s,end_s,duration_s"
    both = write(tmp_path / "a.csv", head, "0,2,2", "1,4,3")
    part = write(tmp_path / "b.csv", head, "0,2,2", "1,4,1")
    assert read_log([both]).means == "response"
    assert read_log([part]).means == "service"
    assert seconds(read_log([part]), "start") == [0, 3]
    alone = write(tmp_path / "c.csv", "arrival_s,duration_s", "0,2", "1,3")
    assert read_log([alone]).means == ""


def test_a_few_wrong_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    """Up to one in a hundred; each reason with its first row."""
    rows = [f"{number},{number + 1},{number + 2}" for number in range(300)]
    rows[6] = "six,7,8"
    rows[7] = "7,9,8"
    log = read_log([write(tmp_path / "a.csv", "arrival_s,start_s,end_s", *rows)])
    assert len(log) == 298
    told = {one.reason: (one.count, one.place.partition(" ")[2]) for one in log.left_out}
    assert told == {"no time in arrival_s": (1, 'row 8: "six"'), "end before start": (1, "row 9")}


def test_nothing_is_lost(tmp_path: Path) -> None:
    """Rows that are used and rows that are left out are all rows."""
    generator = np.random.default_rng(5)
    cells = generator.choice(
        ["1", "", "x", "-5", "2"], size=(2000, 2), p=[0.6, 0.002, 0.002, 0.001, 0.395]
    )
    rows = [",".join(row) for row in cells]
    log = read_log([write(tmp_path / "a.csv", "arrival_s,service_s", *rows)])
    assert len(log) + sum(one.count for one in log.left_out) == log.lines == 2000
