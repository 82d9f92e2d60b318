"""An axis is one key of a scenario and the values that it takes, one after the other.

Written as a range `2..16` (or `2..16:2`), a list `1,2,4`, or as multiples of what the file says,
`x0.5..x3`; with units where the key has units, `10ms..30ms`.  Points are made in decimal
arithmetic, so that 0.1, 0.2, 0.3 are what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from math import prod
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.units import format_duration, format_rate, parse_duration, parse_rate
from queuetwin.model.language.scenario import Scenario

_EXAMPLES = "2..16, 1,2,4 or x0.5..x3"
_QUANTITY = re.compile(r"\s*(x?)\s*(\d[\d_]*\.?\d*|\.\d+)\s*([kM]?/?[A-Za-zµ]*|%)\s*")
_WORDS = {"true": True, "false": False}

_MOST_POINTS, _MOST_CELLS = 10_000, 100_000
# Where no step is written: about so many points, on steps that people would write.
_FEWEST, _LIKED, _MANY = 5, 7, 9
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A key and its values, as `Scenario.changed` takes them."""

    key: str
    values: tuple[Any, ...]

    @staticmethod
    def parse(scenario: Scenario, key: str, text: str) -> Axis:
        """The axis that a text describes; multiples are of the scenario's own value.

        Raises ScenarioError, with what to write instead.

        >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson",
        ...     "rate": "100/s"}, "workers": {"count": 2},
        ...     "service": {"distribution": "exponential", "mean": "10ms"}})
        >>> Axis.parse(pool, "workers.count", "2..4").values
        (2, 3, 4)
        >>> Axis.parse(pool, "arrivals.rate", "x0.5..x1.5:x0.5").values
        ('50/s', '100/s', '150/s')
        """
        try:
            given = _points(text) if ".." in text else _listed(text)
            values = tuple(_value(scenario, key, one) for one in given)
        except ValueError as fault:
            raise _fault(key, text, str(fault)) from None
        return Axis(key=key, values=tuple(dict.fromkeys(values)))


def axes_of(scenario: Scenario, over: Mapping[str, str | Iterable[Any]]) -> tuple[Axis, ...]:
    """An axis for each key: from a text, or from the values themselves.

    Raises ScenarioError with every fault.
    """
    axes, problems = [], list[Problem]()
    if not over:
        problems.append(Problem(message="nothing varies: name a key, such as workers.count=2..16"))
    for key, given in over.items():
        values = () if isinstance(given, str) else tuple(given)
        try:
            if isinstance(given, str):
                axes.append(Axis.parse(scenario, key, given))
            elif not values:
                raise _fault(key, "", f"no values: write them, such as {_EXAMPLES}")
            else:
                axes.append(Axis(key=key, values=values))
        except ScenarioError as fault:
            problems += fault.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(axes)


def grid(scenario: Scenario, axes: Sequence[Axis]) -> list[tuple[dict[str, Any], Scenario]]:
    """The changes and the scenario of every combination, the last axis running fastest.

    Raises ScenarioError with every fault that a combination has, each once.
    """
    count = prod(len(axis.values) for axis in axes)
    if count > _MOST_CELLS:
        message = f"{count:,} combinations are too many: write longer steps"
        raise ScenarioError([Problem(message=message)])
    cells, problems = [], dict[Problem, None]()
    for values in product(*(axis.values for axis in axes)):
        changes = {axis.key: value for axis, value in zip(axes, values, strict=True)}
        try:
            cells.append((changes, scenario.changed(changes)))
        except ScenarioError as fault:
            problems |= dict.fromkeys(fault.problems)
    if problems:
        raise ScenarioError(problems)
    return cells


def _listed(text: str) -> list[str]:
    given = [one.strip() for one in text.split(",")]
    if not all(given):
        raise ValueError(f"a value is missing: write {_EXAMPLES}")
    return given


def _points(text: str) -> list[str]:
    """The points of a range, as texts."""
    low, _, rest = text.partition("..")
    high, _, step = rest.partition(":")
    ends = [_QUANTITY.fullmatch(end) for end in (low, high)]
    if ends[0] is None or ends[1] is None:
        raise ValueError(f"an end of the range is missing or no number: write {_EXAMPLES}")
    (times, first, unit), (other, last, other_unit) = (end.groups() for end in ends if end)
    if (times, unit) != (other, other_unit):
        raise ValueError("both ends of a range have one unit: write such as 10ms..30ms or x0.5..x3")
    begin, end = Decimal(first), Decimal(last)
    if begin > end:
        raise ValueError(f'is upside down: write "{high.strip()}..{low.strip()}"')
    whole = not times and not unit and begin % 1 == end % 1 == 0 and "." not in first + last
    width = _step(step, times, unit) if step else _own_step(begin, end, whole)
    if width is None:
        points = _evenly(begin, end)
    elif (end - begin) / width >= _MOST_POINTS:
        raise ValueError("has too many values: write a longer step, such as 0..1000:100")
    else:
        points = [begin + number * width for number in range(int((end - begin) / width) + 1)]
    return [f"{times}{_plain(point)}{unit}" for point in points]


def _step(text: str, times: str, unit: str) -> Decimal:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[1] not in ("", times) or match[3] not in ("", unit):
        raise ValueError("the step is no number in the unit of the range: write such as 2..16:2")
    if not (step := Decimal(match[2])):
        raise ValueError("the step must be above 0")
    return step


def _own_step(begin: Decimal, end: Decimal, whole: bool) -> Decimal | None:
    """Every whole number; of all else the round step that gives about seven points, if any does."""
    span = end - begin
    if whole or not span:
        return Decimal(1)
    scale = Decimal(10) ** (span.adjusted() - 1)
    counts = {step: span / step + 1 for one in _STEPS for step in (one * scale, one * scale * 10)}
    steps = [step for step, count in counts.items()
             if count % 1 == 0 and _FEWEST <= count <= _MANY]  # fmt: skip
    return min(steps, key=lambda step: (abs(counts[step] - _LIKED), step), default=None)


def _evenly(begin: Decimal, end: Decimal) -> list[Decimal]:
    """Seven points, those inside rounded so that people can read them."""
    width = (end - begin) / (_LIKED - 1)
    digits = Decimal(10) ** (width.adjusted() - 2)
    inside = [(begin + number * width).quantize(digits) for number in range(1, _LIKED - 1)]
    return [begin, *inside, end]


def _value(scenario: Scenario, key: str, text: str) -> Any:
    match = _QUANTITY.fullmatch(text)
    if match is None or (match[3] and not match[1]):
        return _WORDS.get(text, text)
    number = Decimal(match[2])
    if not match[1]:
        return int(number) if text.replace("_", "").isdecimal() else float(number)
    if match[3]:
        raise ValueError("a multiple has no unit: write such as x0.5..x3")
    return _times(_own(scenario, key), number)


def _own(scenario: Scenario, key: str) -> Any:
    """What the scenario says at a key; a rate that it leaves out is that of its arrivals."""
    found: Any = scenario.document
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    rate = scenario.arrivals.mean_rate
    return format_rate(rate) if found is None and key == "arrivals.rate" and rate else found


def _times(own: Any, number: Decimal) -> Any:
    """So many times a number, a duration or a rate; of a whole number the nearest."""
    if isinstance(own, int) and not isinstance(own, bool):
        return int((own * number).to_integral_value(ROUND_HALF_UP))
    if isinstance(own, float):
        return _product(own, number)
    for parse, written in ((parse_duration, format_duration), (parse_rate, format_rate)):
        try:
            return written(_product(parse(own), number))
        except ValueError:
            continue
    raise ValueError("the file has no number here to multiply: write values, such as 2..16")


def _product(own: float, number: Decimal) -> float:
    return float(Decimal(repr(own)) * number)


def _plain(number: Decimal) -> str:
    text = f"{number:.12f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
    return text or "0"


def _fault(key: str, value: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(key=key, value=value, message=message)])
