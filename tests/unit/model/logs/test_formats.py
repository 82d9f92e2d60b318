"""Each row of the table of log formats recognises its own files alone, and reads them."""

from pathlib import Path

import pytest

from builders import pool
from logs import celery_lines, write
from project import ROOT
from queuetwin.model import Workload, simulate
from queuetwin.model.logs import csv_table
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.formats import FORMATS, LogFormat, format_of
from queuetwin.model.logs.text_source import opened

ACCESS = 'h - - [01/May/2024:09:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "UA" 0.25'
EXAMPLES = {
    "CSV": ("arrival_s,end_s", "0,1"),
    "JSON Lines": ('{"arrival_s": 0, "end_s": 1}',),
    "Celery worker log": celery_lines([0], [0], [1]),
    "web access log": (ACCESS,),
}


def example(kind: str, folder: Path) -> Path:
    if kind != "saved run":
        return write(folder / "example.log", *EXAMPLES[kind])
    scenario = pool({"items": 20})
    simulate(scenario, Workload.draw(scenario)).save(folder / "run.npz")
    return folder / "run.npz"


@pytest.mark.parametrize("log_format", FORMATS, ids=lambda row: row.kind)
def test_a_file_is_of_one_format(log_format: LogFormat, tmp_path: Path) -> None:
    """No other row recognises it, CSV apart, which is any text that is nothing else."""
    with opened(str(example(log_format.kind, tmp_path))) as text:
        assert format_of(text) is log_format
        kinds = {row.kind for row in FORMATS if row.recognises(text)}
        assert kinds - {csv_table.KIND} == {log_format.kind} - {csv_table.KIND}
        log = log_format.read(text, LogColumns())
    assert log.kind == log_format.kind
    assert len(log) > 0


def test_json_lines_that_quote_a_celery_log(tmp_path: Path) -> None:
    """A line of Celery without a task, within an object, makes no log of Celery."""
    path = write(tmp_path / "a.log", '{"arrival_s": 0, "message": "[x: INFO/MainProcess] ready"}')
    with opened(str(path)) as text:
        assert format_of(text).kind == "JSON Lines"


def test_the_documentation_names_every_format() -> None:
    """With what a file of it must hold."""
    rows = [
        line.split("|") for line in (ROOT / "docs/fitting.md").read_text().splitlines()
        if line.startswith("|")
    ]  # fmt: skip
    for log_format in FORMATS:
        needs = [row[2].strip() for row in rows if log_format.kind in row[1]]
        assert needs == [log_format.needs]
