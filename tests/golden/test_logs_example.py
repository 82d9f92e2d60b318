"""The logs of examples/thumbs: what `fit` and `plan` say of them stands beside them.

`PYTHONPATH=tests/support python tests/golden/test_logs_example.py` makes the expected outputs anew.
"""

import contextlib
import gzip
import importlib.util
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from project import ROOT
from queuetwin.model import Scenario, simulate
from queuetwin.model.logs.reading import read_log
from queuetwin.reports.cli.main import main

FOLDER = ROOT / "examples" / "thumbs"
LOGS = FOLDER / "worker.log.gz", FOLDER / "access.log.gz"
FIT = ("fit", "worker.log.gz", "-o", "thumbs.toml")
OUTPUTS = {
    "stop": FIT,
    "fit": (*FIT, "--arrivals", "access.log.gz"),
    "plan": ("plan", "thumbs.toml", "--slo", "response_time.p99 < 9s",
             "--log", "worker.log.gz", "--log-arrivals", "access.log.gz"),
}  # fmt: skip


def said(name: str) -> str:
    """What the command says in the example's folder, where it may leave its file."""
    text = io.StringIO()
    sys.argv = ["queuetwin", *OUTPUTS[name]]
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main()
    return text.getvalue()


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("write_logs", FOLDER / "write_logs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_story_is_as_it_is_written_beside_the_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's log alone is refused; with the web server's it becomes a scenario, and a plan."""
    for log in LOGS:
        (tmp_path / log.name).symlink_to(log)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    for name in OUTPUTS:
        expected = (FOLDER / "expected" / f"{name}.txt").read_text(encoding="utf-8")
        assert said(name) == expected, name
        assert (tmp_path / "thumbs.toml").exists() == (name != "stop")
    fitted = Scenario.load(tmp_path / "thumbs.toml")
    assert fitted == Scenario.load(FOLDER / "expected" / "thumbs.toml")


def test_the_plan_tells_the_whole_story() -> None:
    """Twelve keep the limit; the spreadsheet's eight miss it by far; each line is there."""
    text = (FOLDER / "expected" / "plan.txt").read_text(encoding="utf-8")
    assert text.startswith(" BUY 12 ")
    rows = [line.split() for line in text.splitlines()]
    [eight] = [row for row in rows if row[:1] == ["8"]]
    assert "MISSED" in eight and "Little" in eight
    told = " ".join(text.split())
    for part in ("Of 100 such logs", "Second half of your log, predicted: +", "BREAKS AT",
                 "square root", "Poisson", "one worker lost", "twice the load", "smooth arrivals",
                 "ASSUMES", "when more than 8 run (your log never saw it)"):  # fmt: skip
        assert part in told


def test_the_logs_are_what_a_run_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrivals, services and who served come out of the lines as they went in."""
    example = generator()
    pool = Scenario.load(FOLDER / "scenario.toml").changed({"duration": "100s"})
    came = example.three_hours(pool)
    run = simulate(example.quickened(pool, came))
    monkeypatch.setattr(example, "HERE", tmp_path)
    example.write("worker.log.gz", example.worker_lines(run, float(came[0])))
    example.write("access.log.gz", example.access_lines(run, float(came[0])))
    worker, access = (read_log([tmp_path / log.name]) for log in LOGS)
    assert len(worker) == len(access) == len(came)
    took = example.QUICKER * (run.attempts["finished"] - run.attempts["started"])
    assert np.sort(worker.duration) == pytest.approx(np.sort(took), abs=1e-4)
    assert set(worker.workers) <= {f"0/ForkPoolWorker-{number}" for number in range(1, 9)}
    begin = example.BEGIN.timestamp()
    assert np.abs(np.sort(access.arrival) / 1e9 - begin - came).max() < 1.02


def test_the_logs_are_small_and_name_nobody() -> None:
    """Addresses are those that documents may use; both files together are an excerpt."""
    assert sum(log.stat().st_size for log in LOGS) < 320_000
    lines = gzip.decompress(LOGS[1].read_bytes()).decode().splitlines()
    assert {line.split()[0] for line in lines} == {"192.0.2.1"}


if __name__ == "__main__":
    os.chdir(FOLDER)
    for each in OUTPUTS:
        (FOLDER / "expected" / f"{each}.txt").write_text(said(each), encoding="utf-8")
    Path("thumbs.toml").replace(FOLDER / "expected" / "thumbs.toml")
