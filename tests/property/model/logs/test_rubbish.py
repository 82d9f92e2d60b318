"""Whatever a log holds: a scenario error in plain words, or a log in which nothing is lost."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from queuetwin.model import ScenarioError
from queuetwin.model.fitting.service_times import with_services
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.reading import read_log

CELLS = st.sampled_from(
    ["0", "1", "2.5", "-1", "", "x", "1e300", "nan", "inf", "12ms", "2024-05-01 09:00:00",
     "2024-05-01T09:00:00Z", '"', "ok", "failed", "9" * 400, "[1]", "null"]
)  # fmt: skip
LINES = st.sampled_from(
    [
        "[2024-05-01 09:00:00,000: INFO/MainProcess] Task a.b[x] received",
        "[2024-05-01 09:00:01,000: INFO/ForkPoolWorker-1] Task a.b[x] succeeded in 0.5s: None",
        "[2024-05-01 09:00:01,000: INFO/ForkPoolWorker-1] Task a.b[x] succeeded in 1e400s: None",
        "[2024-99-01 09:00:01,000: INFO/ForkPoolWorker-1] Task a.b[x] received",
        "[2024-05-01 09:00:01,000: INFO/ForkPoolWorker-1] Task a.b[x] retry: Retry in ...s",
        'h - - [01/May/2024:09:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "UA" 0.5',
        'h - - [99/May/2024:09:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "UA" 0.5',
        'h - - [01/May/2024:09:00:01 +0000] "GET / HTTP/1.1" 999 5',
        '{"arrival_s": 1, "end_s": 2}',
        '{"arrival_s": {"a": []}, "end_s": null}',
        "arrival_s,end_s,status",
        "1,2,ok",
        "",
        "\0",
        "\u2028",
    ]
)
HEADS = st.sampled_from(["arrival_s,start_s,end_s,status", "arrival,end,service"])


def kept_or_refused(content: bytes, columns: LogColumns) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.log"
        path.write_bytes(content)
        try:
            log = read_log([path], columns)
            with_services(log, 2)
        except ScenarioError as fault:
            assert str(fault).strip()
            return
        if log.kind == "CSV":
            assert len(log) + sum(one.count for one in log.left_out) == log.lines


@given(HEADS, st.lists(st.lists(CELLS, min_size=0, max_size=5).map(",".join), max_size=12))
def test_tables_of_rubbish(head: str, rows: list[str]) -> None:
    """Cells that are no times, too many of them, or none."""
    kept_or_refused("\n".join([head, *rows]).encode(), LogColumns(unit="s"))


@given(st.lists(LINES, max_size=10))
def test_lines_of_several_kinds(lines: list[str]) -> None:
    """Lines that look like a log, next to those of another."""
    kept_or_refused("\n".join(lines).encode(), LogColumns())


@given(st.binary(max_size=300), st.booleans())
def test_bytes(content: bytes, packed: bool) -> None:
    """Anything at all, packed or not."""
    kept_or_refused(gzip.compress(content) if packed else content, LogColumns(unit="s"))
