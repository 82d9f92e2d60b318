"""What `--over` may say, and what it says of what it may not."""

import pytest

from builders import poisson
from queuetwin.model import ScenarioError
from queuetwin.model.language.axes import Axis, axes_of, grid

POOL = poisson("320/s", "20ms", 8, {"queue.capacity": 100})
BURSTS = {"process": "bursty", "rates": ["90/s", "10/s"], "stays": ["1s", "1s"]}


@pytest.mark.parametrize(
    ("key", "text", "values"),
    [
        ("workers.count", "2..5", (2, 3, 4, 5)),
        ("workers.count", "2..9:3", (2, 5, 8)),
        ("workers.count", "4, 2,2", (4, 2)),
        ("workers.count", "7..7", (7,)),
        ("workers.count", "x0.5..x1.5:x0.25", (4, 6, 8, 10, 12)),
        ("workers.count", "x0.55,x1", (4, 8)),
        ("queue.order", "fifo,lifo", ("fifo", "lifo")),
        ("failures.probability", "0..0.3:0.1", (0, 0.1, 0.2, 0.3)),
        ("failures.probability", "1%,2%", ("1%", "2%")),
        ("service.mean", "10ms..30ms:5ms", ("10ms", "15ms", "20ms", "25ms", "30ms")),
        ("service.mean", "10ms..30ms:10", ("10ms", "20ms", "30ms")),
        ("service.mean", "x0.5,x2", ("10ms", "40ms")),
        ("arrivals.rate", "1k/s..2k/s:0.5", ("1k/s", "1.5k/s", "2k/s")),
        ("arrivals.rate", "x0.5..x3", ("160/s", "320/s", "480/s", "640/s", "800/s", "960/s")),
        ("arrivals.rate", "x1,500/s", ("320/s", "500/s")),
    ],
)
def test_values_of_a_text(key: str, text: str, values: tuple[object, ...]) -> None:
    """Ranges, lists and multiples become what `changed` takes."""
    found = Axis.parse(POOL, key, text).values
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


@pytest.mark.parametrize(
    ("key", "text"),
    [("arrivals.rate", "100/s..173/s"), ("service.mean", "10ms..30ms"), ("service.mean", "x1..x9")],
)
def test_without_a_step_there_are_about_seven_points(key: str, text: str) -> None:
    """Both ends among them."""
    values = Axis.parse(POOL, key, text).values
    assert 5 <= len(values) <= 9
    low, high = text.split("..")
    ends = Axis.parse(POOL, key, f"{low},{high}").values
    assert POOL.changed({key: values[0]}) == POOL.changed({key: ends[0]})
    assert POOL.changed({key: values[-1]}) == POOL.changed({key: ends[1]})


def test_a_multiple_of_a_rate_that_the_file_leaves_out() -> None:
    """Bursty arrivals have a mean rate without writing one."""
    pool = POOL.changed({"arrivals": BURSTS})
    assert Axis.parse(pool, "arrivals.rate", "x2").values == ("100/s",)


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("workers.count", "", "a value is missing: write 2..16, 1,2,4 or x0.5..x3"),
        ("workers.count", "1,,2", "a value is missing"),
        ("workers.count", "2..", "an end of the range is missing or no number"),
        ("workers.count", "a..b", "an end of the range is missing or no number"),
        ("workers.count", "16..2", 'is upside down: write "2..16"'),
        ("workers.count", "2..16:0", "the step must be above 0"),
        ("workers.count", "2..16:x2", "the step is no number in the unit of the range"),
        ("workers.count", "1..100000", "has too many values: write a longer step"),
        ("service.mean", "500us..2ms", "both ends of a range have one unit"),
        ("queue.order", "x1..x2", "the file has no number here to multiply"),
        ("service.mean", "x2ms", "a multiple has no unit"),
    ],
)
def test_what_is_no_axis(key: str, text: str, said: str) -> None:
    """Refused, with what to write instead."""
    with pytest.raises(ScenarioError) as caught:
        Axis.parse(POOL, key, text)
    (problem,) = caught.value.problems
    assert said in problem.message
    assert problem.key == key


def test_every_fault_of_every_combination_comes_at_once() -> None:
    """Each of them once, however many combinations have it."""
    over = {"workers.count": "0..3", "service.mean": "10ms,11"}
    with pytest.raises(ScenarioError) as caught:
        grid(POOL, axes_of(POOL, over))
    told = [(problem.key, problem.value) for problem in caught.value.problems]
    assert sorted(told) == [("service.mean", "11"), ("workers.count", "0")]


@pytest.mark.parametrize("over", [{}, {"workers.count": []}, {"workers.cuont": "1..3"}])
def test_nothing_to_vary(over: dict[str, object]) -> None:
    """No key, no value, or a key that does not exist."""
    with pytest.raises(ScenarioError):
        grid(POOL, axes_of(POOL, over))  # type: ignore[arg-type]


def test_too_many_combinations_are_refused() -> None:
    """Before any is made."""
    axes = axes_of(POOL, {"workers.count": "1..1000", "queue.capacity": "1..1000"})
    with pytest.raises(ScenarioError, match="1,000,000 combinations are too many"):
        grid(POOL, axes)
