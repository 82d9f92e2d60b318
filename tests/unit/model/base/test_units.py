"""Durations, rates and shares: what is read, what is refused, and that nothing is lost."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.base.units import (
    format_duration,
    format_rate,
    format_share,
    parse_duration,
    parse_number,
    parse_rate,
    parse_share,
)

SETTINGS = settings(derandomize=True, deadline=None, max_examples=200)
LARGEST = 1.7e308


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20ms", 0.02),
        ("1.5s", 1.5),
        ("250us", 0.00025),
        ("250µs", 0.00025),
        ("7ns", 7e-9),
        ("2m", 120.0),
        ("2min", 120.0),
        ("1h30m", 5400.0),
        ("1d", 86400.0),
        (" 1 h 30 m ", 5400.0),
        ("1_000ms", 1.0),
        ("1e-3s", 0.001),
        ("0s", 0.0),
    ],
)
def test_a_duration_is_read_in_its_unit(text: str, seconds: float) -> None:
    """Every unit gives the float that a person would write in seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (20, 'write "20s" or "20ms"'),
        (0.5, 'write "0.5s" or "0.5ms"'),
        ("20", 'write "20s" or "20ms"'),
        ("", 'written like "20ms"'),
        ("20 parsec", 'unknown unit "parsec"'),
        ("20ms later", 'written like "20ms"'),
        ("-1s", "must not be negative"),
        ("1e999s", "must be a finite number"),
        ("1e308d", "must be finite"),
        (True, 'written like "20ms"'),
        (None, 'written like "20ms"'),
    ],
)
def test_a_bad_duration_is_refused_with_advice(value: object, advice: str) -> None:
    """Anything but a number with a unit is refused, with what to write instead."""
    with pytest.raises(ValueError, match=advice):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("120/s", 120.0),
        ("600/min", 10.0),
        ("600/m", 10.0),
        ("3600/h", 1.0),
        ("86400/d", 1.0),
        ("2k/s", 2000.0),
        ("1.5M/s", 1.5e6),
        (" 12 / sec ", 12.0),
    ],
)
def test_a_rate_is_read_per_second(text: str, per_second: float) -> None:
    """Every unit of time gives items per second."""
    assert parse_rate(text) == per_second


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (120, 'write "120/s" or "120/min"'),
        ("120", 'write "120/s" or "120/min"'),
        ("120/fortnight", 'unknown unit "/fortnight"'),
        ("0/s", "above 0"),
        ("-1/s", "above 0"),
        ("1e307M/s", "finite"),
        (False, 'written like "120/s"'),
    ],
)
def test_a_bad_rate_is_refused_with_advice(value: object, advice: str) -> None:
    """Anything but a positive number per unit of time is refused."""
    with pytest.raises(ValueError, match=advice):
        parse_rate(value)


@pytest.mark.parametrize(("value", "share"), [(0.02, 0.02), ("2%", 0.02), ("2 %", 0.02), (1, 1.0)])
def test_a_share_is_a_number_or_a_percentage(value: object, share: float) -> None:
    """Both notations give the same share."""
    assert parse_share(value) == share


@pytest.mark.parametrize("value", [1.01, -0.1, "101%", math.nan, "0.5", True, None])
def test_a_bad_share_is_refused(value: object) -> None:
    """A share lies between 0 and 1."""
    with pytest.raises(ValueError, match=r"between 0 and 1|is written like"):
        parse_share(value)


@pytest.mark.parametrize("value", [-1, math.inf, math.nan, "many", True, [1]])
def test_a_bad_number_is_refused(value: object) -> None:
    """A plain limit is finite and not negative."""
    with pytest.raises(ValueError, match=r"finite|negative|not a number|plain number"):
        parse_number(value)


def test_a_number_may_be_text() -> None:
    """The command line gives texts, a file gives numbers."""
    assert parse_number("12") == parse_number(12) == 12.0


@SETTINGS
@given(st.floats(0.0, LARGEST))
def test_a_formatted_duration_reads_back_bit_for_bit(seconds: float) -> None:
    """No duration is changed by being written down."""
    assert parse_duration(format_duration(seconds)) == seconds


@SETTINGS
@given(st.floats(0.0, LARGEST, exclude_min=True))
def test_a_formatted_rate_reads_back_bit_for_bit(per_second: float) -> None:
    """No rate is changed by being written down."""
    assert parse_rate(format_rate(per_second)) == per_second


def test_the_shortest_text_is_chosen() -> None:
    """People see the unit that they would have used."""
    texts = [format_duration(value) for value in (0.02, 90.0, 2.5e-5, 0.0)]
    assert texts == ["20ms", "90s", "25us", "0s"]
    assert [format_rate(value) for value in (320.0, 1 / 60)] == ["320/s", "60/h"]
    assert format_share(0.0123) == "1.23 %"
