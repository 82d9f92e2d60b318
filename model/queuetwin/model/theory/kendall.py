"""Kendall's short names for queues: "M/M/4/20" read into the parts that the formulas need.

Law: a name is understood in full or refused with the reason and with what to write instead; no part
is guessed. The fourth part K is the system capacity and counts the items in service: M/M/4/20 has 4
servers and 16 waiting places. Leaving it out, "inf" and "∞" all mean no limit.
"""

import re
from dataclasses import dataclass

_UNLIMITED = {"INF", "∞"}
_NOT_MARKOV = "only M/M/c and M/M/c/K have a closed form here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kendall:
    """A parsed Kendall name; `str()` gives the canonical spelling back.

    `arrivals` and `service` are "M" (exponential gaps, exponential service times), `servers` is
    c >= 1, `system_capacity` is K >= c, those in service included, or None for no limit.

    >>> str(Kendall(arrivals="M", service="M", servers=4, system_capacity=None))
    'M/M/4'
    """

    arrivals: str
    service: str
    servers: int
    system_capacity: int | None

    def __str__(self) -> str:
        limit = "" if self.system_capacity is None else f"/{self.system_capacity}"
        return f"{self.arrivals}/{self.service}/{self.servers}{limit}"


def parse_kendall(text: str) -> Kendall:
    """Read a Kendall name: M/M/c or M/M/c/K, in upper or lower case, spaces allowed.

    c is the number of servers, K the most items in the system, those in service included; K may be
    "inf" or "∞" for no limit.

    Raises ValueError for everything else, saying what is wrong and what to write instead.

    Source: Kendall 1953, Stochastic processes occurring in the theory of queues, Annals of
    Mathematical Statistics 24; the capacity part is from Lee 1966, Applied Queueing Theory.

    >>> parse_kendall("M/M/4/20").system_capacity
    20
    >>> str(parse_kendall("m / m / 1 / inf"))
    'M/M/1'
    >>> parse_kendall("M/D/4")
    Traceback (most recent call last):
    ValueError: 'M/D/4': service 'D': only M/M/c and M/M/c/K have a closed form here; write M/M/4
    """
    parts = [part.strip().upper() for part in text.split("/")]
    if len(parts) not in (3, 4):
        raise ValueError(
            f"{text!r} has {len(parts)} part{'s' * (len(parts) != 1)}: {_NOT_MARKOV}; "
            "write M/M/4, or M/M/4/20 for at most 20 items in the system"
        )
    limit = f"/{parts[3]}" if parts[3:] else ""
    for role, letter in (("arrivals", parts[0]), ("service", parts[1])):
        if letter != "M":
            raise ValueError(
                f"{text!r}: {role} {letter!r}: {_NOT_MARKOV}; write M/M/{parts[2] or 4}{limit}"
            )
    servers = _servers(text, parts[2])
    capacity = _system_capacity(text, parts[3], servers) if limit else None
    return Kendall(arrivals="M", service="M", servers=servers, system_capacity=capacity)


def _servers(text: str, part: str) -> int:
    servers = _whole_number(part)
    if not servers:
        raise ValueError(
            f"{text!r}: servers {part!r} must be a whole number >= 1; write for instance M/M/4"
        )
    return servers


def _system_capacity(text: str, part: str, servers: int) -> int | None:
    if part in _UNLIMITED:
        return None
    capacity = _whole_number(part)
    if capacity is None:
        raise ValueError(
            f"{text!r}: system capacity {part!r} must be a whole number, or inf for no limit; "
            f"write for instance M/M/{servers}/{servers + 16}"
        )
    if capacity < servers:
        raise ValueError(
            f"{text!r}: system capacity {capacity} is below {servers} servers, but K counts those "
            f"in service; for {capacity} waiting places write M/M/{servers}/{servers + capacity}"
        )
    return capacity


def _whole_number(part: str) -> int | None:
    # Plain digits only, as int() would also take signs, underscores and other scripts; 15 of them
    # are exact in a double.
    return int(part) if re.fullmatch(r"[0-9]{1,15}", part) else None
