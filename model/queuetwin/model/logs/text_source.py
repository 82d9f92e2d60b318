"""The text of logs, line by line: plain or `.gz`, a file or standard input.

What is no text is refused by name before anything is made of it; a log that this machine cannot
hold is refused before its memory runs out, and so is a line without an end.
"""

from __future__ import annotations

import gzip
import io
import math
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from queuetwin.model.base.environment import machine_memory
from queuetwin.model.base.errors import Problem, ScenarioError

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"
_PEEK = 65_536
_HEAD = 200
_LONGEST = 1_000_000
# The most that is held of a line while it is read, measured as the peak of a process.
BYTES_A_LINE = 200
_ARCHIVE = b"PK\x03\x04"


class Text:
    """The lines of one log; `name` for messages, `head` its first lines, `is_archive` for a Run."""

    def __init__(self, name: str, raw: Any, before: int = 0) -> None:
        self.name, self._raw, self._before = name, raw, before
        start = raw.peek(_PEEK)[:_PEEK]
        self.is_archive: bool = start.startswith(_ARCHIVE)
        if not self.is_archive:
            _check_text(name, start)
        text = start.decode("utf-8-sig", errors="replace")
        self.head: list[str] = [line for line in text.split("\n") if line.strip()][:_HEAD]
        if not self.is_archive and not self.head:
            raise refusal(name, "is empty")

    def lines(self) -> Iterator[str]:
        """Every line, to be read once.

        Raises ScenarioError where the file breaks off, turns out to be no text, or has more lines
        than the machine can hold.
        """
        memory = machine_memory()
        most = math.inf if memory is None else memory // BYTES_A_LINE - self._before
        # The wrapper must not close what it did not open.
        text = io.TextIOWrapper(self._raw, encoding="utf-8-sig", errors="replace", newline="")
        number = 0
        try:
            while line := text.readline(_LONGEST):
                number += 1
                if len(line) == _LONGEST:
                    message = f"is no line of a log: it has {_LONGEST:,} characters or more"
                    raise refusal(self.name, message, row=number)
                if number > most:
                    raise refusal(self.name, _too_long(number + self._before, memory or 0))
                yield line
        except (EOFError, OSError, zlib.error) as fault:
            message = f"breaks off after line {number:,}: {fault}"
            raise refusal(self.name, message) from None
        finally:
            with suppress(ValueError):  # closed already, where reading was given up
                text.detach()


def _too_long(lines: int, memory: int) -> str:
    return (
        f"has {lines:,} lines and more, which takes more than the {memory / 1e9:,.0f} GB of this "
        "machine: give a part of it, such as its busiest hour"
    )


def _check_text(name: str, start: bytes) -> None:
    try:
        start.decode("utf-8")
        is_text = b"\0" not in start
    except UnicodeDecodeError as fault:
        # The last character may be cut in two, and a stray one is no reason to refuse a log.
        bad = sum(byte > 127 for byte in start)  # noqa: PLR2004 - beyond ASCII
        is_text = fault.start > len(start) - 4 or (b"\0" not in start and bad < len(start) / 10)
    if not is_text:
        raise refusal(name, "is not a text file: a log is text, .gz, or a saved run (.npz)")


@contextmanager
def opened(path: str, before: int = 0) -> Iterator[Text]:
    """A log to be read, unpacked where it is packed; "-" is standard input.

    `before` is how many lines are held already.  Raises ScenarioError where it cannot be read, is
    empty or is not text.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    with ExitStack() as open_files:
        try:
            if path == STANDARD_INPUT:
                raw: Any = sys.stdin.buffer
            else:
                raw = open_files.enter_context(Path(path).open("rb", buffering=_PEEK))
            if not hasattr(raw, "peek"):
                raw = io.BufferedReader(raw, _PEEK)
            if raw.peek(2)[:2] == _GZIP:
                unpacked = open_files.enter_context(gzip.GzipFile(fileobj=raw))
                raw = open_files.enter_context(io.BufferedReader(cast(Any, unpacked), _PEEK))
            text = Text(name, raw, before)
        except (gzip.BadGzipFile, zlib.error, EOFError) as fault:
            raise refusal(name, f"is not a whole .gz file: {fault}") from None
        except OSError as fault:
            raise refusal(name, f"cannot be read: {fault.strerror or fault}") from None
        yield text


def refusal(
    file: str, message: str, *, row: int | None = None, parameter: str = "", value: str = ""
) -> ScenarioError:
    """One fault of a log, with its file and its row, or of a parameter."""
    problem = Problem(message=message, parameter=parameter, value=value, file=file, line=row)
    return ScenarioError([problem])
