"""Closed forms: what queueing theory says about a pool, without drawing one random number.

Law: every figure of this package is a formula evaluated in a numerically safe form, so it is the
same on every machine and takes no seed. Times are in the unit of the service time, rates in its
reciprocal. What has no closed form here is refused with a reason and never approximated in silence.
"""

from queuetwin.model.theory.erlang import erlang_b, erlang_c, log_erlang_b
from queuetwin.model.theory.kendall import Kendall, parse_kendall
from queuetwin.model.theory.markov_pool import MarkovPool
from queuetwin.model.theory.mmc import MMc
from queuetwin.model.theory.mmck import MMcK
from queuetwin.model.theory.solution import Prediction, solve

__all__ = [
    "Kendall",
    "MMc",
    "MMcK",
    "MarkovPool",
    "Prediction",
    "erlang_b",
    "erlang_c",
    "log_erlang_b",
    "parse_kendall",
    "solve",
]
