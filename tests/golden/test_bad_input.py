"""Bad input: each fault named with its file and line, exit 3, nothing run, nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = """items = 100
[arrivals]
process = "poisson"
rate = "100/s"
[workers]
count = 2
[service]
distribution = "exponential"
mean = "10ms"
[failures]
probability = 0.1
"""
# name -> (what is replaced, by what, what must be said)
CASES: dict[str, tuple[str, str, list[str]]] = {
    "zero workers": ("count = 2", "count = 0", ["pool.toml:6", "must be at least 1"]),
    "negative rate": ('"100/s"', '"-5/s"', ["pool.toml:4", "above 0"]),
    "bare number": ('"10ms"', "10", ["pool.toml:9", '"10s" or "10ms"']),
    "unknown unit": ('"10ms"', '"10 parsecs"', ["pool.toml:9", 'unknown unit "parsecs"']),
    "unknown key": ("count = 2", "count = 2\ncuont = 3", ["pool.toml:7", 'mean "count"']),
    "missing mean": ('mean = "10ms"', "", ["pool.toml:7", "service.mean", "is missing"]),
    "probability 1.5": ("= 0.1", "= 1.5", ["pool.toml:11", "between 0 and 1"]),
    "nan": ("= 0.1", "= nan", ["pool.toml:11", "between 0 and 1"]),
    "1e400": ('"10ms"', '"1e400ms"', ["pool.toml:9", "finite"]),
    "not TOML": ("[workers]", "[workers", ["pool.toml:5", "is not TOML"]),
    "two faults": ("count = 2", "count = 0\n[queue]\ncapacity = 0",
                   ["pool.toml:6", "pool.toml:8", "2 problems"]),
    "no such task": ('mean = "10ms"', 'mean = "10ms"\ntask = "nowhere:nothing"',
                     ["pool.toml:10", "cannot be imported"]),
    "unknown process": ('"poisson"', '"poison"', ["pool.toml:3", 'did you mean "poisson"']),
}  # fmt: skip
RAW: dict[str, tuple[bytes, list[str]]] = {
    "binary": (bytes(range(256)), ["pool.toml", "not a text file"]),
    "empty file": (b"", ["pool.toml", "is empty"]),
}


def refused(folder: Path, target: str) -> str:
    """What the command says of the file, having refused it and left nothing behind."""
    before = sorted(folder.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", "from queuetwin.reports.cli import main; main()", "run", target],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "nothing was run" in done.stderr
    assert sorted(folder.iterdir()) == before
    return done.stderr


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_a_fault_is_named_with_its_line(case: str, tmp_path: Path) -> None:
    """Each fault of a file is told with file, line and what to write instead."""
    old, new, said = CASES[case]
    assert old in GOOD
    (tmp_path / "pool.toml").write_text(GOOD.replace(old, new))
    told = refused(tmp_path, "pool.toml")
    for text in said:
        assert text in told


@pytest.mark.parametrize("case", RAW, ids=list(RAW))
def test_a_file_that_is_no_scenario_is_named(case: str, tmp_path: Path) -> None:
    """Rubbish is refused by name."""
    content, said = RAW[case]
    (tmp_path / "pool.toml").write_bytes(content)
    told = refused(tmp_path, "pool.toml")
    for text in said:
        assert text in told


@pytest.mark.parametrize("target", [".", "missing.toml"])
def test_a_path_that_cannot_be_read_is_named(target: str, tmp_path: Path) -> None:
    """A folder or a missing file is refused by name."""
    assert target in refused(tmp_path, target)
