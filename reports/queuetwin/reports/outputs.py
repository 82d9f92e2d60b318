"""Where a command may write: what a file is follows from its suffix."""

from __future__ import annotations

import click

__all__ = ["check_suffix"]


def check_suffix(output: str | None, known: tuple[str, ...]) -> None:
    """Refuse, as wrong usage, a file that the command does not know how to write."""
    if output is not None and not output.endswith(known):
        raise click.UsageError(f"--output writes {' '.join(known)}, not {output}")
