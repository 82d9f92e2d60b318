"""Durations, rates and shares are written with their units, and mean what they say.

A bare number is refused with the unit that it probably meant.  What is formatted here parses
back to the same float, bit for bit, so a scenario survives being written down.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

# unit -> (multiplier, divisor): a division by a power of ten rounds once, a multiplication by
# its inverse twice, and "20ms" must be the same float as 0.02.
_DURATIONS: Mapping[str, tuple[float, float]] = {
    "ns": (1, 1e9),
    "us": (1, 1e6),
    "µs": (1, 1e6),
    "ms": (1, 1e3),
    "s": (1, 1),
    "m": (60, 1),
    "min": (60, 1),
    "h": (3600, 1),
    "d": (86400, 1),
}
_PER: Mapping[str, float] = {
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_NUMBER = r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PART = re.compile(rf"\s*({_NUMBER})\s*([A-Za-zµ]+)\s*")
_RATE = re.compile(rf"\s*({_NUMBER})\s*([kM]?)\s*/\s*([A-Za-z]+)\s*")
_SHARE = re.compile(rf"\s*({_NUMBER})\s*%\s*")

# The same notation for a JSON Schema, whose patterns also match inside a text.
DURATION_PATTERN = rf"^\s*(?:{_NUMBER}\s*(?:{'|'.join(_DURATIONS)})\s*)+$"
RATE_PATTERN = rf"^\s*{_NUMBER}\s*[kM]?\s*/\s*(?:{'|'.join(_PER)})\s*$"
PERCENT_PATTERN = rf"^\s*{_NUMBER}\s*%\s*$"


def parse_duration(value: object) -> float:
    """Seconds of a duration such as ``"20ms"``, ``"1.5s"`` or ``"1h30m"``.

    Raises ValueError, with what to write instead, for anything else.

    >>> parse_duration("20ms"), parse_duration("1h30m")
    (0.02, 5400.0)
    """
    if not isinstance(value, str):
        raise ValueError(_not_a_duration(value))
    total, position = 0.0, 0
    while match := _PART.match(value, position):
        number, unit = match.groups()
        if unit not in _DURATIONS:
            raise ValueError(f'unknown unit "{unit}": durations are in ns, us, ms, s, min, h or d')
        multiplier, divisor = _DURATIONS[unit]
        total += _finite(number) * multiplier / divisor
        position = match.end()
    if position == 0 or position != len(value):
        raise ValueError(_not_a_duration(value))
    return _not_negative(total, "a duration")


def parse_rate(value: object) -> float:
    """Items per second of a rate such as ``"120/s"``, ``"600/min"`` or ``"2k/s"``.

    Raises ValueError, with what to write instead, for anything else.

    >>> parse_rate("600/min")
    10.0
    """
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        bare = _bare(value)
        raise ValueError(f'a rate needs a unit: write "{bare}/s" or "{bare}/min"' if bare else
                         'a rate is written like "120/s", "600/min" or "2k/s"')  # fmt: skip
    number, factor, per = match.groups()
    if per not in _PER:
        raise ValueError(f'unknown unit "/{per}": rates are per s, min, h or d')
    rate = _finite(number) * {"": 1.0, "k": 1e3, "M": 1e6}[factor] / _PER[per]
    if not 0 < rate < math.inf:
        raise ValueError("a rate must be above 0 and finite")
    return rate


def parse_share(value: object) -> float:
    """A share between 0 and 1, written as a number or as ``"2%"``.

    Raises ValueError outside [0, 1].

    >>> parse_share("2%")
    0.02
    """
    if isinstance(value, str) and (match := _SHARE.fullmatch(value)):
        share = _finite(match.group(1)) / 100
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        share = value
    else:
        raise ValueError('a share is written like 0.02 or "2%"')
    if not 0 <= share <= 1:
        raise ValueError("must be between 0 and 1")
    return float(share)


def parse_number(value: object) -> float:
    """A finite plain number that is not negative.

    >>> parse_number("12")
    12.0
    """
    try:
        number = _finite(value if isinstance(value, (int, float, str)) else "")
    except ValueError:
        number = math.nan
    if isinstance(value, bool) or not number >= 0:
        raise ValueError("must be a plain number of 0 or more, such as 10")
    return number


def format_duration(seconds: float) -> str:
    """The shortest text of at least one unit that `parse_duration` reads back exactly.

    >>> format_duration(0.02), format_duration(0.1), format_duration(90.0)
    ('20ms', '100ms', '90s')
    """
    texts = [
        f"{_plain(seconds * divisor / multiplier)}{unit}"
        for unit in ("s", "ms", "us", "ns")
        for multiplier, divisor in (_DURATIONS[unit],)
    ]
    return _shortest(texts, parse_duration, seconds, key=lambda text: (text[:2] == "0.", len(text)))


def format_rate(per_second: float) -> str:
    """The shortest text that `parse_rate` reads back as exactly this rate.

    >>> format_rate(320.0), format_rate(0.5)
    ('320/s', '0.5/s')
    """
    texts = [f"{_plain(per_second * _PER[per])}/{per}" for per in ("s", "min", "h")]
    return _shortest(texts, parse_rate, per_second, key=len)


def format_share(share: float) -> str:
    """A share as a percentage with as many digits as people read.

    >>> format_share(0.0123)
    '1.23 %'
    """
    return f"{share * 100:.3g} %"


def _shortest(
    texts: list[str], parse: Callable[[object], float], value: float, key: Callable[[str], Any]
) -> str:
    # Beside the limits of a float a text may say infinity, which parses as nothing.
    said = [text for text in texts if not text.startswith("inf")]
    exact = (text for text in said if parse(text) == value)
    return min(exact, key=key)


def _plain(number: float) -> str:
    text = repr(float(number))
    return text.removesuffix(".0")


def _not_a_duration(value: object) -> str:
    if bare := _bare(value):
        return f'a duration needs a unit: write "{bare}s" or "{bare}ms"'
    return 'a duration is written like "20ms", "1.5s" or "1h30m"'


def _bare(value: object) -> str:
    """A number without a unit, as it is written in front of one; empty for all else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return ""
    if isinstance(value, str) and not re.fullmatch(rf"\s*{_NUMBER}\s*", value):
        return ""
    return f"{_finite(value):.15g}"


def _finite(value: str | float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    except ValueError:
        raise ValueError(f'"{value}" is not a number') from None
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _not_negative(number: float, what: str) -> float:
    if number == math.inf:
        raise ValueError(f"{what} must be finite")
    if number < 0:
        raise ValueError(f"{what} must not be negative")
    return number
