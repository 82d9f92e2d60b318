"""The command line: reads what was asked, calls the model and the real side, shows the answer.

Data goes to standard output, everything else to standard error.  Exit codes: 0 done, 1 internal
or I/O, 2 usage, 3 invalid input, 4 the machine could not, 130 interrupted (what was done is
kept and said); of `check` also 98 undecided, 99 missed.  Everything heavy is imported inside
the commands, so that `--help` is quick.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from typing import Any

import click

from queuetwin.reports.flags import COLUMN_FLAGS, FLAGS, ORIGINAL_FLAGS

__all__ = ["main"]

INVALID, MACHINE, INTERRUPTED = 3, 4, 130

_GROUPS = {
    "start": ("init", "plan", "compare"),
    "your system": ("fit", "run"),
    "look": ("sweep", "merge", "report"),
    "theory": ("theory", "simulate", "schema"),
    "machine": ("calibrate", "selftest", "check"),
}


class _Grouped(click.Group):
    """Lists the commands in the order in which people need them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in _GROUPS.items():
            with formatter.section(title):
                commands = [(name, self.commands[name]) for name in names]
                formatter.write_dl(
                    [(name, command.get_short_help_str(limit=80)) for name, command in commands]
                )


@click.group(cls=_Grouped, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="queuetwin")
def cli() -> None:
    """A worker pool behind a bounded queue: predicted, executed, compared."""


def _scenario_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for flag, (_, kind, text) in {**FLAGS, **ORIGINAL_FLAGS}.items():
        command = click.option(flag, type=kind, default=None, help=text)(command)
    return click.argument("file", required=False)(command)


def _output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    as_json = click.option("--json", "as_json", is_flag=True, help="one document on stdout")
    command = as_json(command)
    return click.option("-o", "--output", help="write to a file, by suffix")(command)


def _backend_option(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "threads, processes, asyncio, executor or redis"
    return click.option("--backend", default="threads", show_default=True, help=text)(command)


def _time_scale_option(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "slow motion: all durations times this, rates divided by it"
    return click.option("--time-scale", type=float, metavar="K", help=text)(command)


_COMPARE = (
    "output", "as_json", "budget", "calibration", "backend", "time_scale", "observed",
    "columns", "plant",
)  # fmt: skip


def main() -> None:
    """Run the command line, with the exit code of whoever is to blame."""
    from queuetwin.model.errors import RunError, ScenarioError

    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except ScenarioError as fault:
        click.echo(str(fault), err=True)
        count = len(fault.problems)
        click.echo(f"{count} problem{'s' * (count != 1)}; nothing was run", err=True)
        sys.exit(INVALID)
    except RunError as fault:
        click.echo(str(fault), err=True)
        sys.exit(MACHINE)
    except OSError as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)


@cli.command()
@click.argument("file", default="scenario.toml")
@click.option("--like", help="an example to start from, such as checkout")
def init(file: str, like: str | None) -> None:
    """Write a commented scenario to start from."""
    from queuetwin.reports.commands import write_starter

    write_starter(file, like)


@cli.command()
@_scenario_options
@_output_options
def simulate(file: str | None, output: str | None, as_json: bool, **flags: Any) -> None:
    """Predict with the SimPy model."""
    from queuetwin.reports.commands import one_run

    sys.exit(one_run(_scenario(file, flags), flags, output, as_json))


@cli.command()
@_scenario_options
@_output_options
@_time_scale_option
@_backend_option
def run(
    file: str | None,
    output: str | None,
    as_json: bool,
    time_scale: float | None,
    backend: str,
    **flags: Any,
) -> None:
    """Execute on real workers."""
    from queuetwin.model.time_scale import slowed
    from queuetwin.reports.commands import one_run

    scenario = _scenario(file, flags)
    if time_scale is not None:
        scenario = slowed(scenario, time_scale)
    sys.exit(one_run(scenario, flags, output, as_json, backend=backend))


@cli.command()
@_scenario_options
@_output_options
@click.option("--budget", default="60s", show_default=True, help="time for all real runs")
@click.option("--calibration", help="of this machine, in place of the one that is kept")
@_time_scale_option
@click.option("--observed", metavar="FILE", help="a saved run or a log of your own, beside them")
@click.option("--columns", help="of that log, such as arrival=ts,end=t1,unit=ms")
@click.option("--plant", metavar="FAULT", help="run it with a fault, to see whether it is caught")
@_backend_option
def compare(file: str | None, **asked: Any) -> None:
    """Predict, execute, and say whether the two are the same.

    Faults to plant: service, worker, capacity, order, lost-item, relative-sleep, spinning.
    """
    from queuetwin.reports.compare_command import Asked, compared

    own = {name: asked.pop(name) for name in _COMPARE}
    scenario = _scenario(file, asked)
    sys.exit(compared(scenario, Asked(file=file, **own)))


@cli.command()
@_scenario_options
@_output_options
@click.option("--slo", "slos", multiple=True, help='a limit, such as "response_time.p99 < 200ms"')
@click.option(
    "--over",
    multiple=True,
    metavar="KEY=VALUES",
    help="what may vary too: queue.capacity=10,100; workers.count=1..64 bounds the workers",
)
@click.option("--cost", help="workers.count=30,queue.capacity=0.01; else workers, then places")
@click.option("--log", "logs", multiple=True, metavar="FILE", help="how sure it makes the plan")
@click.option("--log-arrivals", metavar="FILE", help="another log that shows when items came")
@click.option("--log-window", metavar="WINDOW", help="as of fit; else the busiest hour")
@click.option("--check-on-threads", "budget", help="real runs of the answer, such as 2m in all")
def plan(
    file: str | None,
    output: str | None,
    as_json: bool,
    *,
    slos: tuple[str, ...],
    over: tuple[str, ...],
    cost: str | None,
    logs: tuple[str, ...],
    log_arrivals: str | None,
    log_window: str | None,
    budget: str | None,
    **flags: Any,
) -> None:
    """How many workers to buy, and what breaks that first."""
    from queuetwin.reports.plan_command import Asked, planned

    asked = Asked(
        slos=slos, over=over, cost=cost, logs=logs, log_arrivals=log_arrivals,
        log_window=log_window, budget=budget,
    )  # fmt: skip
    command = shlex.join(["queuetwin", *sys.argv[1:]])
    sys.exit(planned(_scenario(file, flags), asked, output, as_json, command))


@cli.command()
@_scenario_options
@_output_options
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="what varies: workers.count=2..16, queue.capacity=10,100 or arrivals.rate=x0.5..x3",
)
@click.option("--jobs", type=click.IntRange(1, 1000), help="how many threads; one a processor")
@click.option("--executor", metavar="ADDRESS", help="a Dask cluster, such as dask://host:8786")
@click.option("--shard", metavar="K/N", help="only one part of so many, such as 3/8; see merge")
@click.option("--execute", is_flag=True, help="measure each on real threads too (one key)")
@click.option("--budget", default="60s", show_default=True, help="time for all real runs")
def sweep(
    file: str | None,
    *,
    output: str | None,
    as_json: bool,
    over: tuple[str, ...],
    jobs: int | None,
    executor: str | None,
    shard: str | None,
    execute: bool,
    budget: str,
    **flags: Any,
) -> None:
    """Every combination of some values, as curves or a map.

    --items counts for each combination.
    """
    from queuetwin.reports.sweep_command import swept

    if executor and jobs:
        raise click.UsageError("--jobs are threads of this machine: leave it out with --executor")
    items = flags.pop("items")
    command = shlex.join(["queuetwin", *sys.argv[1:]])
    scenario = _scenario(file, {**flags, "items": None})
    code = swept(
        scenario,
        over,
        items=items,
        jobs=jobs,
        output=output,
        as_json=as_json,
        command=command,
        budget=budget if execute else None,
        cluster=executor,
        shard=shard,
    )
    sys.exit(code)


@cli.command()
@click.argument("files", nargs=-1, required=True)
@_output_options
def merge(files: tuple[str, ...], output: str | None, as_json: bool) -> None:
    """Put the parts of a sweep together: the .cells.jsonl of each.

    Exit code 130 where some are missing.
    """
    from queuetwin.reports.sweep_command import merged

    command = shlex.join(["queuetwin", *sys.argv[1:]])
    sys.exit(merged(files, output, as_json, command))


@cli.command()
@click.argument("system")
@click.option("--rate", help="arrivals, such as 320/s")
@click.option("--service", help="mean service time, such as 10ms")
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
@click.option("--explain", is_flag=True, help="the formulas, with the numbers put in")
def theory(
    system: str, rate: str | None, service: str | None, as_json: bool, explain: bool
) -> None:
    """What the formula says of a file or of a Kendall name such as M/M/4/20."""
    from queuetwin.reports.commands import solved

    solved(system, rate, service, as_json, explain)


@cli.command()
@click.option("-o", "--output", help="write to a file instead of keeping it for compare")
@click.option("--task", "file", metavar="FILE", help="measure this scenario's task instead, as CSV")
@_backend_option
def calibrate(output: str | None, file: str | None, backend: str) -> None:
    """Measure what this machine adds to each step, for compare."""
    from queuetwin.reports.machine_commands import calibrated, measured_task

    if file is not None:
        measured_task(file, output, backend)
    else:
        calibrated(output, backend)


@cli.command()
@click.option("--calibration", help="of this machine, in place of the one that is kept")
def selftest(calibration: str | None) -> None:
    """What this machine can tell apart, from planted faults; a minute."""
    from queuetwin.reports.selftest_command import self_tested

    sys.exit(self_tested(calibration))


@cli.command()
@_scenario_options
@click.option("--slo", "slos", multiple=True, help='a limit, such as "response_time.p99 < 200ms"')
@click.option("--junit", metavar="FILE", help="write JUnit XML, a case for each limit")
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
def check(
    file: str | None, slos: tuple[str, ...], junit: str | None, as_json: bool, **flags: Any
) -> None:
    """Whether every limit is kept, for a pipeline.

    Exit code 0: all are met; 99: one is missed; 98: undecided.
    """
    from queuetwin.reports.check_command import checked

    sys.exit(checked(_scenario(file, flags), slos, junit, as_json))


@cli.command()
def schema() -> None:
    """The JSON Schema of a scenario file, for an editor."""
    from queuetwin.reports.language import schema_text

    click.echo(schema_text())


@cli.command()
@click.argument("folder")
@click.option("-o", "--output", required=True, help="write to a file, by suffix")
def report(folder: str, output: str) -> None:
    """Make the page again from a folder of saved runs."""
    from queuetwin.reports.kept_runs import reported

    reported(folder, output)


def _column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for flag, (placeholder, text) in reversed(COLUMN_FLAGS.items()):
        command = click.option(flag, metavar=placeholder, help=text)(command)
    return command


@cli.command()
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    help="the scenario .toml to write, and as often as you like .html, .json",
)
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
@_column_options
@click.option("--only", metavar="NAME", help="only this task")
@click.option("--window", help="all, a length such as 30m, or 09:00-10:00; else the busiest hour")
@click.option("--workers", type=click.IntRange(1, 100_000), help="how many served")
@click.option("--arrivals", metavar="FILE", help="another log that shows when items came")
@click.option("--seed", type=click.IntRange(0), default=1, help="seed of all chance")
def fit(logs: tuple[str, ...], outputs: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Make a scenario from logs.

    CSV, JSON Lines, Celery workers, web access with request times, saved runs.
    """
    from queuetwin.reports.fit_command import fitted

    command = shlex.join(["queuetwin", *sys.argv[1:]])
    sys.exit(fitted(logs, outputs, as_json, command, asked))


def _scenario(file: str | None, flags: dict[str, Any]) -> Any:
    from queuetwin.reports.original import original_changes, original_scenario
    from queuetwin.reports.textbook import textbook_scenario

    changes = {
        key: flags[flag[2:].replace("-", "_")]
        for flag, (key, _, _) in FLAGS.items()
        if flags[flag[2:].replace("-", "_")] is not None
    }
    original = original_changes(flags)
    if file is not None:
        from queuetwin.model.scenario import Scenario

        return Scenario.load(file).changed({**changes, **original})
    if original or not {"arrivals.rate", "service.mean"} & set(changes):
        if not original and "items" not in changes:
            raise click.UsageError("a FILE is needed, or flags that describe the pool")
        return original_scenario().changed({**changes, **original})
    return textbook_scenario(changes)
