"""Arrival processes: read, refused with what to write, written back, and said in words."""

import json
from typing import Any

import pytest

from processes import BATCH, BURSTY, EXPONENTIAL, PROFILE, SIZE_5, TRACE, read, refusal

# what is written, its mean rate and its heading
KNOWN: list[tuple[dict[str, Any], float | None, str]] = [
    ({"process": "poisson", "rate": "320/s"}, 320, "320/s Poisson"),
    ({"process": "periodic", "rate": "600/min"}, 10, "10/s, evenly spaced"),
    ({"process": "backlog"}, None, "a backlog, all there at the start"),
    ({"process": "renewal", "gap": EXPONENTIAL}, 50, "50/s, gaps of 20ms exponential"),
    ({"process": "renewal", "gap": EXPONENTIAL, "rate": "7/s"}, 7,
     "7/s, gaps of 20ms exponential, rescaled"),
    ({**BATCH, "size": SIZE_5}, 10, "10/s in batches of 5"),
    ({**BATCH, "size": {"distribution": "geometric", "mean": 2.5}}, 10,
     "10/s in batches of 2.5 on average, geometric"),
    ({**BATCH, "size": {"distribution": "uniform", "low": 1, "high": 9}}, 10,
     "10/s in batches of 1 to 9"),
    (PROFILE, 30, "a profile of 3 points, 30/s on average"),
    ({**PROFILE, "shape": "linear"}, 27.5, "a profile of 3 points, 27.5/s on average"),
    ({**PROFILE, "rate": "60/s"}, 60, "a profile of 3 points, 60/s on average"),
    ({"process": "profile", "points": [["0s", "3/s"]]}, 3, "a profile of 1 point, 3/s on average"),
    (BURSTY, 19, "bursty, 100/s for 1s and 10/s for 9s on average"),
    ({**BURSTY, "rate": "38/s"}, 38, "bursty, 200/s for 1s and 20/s for 9s on average"),
    ({**BURSTY, "rates": ["5/s", "0/s"]}, 0.5, "bursty, 5/s for 1s and 0/s for 9s on average"),
    (TRACE, 1, "3 recorded arrivals, 1/s"),
    ({**TRACE, "rate": "8/s", "payloads": ["a", "b", ""]}, 8, "3 recorded arrivals, 8/s"),
    ({"process": "trace", "times": ["0s", "0s"]}, None, "2 recorded arrivals, all at once"),
    ({"process": "closed", "users": 20, "think": EXPONENTIAL}, None,
     "20 users, thinking 20ms exponential"),
    ({"process": "closed", "users": 1, "think": EXPONENTIAL}, None,
     "1 user, thinking 20ms exponential"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "rate", "heading"), KNOWN)
def test_a_process_knows_its_rate_and_its_heading(
    data: dict[str, Any], rate: float | None, heading: str
) -> None:
    """Items per second of all producers in the long run, and what people call it."""
    arrivals = read(data)
    assert arrivals.mean_rate == (rate if rate is None else pytest.approx(rate, rel=1e-14))
    assert arrivals.text() == heading


@pytest.mark.parametrize("data", [data for data, _, _ in KNOWN])
def test_written_back_it_is_equal(data: dict[str, Any]) -> None:
    """The keys of a file survive being dumped, through JSON too."""
    arrivals = read(data)
    dumped = arrivals.model_dump(mode="json", exclude_none=True)
    assert read(json.loads(json.dumps(dumped))) == arrivals
    assert read(arrivals.model_dump(mode="json")) == arrivals
    assert set(dumped) <= set(data) | {"pacing", "producers", "shape"}


def test_what_was_read_is_written_as_it_was() -> None:
    """Durations, rates and lists keep their notation."""
    dumped = read({**PROFILE, "rate": "5/s"}).model_dump(mode="json", exclude_none=True)
    assert dumped["points"] == PROFILE["points"]
    assert read(BURSTY).model_dump(mode="json")["rates"] == BURSTY["rates"]
    assert read(TRACE).model_dump(mode="json")["times"] == ["0s", "0.5s", "2s"]


@pytest.mark.parametrize("process", ["poisson", "periodic", "renewal", "backlog"])
def test_gaps_are_walked_either_way(process: str) -> None:
    """Processes of gaps alone know both pacings."""
    needed = {"renewal": {"gap": EXPONENTIAL}, "backlog": {}}.get(process, {"rate": "1/s"})
    arrivals = read({"process": process, **needed, "pacing": "gap", "producers": 3})
    assert (arrivals.pacing, arrivals.producers) == ("gap", 3)
    plain = read({"process": process, **needed})
    assert (plain.pacing, plain.producers) == ("schedule", 1)


@pytest.mark.parametrize("data", [{**BATCH, "size": SIZE_5}, PROFILE, BURSTY, TRACE])
def test_what_is_tied_to_the_clock_has_a_schedule(data: dict[str, Any]) -> None:
    """By gap there is no clock to be tied to."""
    assert "pacing: Input should be 'schedule'" in refusal({**data, "pacing": "gap"})
    assert read({**data, "producers": 2}).producers == 2


def test_users_are_the_producers_of_a_closed_process() -> None:
    """Engines read all processes alike, and a file has no keys for it."""
    data = {"process": "closed", "users": 20, "think": EXPONENTIAL}
    closed = read(data)
    assert (closed.pacing, closed.producers) == ("outcome", 20)
    for key, value in (("pacing", "gap"), ("producers", 3)):
        assert f"{key}: Extra inputs" in refusal({**data, key: value})
    for users in (0, 10_001):
        assert "users: Input should be" in refusal({**data, "users": users})


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"distribution": "constant", "value": 0}, "size.constant.value: Input should be"),
        ({"distribution": "constant", "value": 2.5}, "valid integer"),
        ({"distribution": "constant", "value": 1_000_001}, "less than or equal to 1000000"),
        ({"distribution": "geometric", "mean": 0.9}, "size.geometric.mean: Input should be"),
        ({"distribution": "uniform", "low": 3, "high": 2}, "must be at least low, 3"),
        ({"distribution": "poisson", "mean": 3}, "'constant', 'geometric', 'uniform'"),
        (5, "size: Input should be a valid dictionary"),
    ],
)
def test_a_batch_has_at_least_one_item(size: object, said: str) -> None:
    """Sizes are whole numbers from 1 on."""
    assert said in refusal({**BATCH, "size": size})


def test_a_size_that_is_wrong_below_is_told_once() -> None:
    """A wrong `low` is its own fault, not one of `high` too."""
    assert "low: " in refusal({**BATCH, "size": {"distribution": "uniform", "low": 0, "high": 2}})
