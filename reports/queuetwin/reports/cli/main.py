"""The command line: all commands in one group, with the exit code of whoever is to blame.

Data goes to standard output, everything else to standard error.  Exit codes: 0 done, 1 internal
or I/O, 2 usage, 3 invalid input, 4 the machine could not, 130 interrupted (what was done is
kept and said); of `check` also 98 undecided, 99 missed.  Everything heavy is imported inside
the commands, so that `--help` is quick.
"""

from __future__ import annotations

import sys

import click

from queuetwin.reports.cli.look import merge, report, sweep
from queuetwin.reports.cli.machine import calibrate, check, selftest
from queuetwin.reports.cli.start import compare, init, plan
from queuetwin.reports.cli.theory import schema, simulate, theory
from queuetwin.reports.cli.your_system import fit, run

INVALID, MACHINE, INTERRUPTED = 3, 4, 130

_GROUPS = {
    "start": (init, plan, compare),
    "your system": (fit, run),
    "look": (sweep, merge, report),
    "theory": (theory, simulate, schema),
    "machine": (calibrate, selftest, check),
}


class _Grouped(click.Group):
    """Lists the commands in the order in which people need them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (str(command.name), command.get_short_help_str(limit=80))
                        for command in commands
                    ]
                )


@click.group(cls=_Grouped, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="queuetwin")
def cli() -> None:
    """A worker pool behind a bounded queue: predicted, executed, compared."""


for _commands in _GROUPS.values():
    for _command in _commands:
        cli.add_command(_command)


def main() -> None:
    """Run the command line, with the exit code of whoever is to blame."""
    from queuetwin.model.base.errors import RunError, ScenarioError

    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except ScenarioError as fault:
        from queuetwin.reports.presentation.flags import with_flags_in

        click.echo("\n".join(str(with_flags_in(problem)) for problem in fault.problems), err=True)
        count = len(fault.problems)
        click.echo(f"{count} problem{'s' * (count != 1)}; nothing was run", err=True)
        sys.exit(INVALID)
    except RunError as fault:
        click.echo(str(fault), err=True)
        sys.exit(MACHINE)
    except OSError as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
