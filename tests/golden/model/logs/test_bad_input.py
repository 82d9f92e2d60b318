"""What is said of logs that cannot be used: file, row, what is wrong, what to write instead."""

import gzip
import io
import math
import os
import sys
from pathlib import Path

import pytest

from queuetwin.reports.cli.main import main

MOST = 10**6 // 200
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
    "start before arrival": (
        b"arrival_s,start_s,end_s\n0,0,1\n5,4,6\n", "",
        ["a.csv row 3   1 of 2: start before arrival"],
    ),
    "rubbish behind a good beginning": (
        b"arrival_s,start_s,end_s\n" + b"1,1,2\n" * 12_000 + b"\xff\xfe\x00\n" * 200, "",
        ['a.csv row 12,002: "\ufffd\ufffd\\x00"   200 of 12,200: no time in arrival_s'],
    ),
    "a line without an end": (
        b"arrival_s,end_s\n" + b"1" * 1_000_001, "",
        ["a.csv:2   is no line of a log: it has 1,000,000 characters or more"],
    ),
    "quotes that do not close": (
        b'arrival_s,end_s\n"1,2\n' + b"3,4\n" * 50_000, "",
        ["a.csv:32770   is not CSV: field larger than field limit (131072)"],
    ),
    "nothing at that hour": (
        b"arrival,start,end\n" + b"2024-05-01T09:00:00,2024-05-01T09:00:00,2024-05-01T09:00:01\n",
        "--window 11:00-12:00",
        ["--window = 11:00-12:00   nothing came in these hours"],
    ),
    "an empty archive": (gzip.compress(b""), "", ["a.csv   is empty"]),
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


def fitted(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, list[str]]:
    """Exit code, standard output, lines of the errors."""
    with pytest.raises(SystemExit) as left, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["queuetwin", "fit", *words])
        main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err.splitlines()


@pytest.mark.parametrize("name", CASES)
def test_a_log_that_cannot_be_used_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exact words, exit code 3, nothing on standard output, nothing written."""
    content, words, told = CASES[name]
    (tmp_path / "a.csv").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    code, out, err = fitted("a.csv", "-o", "b.toml", *words.split(), capsys=capsys)
    assert (code, out) == (3, "")
    *lines, last = err
    assert last.endswith("; nothing was run")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    if told is not None:
        assert lines == told


def test_what_is_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, or a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    for name, why in (("a.csv", "No such file or directory"), ("logs", "Is a directory")):
        code, out, err = fitted(name, "-o", "b.toml", capsys=capsys)
        assert (code, out) == (3, "")
        assert err == [f"{name}   cannot be read: {why}", "1 problem; nothing was run"]


def test_a_log_beyond_the_memory_is_refused_before_it_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine of a megabyte, and a stream that would never end."""
    taken = []

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:
            taken.append(len(buffer))
            heading = b"" if len(taken) > 1 else b"arrival_s,start_s,end_s\n"
            text = heading + b"1,2,3\n" * len(buffer)
            buffer[:] = text[: len(buffer)]
            return len(buffer)

    monkeypatch.chdir(tmp_path)
    sizes = {"SC_PAGE_SIZE": 1000, "SC_PHYS_PAGES": 10**9 // 10**6}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    code, out, err = fitted("-", "-o", "b.toml", capsys=capsys)
    assert (code, out) == (3, "")
    assert err[0] == (
        f"standard input   has {MOST + 1:,} lines and more, which takes more than the "
        "0 GB of this machine: give a part of it, such as its busiest hour"
    )
    assert sum(taken) < 1_000_000
    assert not list(tmp_path.iterdir())


def test_a_window_beyond_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of a log that could just be read; a shorter window would do."""
    rows = [f"{one},{one},{one + 0.5}" for one in range(4000)]
    (tmp_path / "a.csv").write_text("\n".join(["arrival_s,start_s,end_s", *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    sizes = {"SC_PAGE_SIZE": 1000, "SC_PHYS_PAGES": 10**9 // 10**6}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    code, out, err = fitted("a.csv", "--window", "all", "-o", "b.toml", capsys=capsys)
    assert (code, out) == (3, "")
    assert err[0] == (
        "--window   holds 4,000 items, and to fit them takes more than the 0 GB of this machine: "
        "write a shorter one, such as 30m"
    )


@pytest.mark.slow
def test_rows_that_are_left_out_are_counted_by_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fewer than one in a hundred: the rest is fitted, and each reason has its first row."""
    came = [1.7 * number + math.sin(number) for number in range(1000)]
    rows = [f"{second},{second},{second + 0.5}" for second in came]
    rows[100], rows[200] = "170,170,169", "340,,341"
    rows[300], rows[301] = "soon,510,511", ",512,513"
    (tmp_path / "a.csv").write_text("\n".join(["arrival_s,start_s,end_s", *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    code, out, err = fitted("a.csv", "-o", "b.toml", capsys=capsys)
    assert (code, err) == (0, [])
    said = " ".join(out.split())
    assert (
        'left out 4 rows: 1 no time in arrival_s (first: a.csv row 302: "soon"), 1 arrival is '
        "missing (first: a.csv row 303), 1 start is missing (first: a.csv row 202), 1 end before "
        "start (first: a.csv row 102)"
    ) in said
    assert (tmp_path / "b.toml").exists()


def test_two_heaps_that_may_be_two_units_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is changed, since fast and slow answers look alike; the scenario remembers it."""
    lengths = [0.02 if number % 50 else 20.0 for number in range(1000)]
    rows = [f"{60 * number},{length}" for number, length in enumerate(lengths)]
    (tmp_path / "a.csv").write_text("\n".join(["start_s,service_s", *rows]) + "\n")
    (tmp_path / "b.csv").write_text(
        "\n".join(["arrival_s", *(str(60 * number) for number in range(1000))]) + "\n"
    )
    monkeypatch.chdir(tmp_path)
    words = ("a.csv", "--arrivals", "b.csv", "--window", "all", "-o", "b.toml")
    code, out, _ = fitted(*words, capsys=capsys)
    assert code == 0
    heaps = "20 of 1,000 services take about 20 s, the others about 20 ms (is it one unit?)"
    assert heaps in " ".join(out.split())
    assert heaps in (tmp_path / "b.toml").read_text()
