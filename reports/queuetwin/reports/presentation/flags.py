"""Parameters of Python functions, as the flags that stand for them on the command line."""

from __future__ import annotations

import re
from dataclasses import replace

from queuetwin.model.base.errors import Problem

FLAGS = {
    "arrival": "--arrival",
    "arrivals": "--arrivals",
    "duration": "--duration",
    "duration_is": "--duration-is",
    "end": "--end",
    "factor": "--time-scale",
    "only": "--only",
    "slo": "--slo",
    "start": "--start",
    "status": "--status",
    "task": "--task",
    "unit": "--unit",
    "window": "--window",
    "worker": "--worker",
    "workers": "--workers",
}
_PARAMETER = re.compile(rf"`({'|'.join(FLAGS)})(?:=([^`]+))?`")


def with_flags(text: str) -> str:
    """The text with flags for parameters in backquotes.

    >>> with_flags("write `workers=N` (or name `start`)")
    'write --workers N (or name --start)'
    """
    return _PARAMETER.sub(lambda found: " ".join(filter(None, (FLAGS[found[1]], found[2]))), text)


def with_flags_in(problem: Problem) -> Problem:
    """The problem with flags for parameters."""
    parameter = FLAGS.get(problem.parameter, problem.parameter)
    return replace(problem, parameter=parameter, message=with_flags(problem.message))
