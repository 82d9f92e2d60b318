"""Kendall names: what is understood, and that every refusal says what to write instead."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.theory import Kendall, parse_kendall

SETTINGS = settings(derandomize=True, deadline=None, max_examples=100)


@pytest.mark.parametrize(
    ("text", "servers", "system_capacity"),
    [
        ("M/M/4", 4, None),
        ("M/M/4/20", 4, 20),
        ("m/m/4/20", 4, 20),
        (" M / m /4/ 20 ", 4, 20),
        ("M/M/1/inf", 1, None),
        ("M/M/1/INF", 1, None),
        ("M/M/1/∞", 1, None),
        ("M/M/3/3", 3, 3),
        ("M/M/1000000", 10**6, None),
    ],
)
def test_understood(text: str, servers: int, system_capacity: int | None) -> None:
    assert parse_kendall(text) == Kendall(
        arrivals="M", service="M", servers=servers, system_capacity=system_capacity
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has 1 part: only M/M/c and M/M/c/K have a closed form here; write M/M/4"),
        ("M/M", "has 2 parts"),
        ("M/M/4/20/100", "has 5 parts"),
        ("D/M/4", "arrivals 'D': only M/M/c and M/M/c/K have a closed form here; write M/M/4"),
        ("M/G/4/20", "service 'G': only M/M/c and M/M/c/K .* write M/M/4/20"),
        ("M//4", "service '': only"),
        ("GI/M/", "arrivals 'GI': .* write M/M/4"),
        ("M/M/0", "servers '0' must be a whole number >= 1; write for instance M/M/4"),
        ("M/M/-1", "servers '-1'"),
        ("M/M/+1", "servers '\\+1'"),
        ("M/M/2.5", "servers '2.5'"),
        ("M/M/1_0", "servers '1_0'"),
        ("M/M/٣", "servers '٣'"),
        ("M/M/∞", "servers '∞'"),
        ("M/M/" + "9" * 5000, "servers '9+'"),
        ("M/M/4/3", "system capacity 3 is below 4 servers, but K counts those in service"),
        ("M/M/4/3", "for 3 waiting places write M/M/4/7"),
        ("M/M/4/0", "K counts those in service; for 0 waiting places write M/M/4/4"),
        ("M/M/4/", "system capacity '' must be a whole number, or inf .* write .* M/M/4/20"),
        ("M/M/4/many", "system capacity 'MANY'"),
    ],
)
def test_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        parse_kendall(text)
    assert repr(text) in str(refusal.value)


@SETTINGS
@given(st.integers(1, 10**6), st.none() | st.integers(0, 10**6))
def test_the_canonical_spelling_reads_back(servers: int, places: int | None) -> None:
    capacity = None if places is None else servers + places
    name = Kendall(arrivals="M", service="M", servers=servers, system_capacity=capacity)
    assert parse_kendall(str(name)) == name


@SETTINGS
@given(st.text(alphabet="MmDG/0123456789 .-∞infx", max_size=14))
def test_anything_else_is_a_value_error_and_never_a_guess(text: str) -> None:
    understood = re.fullmatch(r"M/M/0*[1-9][0-9]*(/([0-9]+|INF|∞))?", text.replace(" ", "").upper())
    try:
        name = parse_kendall(text)
    except ValueError as refusal:
        hint = re.search(r"write (?:for instance )?(M/M/\S+?)(,|$)", str(refusal))
        assert hint is not None
    else:
        assert understood is not None
        assert name.system_capacity is None or name.system_capacity >= name.servers


def test_the_suggested_spelling_is_accepted() -> None:
    for text in ("D/M/4", "M/G/4/20", "GI/M/", "M/M/0", "M/M/4/3", "M/M/4/x", "M"):
        with pytest.raises(ValueError, match="write") as refusal:
            parse_kendall(text)
        hint = re.search(r"write (?:for instance )?(M/M/\d+(/\d+)?)", str(refusal.value))
        assert hint is not None
        parse_kendall(hint[1])
