"""Closed forms: what queueing theory says about a pool, without drawing one random number.

Law: every figure of this package is a formula evaluated in a numerically safe form, so it is the
same on every machine and takes no seed. Times are in the unit of the service time, rates in its
reciprocal. What has no closed form here is refused with a reason and never approximated in silence.
"""

from .erlang import erlang_b, erlang_c, log_erlang_b
from .kendall import Kendall, parse_kendall
from .markov import MMc, MMcK

__all__ = [
    "Kendall",
    "MMc",
    "MMcK",
    "erlang_b",
    "erlang_c",
    "log_erlang_b",
    "parse_kendall",
]
