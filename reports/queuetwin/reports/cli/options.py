"""What several commands take: the pool by file or flags, where to write, what runs it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from queuetwin.realrun.backends.registry import BACKENDS
from queuetwin.reports.commands.flags import COLUMN_FLAGS, FLAGS, ORIGINAL_FLAGS

if TYPE_CHECKING:
    from queuetwin.model.language.scenario import Scenario

Command = Callable[..., Any]


def scenario_options(command: Command) -> Command:
    """A scenario file, or the flags that stand for one or change it."""
    for flag, (_, kind, text) in {**FLAGS, **ORIGINAL_FLAGS}.items():
        command = click.option(flag, type=kind, default=None, help=text)(command)
    return click.argument("file", required=False)(command)


def output_options(command: Command) -> Command:
    """Where the answer goes."""
    as_json = click.option("--json", "as_json", is_flag=True, help="one document on stdout")
    command = as_json(command)
    return click.option("-o", "--output", help="write to a file, by suffix")(command)


def backend_option(command: Command) -> Command:
    """Which real workers."""
    text = f"{', '.join(BACKENDS[:-1])} or {BACKENDS[-1]}"
    return click.option("--backend", default="threads", show_default=True, help=text)(command)


def time_scale_option(command: Command) -> Command:
    """Slow motion."""
    text = "slow motion: all durations times this, rates divided by it"
    return click.option("--time-scale", type=float, metavar="K", help=text)(command)


def column_options(command: Command) -> Command:
    """Which column of a log is what."""
    for flag, (placeholder, text) in reversed(COLUMN_FLAGS.items()):
        command = click.option(flag, metavar=placeholder, help=text)(command)
    return command


def typed() -> str:
    """The command as it was typed."""
    return shlex.join(["queuetwin", *sys.argv[1:]])


def scenario_of(file: str | None, flags: dict[str, Any]) -> Scenario:
    """The scenario of a file, changed by the flags, or of the flags alone."""
    from queuetwin.reports.commands.original_program import original_changes, original_scenario
    from queuetwin.reports.commands.textbook import textbook_scenario

    changes = {
        key: flags[flag[2:].replace("-", "_")]
        for flag, (key, _, _) in FLAGS.items()
        if flags[flag[2:].replace("-", "_")] is not None
    }
    original = original_changes(flags)
    if file is not None:
        from queuetwin.model.language.scenario import Scenario

        return Scenario.load(file).changed({**changes, **original})
    if original or not {"arrivals.rate", "service.mean"} & set(changes):
        if not original and "items" not in changes:
            raise click.UsageError("a FILE is needed, or flags that describe the pool")
        return original_scenario().changed({**changes, **original})
    return textbook_scenario(changes)
