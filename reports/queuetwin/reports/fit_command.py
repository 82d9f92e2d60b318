"""`fit`: from logs to a scenario file, and what was found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from queuetwin.model import fit
from queuetwin.model.fitting import Mapping
from queuetwin.reports.fit_wording import fit_text
from queuetwin.reports.outputs import check_suffix
from queuetwin.reports.progress import progress_of

__all__ = ["fitted"]

INVALID = 3
_COLUMNS = (
    "arrival", "start", "end", "duration", "duration_is", "task", "worker", "status", "unit",
)  # fmt: skip
_KINDS = ("service", "response")


def fitted(logs: Sequence[str], output: str, asked: dict[str, Any]) -> int:
    """Fit, write, say; the exit code.  Nothing is written where the log shows too little."""
    check_suffix(output, (".toml",))
    if asked["duration_is"] not in (None, *_KINDS):
        raise click.UsageError(
            f"--duration-is says service or response, not {asked['duration_is']}"
        )
    columns = Mapping(**{name: asked.pop(name) for name in _COLUMNS})
    with progress_of("fit"):
        found = fit(logs, columns=columns, name=Path(output).stem, **asked)
    if found.stop:
        click.echo(fit_text(found, "wrote nothing"))
        return INVALID
    written = ", ".join(str(path) for path in found.save(output))
    click.echo(fit_text(found, f"wrote {written}   seed {asked['seed']}"))
    return 0
