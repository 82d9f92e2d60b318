"""The logs of examples/thumbs: what `fit` and `plan` say of them stands beside them.

`python tests/golden/test_logs_example.py` makes the expected outputs of `fit` anew.
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

from queuetwin.model import Scenario, fit, plan, simulate
from queuetwin.model.fitting import read_log
from queuetwin.reports.cli import main

FOLDER = Path(__file__).parents[2] / "examples" / "thumbs"
LOGS = FOLDER / "worker.log.gz", FOLDER / "access.log.gz"
OUTPUTS = {"stop": (), "fit": ("--arrivals", "access.log.gz")}
LIMIT = {"measure": "response_time.p99", "below": "9s"}


def said(name: str) -> str:
    """What `fit` says in the example's folder, where it may leave its file."""
    text = io.StringIO()
    sys.argv = ["queuetwin", "fit", "worker.log.gz", *OUTPUTS[name], "-o", "thumbs.toml"]
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


@pytest.mark.parametrize("name", OUTPUTS)
def test_fit_says_what_is_written_beside_the_logs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's log alone is refused; with the web server's it becomes a scenario."""
    for log in LOGS:
        (tmp_path / log.name).symlink_to(log)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    assert said(name) == (FOLDER / "expected" / f"{name}.txt").read_text(encoding="utf-8")
    assert (tmp_path / "thumbs.toml").exists() == (name == "fit")


def test_the_logs_say_how_many_workers_to_buy() -> None:
    """Twelve keep the limit; the spreadsheet's eight miss it by far."""
    found = fit(LOGS[0], arrivals=LOGS[1]).scenario
    assert found is not None
    kept = Scenario.load(FOLDER / "expected" / "thumbs.toml")
    assert found.arrivals.process == kept.arrivals.process == "bursty"
    assert found.arrivals.mean_rate == pytest.approx(kept.arrivals.mean_rate)
    assert found.stage.service.mean_time == pytest.approx(kept.stage.service.mean_time, rel=1e-3)
    plans = plan(found.changed({"slo": [LIMIT]}), further=False)
    assert (plans.winner, plans.rules["Little + 30 %"]) == (12, 8)
    [limit] = plans.tried[8].limits
    assert limit.figure.estimate > 4 * limit.slo.below


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
