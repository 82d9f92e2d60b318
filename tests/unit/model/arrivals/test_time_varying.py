"""Rates that vary: the points of a profile, the two states of bursts."""

from pathlib import Path
from typing import Any

import pytest

from processes import BURSTY, PROFILE, read, refusal


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (5, "write a CSV file's name, or a list such as"),
        ([], "holds no points"),
        (["0s", "10/s"], 'point 1: write an instant and a rate, such as [["0s", "10/s"]'),
        ([["0s", "10/s", 3]], "point 1: write an instant and a rate"),
        ([["0s", "10/s"], [5, "10/s"]], 'point 2: a duration needs a unit: write "5s"'),
        ([["0s", 10]], 'point 1: a rate needs a unit: write "10/s"'),
        ([["0s", "-1/s"]], "point 1: a rate must be above 0"),
        ([["1s", "10/s"]], "point 1: the first point must be at 0s"),
        ([["0s", "1/s"], ["5s", "2/s"], ["5s", "3/s"]], "point 3: 5s is not after 5s, the point"),
        ([["0s", "1/s"], ["5s", "2/s"], ["4s", "3/s"]], "point 3: 4s is not after 5s"),
        ([["0s", "0/s"], ["5s", "0.0 / min"]], "holds only rates of 0: at least one"),
        ("nowhere.csv", "nowhere.csv: cannot be read: No such file"),
    ],
)
def test_a_profile_is_refused_with_its_point(points: object, said: str) -> None:
    """Each fault names the point that it is in."""
    told = refusal({"process": "profile", "points": points})
    assert told.startswith("points: ")
    assert said in told


def test_a_profile_without_a_mean_cannot_be_rescaled() -> None:
    """A rate needs a mean up to the last point to rescale."""
    for points in ([["0s", "3/s"]], [["0s", "0/s"], ["5s", "3/s"]]):
        data = {"process": "profile", "points": points}
        assert read(data).mean_rate == (3 if len(points) == 1 else 0)
        assert "rate: Value error, rescales the mean" in refusal({**data, "rate": "2/s"})


@pytest.mark.parametrize(
    "content",
    [
        "time_s,rate_per_s\n0,10\n30,50\n60,0\n",
        "note,load_per_min,at_ms\na,600,0\nb,3000,30000\n\nc,0,60000\n",
        "\ufeffclock_us,rate_per_h\n0,36000\n3e7,180000\n60000000,0\n",
    ],
)
def test_a_profile_is_read_from_a_file(tmp_path: Path, content: str) -> None:
    """Units are in the names of the columns; other columns are left alone."""
    (tmp_path / "load.csv").write_text(content, encoding="utf-8")
    from_file = read({"process": "profile", "points": "load.csv"}, tmp_path)
    assert from_file == read(PROFILE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "load.csv: is empty"),
        ("time_s,rate_per_s\n", "load.csv: holds no rows"),
        ("time,rate_per_s\n0,1\n", 'needs a column of instants, "time_s"'),
        ("time_s,rate\n0,1\n", 'one of rates, "rate_per_s"'),
        ("time_s,rate_per_s\n0,ten\n", 'line 2: "ten" is not a number'),
        ("time_s,rate_per_s\n0\n", 'line 2: "" is not a number'),
        ("time_s,rate_per_s\n0,-1\n", 'line 2: "-1" is negative'),
        ("time_s,rate_per_s\n0,1\n\n5,1\n4,1\n", "line 5: 4s is not after 5s"),
        ("time_s,rate_per_s\n0,1\n1e400,1\n", 'line 3: "1e400" is not a number'),
    ],
)
def test_a_profiles_file_is_refused_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    """File, line, and what is wrong there."""
    (tmp_path / "load.csv").write_text(content)
    told = refusal({"process": "profile", "points": "load.csv"}, tmp_path)
    assert "points: Value error, load.csv: " in told
    assert said in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rates": "5/s"}, 'rates: Value error, write two, one for each state, such as ["100/s"'),
        ({"rates": ["5/s"]}, "rates: Value error, write two"),
        ({"rates": ["5/s", "5/s", "5/s"]}, "rates: Value error, write two"),
        ({"rates": ["0/s", "0/s"]}, "rates: Value error, are both 0"),
        ({"rates": ["5/s", 3]}, 'rates.1: Value error, a rate needs a unit: write "3/s"'),
        ({"stays": ["5s"]}, 'write two, one for each state, such as ["1s", "9s"]'),
        ({"stays": ["5s", "0s"]}, "stays.1: Value error, must be longer than 0"),
    ],
)
def test_bursts_have_two_states(changes: dict[str, Any], said: str) -> None:
    """Two rates of which one may be 0, two stays."""
    assert said in refusal({**BURSTY, **changes})
