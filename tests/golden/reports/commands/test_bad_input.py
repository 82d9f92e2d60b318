"""What `plan`, `sweep` and `check` say of limits and values that cannot be: the exact words."""

import sys
from pathlib import Path

import pytest

from queuetwin.reports.cli.main import main

POOL = """name = "pool"
items = 1000
[arrivals]
process = "poisson"
rate = "35/s"
[workers]
count = 5
[service]
distribution = "deterministic"
mean = "20ms"
"""
LIMIT = ("--slo", "response_time.mean < 30ms")
REFUSED = {
    "unknown measure": (
        ("plan", "--slo", "respons_time.p99 < 1s"),
        'slo.0.measure = "respons_time.p99"   unknown measure "respons_time": '
        'did you mean "response_time"?',
    ),
    "unknown statistic": (
        ("check", "--slo", "response_time.worst < 1s"),
        'slo.0.measure = "response_time.worst"   response_time has no "worst": it has mean, p50, '
        "p90, p95, p99",
    ),
    "no unit": (
        ("plan", "--slo", "response_time.p99 < 200"),
        'slo.0.below = "200"   a duration needs a unit: write "200s" or "200ms"',
    ),
    "no limit": (
        ("plan", "--slo", "response_time.p99"),
        'slo = response_time.p99   a limit is written like "response_time.p99 < 200ms"',
    ),
    "a lower limit": (
        ("plan", "--slo", "utilisation > 60%"),
        "slo = utilisation > 60%   a figure has an upper limit, never a lower one: "
        'a limit is written like "response_time.p99 < 200ms"',
    ),
    "two limits on one figure": (
        ("plan", *LIMIT, "--slo", "response_time < 40ms"),
        "slo.1.below = response_time < 40ms   has another limit already, 30ms: keep one of the two",
    ),
    "an empty range": (
        ("plan", *LIMIT, "--over", "workers.count="),
        "workers.count   a value is missing: write 2..16, 1,2,4 or x0.5..x3",
    ),
    "a range upside down": (
        ("sweep", "--over", "workers.count=9..2"),
        'workers.count = 9..2   is upside down: write "2..9"',
    ),
    "no key": (
        ("sweep", "--over", "2..16"),
        "--over = 2..16   is written KEY=VALUES, such as workers.count=2..16",
    ),
    "a key that is none": (
        ("sweep", "--over", "workers.cuont=2..3"),
        'workers.cuont   unknown key: did you mean "count"?',
    ),
    "no cluster": (
        ("sweep", "--over", "workers.count=2..3", "--executor", "dask://here"),
        "--executor = dask://here   is no cluster: write dask://HOST:PORT, such as "
        "dask://localhost:8786",
    ),
}
UNKEPT = {
    # The task alone takes 20 ms.
    "response_time.mean < 1ms": (
        " NO ANSWER  response time mean of the task alone is 20.00 ms: no number of workers\n"
        "            gives 1.00 ms\n"
        " DO         make the task itself shorter, or allow 21.00 ms\n"
    ),
}


def told(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str, str]:  # fmt: skip
    (folder / "pool.toml").write_text(POOL, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["queuetwin", words[0], "pool.toml", *words[1:]])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, nothing on standard output, nothing written."""
    words, message = REFUSED[name]
    code, out, err = told(words, tmp_path, monkeypatch, capsys)
    assert (code, out) == (3, "")
    assert err.splitlines()[-2:] == [message, "1 problem; nothing was run"]
    assert [path.name for path in tmp_path.iterdir()] == ["pool.toml"]


@pytest.mark.slow
@pytest.mark.parametrize("limit", UNKEPT)
def test_a_limit_that_no_number_keeps(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer all the same: why not, and what could be allowed."""
    code, out, _ = told(("plan", "--slo", limit), tmp_path, monkeypatch, capsys)
    assert code == 0
    assert out.startswith(UNKEPT[limit])


@pytest.mark.slow
def test_a_tighter_limit_on_a_higher_quantile_is_no_contradiction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """p99 below 45 ms keeps p50 below 60 ms too."""
    words = ("plan", "--slo", "response_time.p99 < 45ms", "--slo", "response_time.p50 < 60ms")
    code, out, _ = told(words, tmp_path, monkeypatch, capsys)
    assert (code, out.startswith(" BUY ")) == (0, True)


@pytest.mark.slow
def test_a_cluster_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4 with what to start, or what to install; nothing is written."""
    monkeypatch.setattr("queuetwin.reports.sweep.dask_cluster._ANSWERS_WITHIN_S", 0.2)
    words = ("sweep", "--over", "workers.count=2..3", "--executor", "dask://127.0.0.1:1")
    code, out, err = told(words, tmp_path, monkeypatch, capsys)
    assert (code, out) == (4, "")
    assert "no Dask scheduler answers at 127.0.0.1:1" in err or "Dask is not installed" in err
    assert [path.name for path in tmp_path.iterdir()] == ["pool.toml"]
