"""The report of a fit and the file that it writes, word for word, on small logs."""

import sys
from pathlib import Path

import numpy as np
import pytest

from logs import celery_lines, prefetched, served, write
from queuetwin.model import Scenario, fit
from queuetwin.reports.cli.main import main

EXPECTED = Path(__file__).with_name("fit_report.txt")
COUNT = 3000


def told(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str]:  # fmt: skip
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["queuetwin", "fit", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert err == ""
    return int(left.value.code or 0), out


def expected(name: str) -> str:
    parts = EXPECTED.read_text(encoding="utf-8").split("=== ")
    return next(part.partition("\n")[2] for part in parts if part.startswith(f"{name}\n"))


def items(load: float, workers: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    arrivals = np.cumsum(generator.standard_exponential(COUNT)) / (load * workers) * 0.2
    return arrivals, np.round(0.2 * generator.standard_exponential(COUNT), 6)


@pytest.mark.slow
def test_a_log_becomes_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Report and file, and the file loads back as what was fitted."""
    arrivals, services = items(0.6, 3)
    starts, _ = served(arrivals, services, 3)
    write(tmp_path / "worker.log", *celery_lines(arrivals, starts, services))
    code, out = told(["worker.log", "-o", "thumbs.toml"], tmp_path, monkeypatch, capsys)
    assert (code, out) == (0, expected("report"))
    text = (tmp_path / "thumbs.toml").read_text(encoding="utf-8")
    assert text == expected("scenario")
    found = fit(tmp_path / "worker.log", name="thumbs")
    assert Scenario.load(tmp_path / "thumbs.toml") == found.scenario
    assert "secret" not in text + out


def test_late_stamps_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written on arrivals that are none; with those of another log it is."""
    arrivals, services = items(0.9, 3)
    received, starts, _ = prefetched(arrivals, services, pods=1, workers=3, prefetch=6)
    write(tmp_path / "worker.log", *celery_lines(received, starts, services))
    code, out = told(["worker.log", "-o", "thumbs.toml"], tmp_path, monkeypatch, capsys)
    assert (code, out) == (3, expected("late"))
    assert [path.name for path in tmp_path.iterdir()] == ["worker.log"]
    day = np.datetime64("2024-05-01T09:00:00", "us")
    stamps = (day + (arrivals * 1e6).astype("m8[us]")).astype(str).tolist()
    write(tmp_path / "access.csv", "arrival", *stamps)
    words = ["worker.log", "-o", "thumbs.toml", "--arrivals", "access.csv"]
    code, out = told(words, tmp_path, monkeypatch, capsys)
    assert (code, "STOP" in out) == (0, False)
    assert (tmp_path / "thumbs.toml").exists()


@pytest.mark.slow
def test_what_fits_nothing_stands_beside_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three heaps of services: a file of samples that the scenario names."""
    generator = np.random.default_rng(4)
    arrivals = np.cumsum(generator.standard_exponential(COUNT)) / 10
    heaps = np.array([0.01, 0.1, 0.3])[generator.integers(0, 3, COUNT)]
    starts, ends = served(arrivals, heaps * generator.uniform(0.95, 1.05, COUNT), 3)
    rows = [f"{a:.9f},{b:.9f},{c:.9f}" for a, b, c in zip(arrivals, starts, ends, strict=True)]
    write(tmp_path / "a.csv", "arrival_s,start_s,end_s", *rows)
    code, out = told(["a.csv", "-o", "b.toml"], tmp_path, monkeypatch, capsys)
    assert code == 0
    assert "wrote b.toml, b-services.csv" in out
    pool = Scenario.load(tmp_path / "b.toml")
    assert pool.stage.service.distribution == "empirical"
    assert pool == fit(tmp_path / "a.csv", name="b").scenario
