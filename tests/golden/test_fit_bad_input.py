"""What is said of logs that cannot be used: file, row, what is wrong, what to write instead."""

import gzip
import sys
from pathlib import Path

import pytest

from queuetwin.reports.cli import main

CASES = {
    "empty": (b"", "", ["a.csv   is empty"]),
    "binary": (
        bytes(range(256)) * 20, "",
        ["a.csv   is not a text file: a log is text, .gz, or a saved run (.npz)"],
    ),
    "no run": (b"PK\x03\x04rubbish", "", ["a.csv   is not a saved run"]),
    "heading only": (b"arrival_s,end_s\n", "", ["a.csv:1   holds no rows below its heading"]),
    "wrong column": (
        b"came,done\n1,2\n", "--arrival cam --end dne",
        ['a.csv:1  --arrival = cam   there is no such column: did you mean "came"?',
         'a.csv:1  --end = dne   there is no such column: did you mean "done"?'],
    ),
    "no arrival": (
        b"x,y\n1,2\n", "",
        ["a.csv:1   which column says when an item arrives?  Write --arrival NAME (and --start, "
         "--end, --duration as far as there are): it has x, y"],
    ),
    "no unit": (
        b"arrival,end\n1,2\n", "",
        ["a.csv:2   arrival holds numbers such as 1: write their unit, --unit s, ms, us or ns "
         "(or what a size of 1 lasts, --unit 25ms)"],
    ),
    "unknown unit": (
        b"arrival,end\n1,2\n", "--unit weeks",
        ["--unit = weeks   must be s, ms, us, ns, or what a size of 1 lasts, such as 25ms"],
    ),
    "end before start": (
        b"start_s,end_s\n0,1\n5,4\n6,7\n", "",
        ["a.csv row 3   1 of 3: end before start"],
    ),
    "missing and no number": (
        b"arrival_s,end_s\n0,1\n,4\nsix,7\n", "",
        ['a.csv row 4: "six"   1 of 3: no time in arrival_s',
         "a.csv row 3   1 of 3: arrival is missing"],
    ),
    "mixed units": (
        b"arrival,end\n1700000000,1700000001\n1700000001000,1700000002000\n"
        b"1700000002,1700000003\n", "--unit s",
        ['a.csv row 3: "1700000001000"   1 of 3: time in another unit in arrival',
         'a.csv row 3: "1700000002000"   1 of 3: time in another unit in end'],
    ),
    "mixed units, the smaller one": (
        b"arrival,end\n1700000000000,1700000001000\n1700000001,1700000002\n"
        b"1700000002000,1700000003000\n", "--unit ms",
        ["a.csv:3   the arrival of this row is in another unit than those of most rows"],
    ),
    "mixed units of a duration": (
        b"arrival_s,service\n0,12ms\n1,0.02\n", "",
        ['a.csv row 3: "0.02"   1 of 2: no duration in service'],
    ),
    "service or response": (
        b"arrival_s,duration_s\n0,1\n1,1\n", "",
        ["a.csv   does a duration hold the waiting too?  The log does not say: write "
         "--duration-is service or --duration-is response"],
    ),
    "no workers": (
        b"arrival_s,end_s\n0,1\n1,2\n", "",
        ["a.csv   shows when items came and when they ended, so how long they waited and were "
         "served together: write --workers N, and the service times follow exactly if they were "
         "served first come first served"],
    ),
    "another order": (
        b"arrival_s,end_s\n0,9\n1,2\n1,3\n", "--workers 1",
        ["a.csv   was not served first come first served by 1 workers: 1 of 3 items would have "
         "ended before they started; with more workers, or in another order, the log must show "
         "when items started (--start)"],
    ),
    "no services": (
        b"arrival_s\n0\n1\n", "",
        ["a.csv   shows no times of service: name --start and --end, or --duration"],
    ),
    "no such task": (
        b"arrival_s,start_s,end_s,task\n0,0,1,make\n", "--only mke",
        ['--only = mke   there is no such task in the log: did you mean "make"?'],
    ),
    "no window": (
        b"arrival_s,start_s,end_s\n0,0,1\n", "--window soon",
        ['--window = soon   must be "all", a length such as 30m, or hours of the day such as '
         "09:00-10:00"],
    ),
    "too little": (
        b"arrival_s,start_s,end_s\n0,0,1\n", "",
        ["the window holds 1 arrivals and 1 services: at least 20 of each are needed"],
    ),
    "no object": (b'{"arrival_s": 1}\n[1]\n', "", ["a.csv:2   is not a JSON object"]),
    "broken archive": (
        gzip.compress(b"arrival_s,end_s\n" + b"1,2\n" * 50_000)[:-40], "", None,
    ),
    "Celery without an end": (
        b"[2024-05-01 09:00:00,000: INFO/MainProcess] Task a.b[x] received\n", "",
        ["a.csv   is a Celery log in which no task both begins and ends: is INFO switched on?"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_log_that_cannot_be_used_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exact words, exit code 3, nothing on standard output, nothing written."""
    content, words, told = CASES[name]
    (tmp_path / "a.csv").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["queuetwin", "fit", "a.csv", "-o", "b.toml", *words.split()])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (3, "")
    *lines, last = err.splitlines()
    assert last.endswith("; nothing was run")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    if told is not None:
        assert lines == told
