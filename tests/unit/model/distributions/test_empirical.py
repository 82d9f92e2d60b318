"""Measured service times, from a file or a list, and a lognormal given either way."""

import math
from pathlib import Path
from typing import Any

import pytest

from builders import PLAIN, pool
from queuetwin.model import Scenario
from scenario_files import refusal, written


def test_samples_come_from_a_csv_beside_the_scenario(tmp_path: Path) -> None:
    """The unit is in the column's name, other columns are left alone, the times are kept."""
    (tmp_path / "log.csv").write_text("id,service_ms,note\n1,12,a\n2,18.5,b\n\n3,0,c\n")
    path = written(
        tmp_path,
        'items = 5\narrivals = { process = "backlog" }\nworkers = { count = 1 }\n'
        'service = { distribution = "empirical", samples = "log.csv" }\n',
    )
    scenario = Scenario.load(path)
    assert scenario.stage.service.samples == (0.012, 0.0185, 0.0)
    (tmp_path / "log.csv").unlink()
    assert Scenario.from_dict(scenario.to_dict()) == scenario


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("", "log.csv: is empty"),
        ("service\n12\n", "no column with a unit"),
        ("service_ms\n12\nten\n", 'line 3: "ten" is not a number'),
        ("service_ms\n12\n-1\n", 'line 3: "-1" is not a time'),
        ("service_ms\ninf\n", 'line 2: "inf" is not a time'),
        ("service_ms\n", "holds no times"),
        ("service_ms\n0\n", "holds only zeros"),
    ],
)
def test_bad_samples_are_refused_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, advice: str
) -> None:
    """A measured time that is none is told with its line in its file."""
    (tmp_path / "log.csv").write_text(content)
    monkeypatch.chdir(tmp_path)
    service = {"distribution": "empirical", "samples": "log.csv"}
    assert advice in refusal({**PLAIN, "service": service})


@pytest.mark.parametrize(
    ("samples", "advice"),
    [("nowhere.csv", "cannot be read"), (5, "write a CSV file's name"), ([5], "needs a unit")],
)
def test_samples_are_a_file_or_a_list_of_durations(samples: object, advice: str) -> None:
    """Anything else is refused with what to write."""
    service = {"distribution": "empirical", "samples": samples}
    assert advice in refusal({**PLAIN, "service": service})


def test_a_mean_rescales_samples() -> None:
    """`mean` keeps the shape of measured times and changes their size."""
    service = {"distribution": "empirical", "samples": ["1ms", "3ms"]}
    assert pool({"service": service}).stage.service.mean_time == 0.002
    assert pool({"service": {**service, "mean": "1s"}}).stage.service.mean_time == 1.0


def test_a_lognormal_is_given_either_way() -> None:
    """Mean and cv, or median and 99 % point, describe the same distribution."""
    by_quantiles = pool({"service": {"distribution": "lognormal", "p50": "10ms", "p99": "80ms"}})
    one = by_quantiles.stage.service
    assert one.sigma == pytest.approx(math.log(8) / 2.3263478740408408, rel=1e-12)
    cv = math.sqrt(math.expm1(one.sigma**2))
    other = pool(
        {"service": {"distribution": "lognormal", "mean": f"{one.mean_time!r}s", "cv": cv}}
    ).stage.service
    assert (other.mean_time, other.sigma) == pytest.approx((one.mean_time, one.sigma), rel=1e-12)


@pytest.mark.parametrize(
    "given",
    [{}, {"mean": "1s"}, {"cv": 1}, {"p50": "1s"}, {"mean": "1s", "cv": 1, "p50": "1s"},
     {"mean": "1s", "p99": "2s"}, {"mean": "1s", "cv": 1, "p50": "1s", "p99": "2s"}],
)  # fmt: skip
def test_a_lognormal_given_by_halves_or_twice_is_refused(given: dict[str, Any]) -> None:
    """Exactly one of the two ways, and whole."""
    service = {"distribution": "lognormal", **given}
    assert "mean and cv, or p50 and p99" in refusal({**PLAIN, "service": service})
