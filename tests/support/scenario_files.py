"""A scenario file that is right, and what is said of one that is not."""

from pathlib import Path
from typing import Any

import pytest

from queuetwin.model import Scenario, ScenarioError

THUMBNAILS = """\
name = "thumbnails"
seed = 7
items = 20_000

[arrivals]
process = "poisson"
rate = "320/s"

[queue]
capacity = 100
when_full = "reject"

[workers]
count = 8

[service]
distribution = "lognormal"
p50 = "15ms"
p99 = "80ms"

[failures]
probability = "2%"
attempts = 3
backoff = "50ms"

[[slo]]
measure = "response_time.p99"
below = "150ms"

[[slo]]
measure = "loss_ratio"
below = 0.01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "pool.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[str, int | None, str]]:
    """Key, line and message of every fault of a file, in file order."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(written(folder, text))
    return [(one.key, one.line, one.message) for one in caught.value.problems]


def refusal(data: dict[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(data)
    return str(caught.value)
