"""What each command does, once its words are understood.

Real work that was begun is kept when it is interrupted: the first Ctrl-C ends the run in hand,
what was done is shown, and the exit code says so.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import click

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.lints import lints
from queuetwin.model.overheads import Overheads
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate
from queuetwin.model.summary import summarise
from queuetwin.model.theory import solve
from queuetwin.reports.comparison import Comparison, compare
from queuetwin.reports.examples import example_text
from queuetwin.reports.explain import explanation_text
from queuetwin.reports.interruption import interruptible
from queuetwin.reports.machine_commands import overheads_for
from queuetwin.reports.original import original_changes, original_document
from queuetwin.reports.outputs import check_suffix
from queuetwin.reports.progress import progress_of
from queuetwin.reports.real_runs import (
    RUNS,
    SHARES,
    budget_of,
    length_of,
    no_longer,
    real_runs,
)
from queuetwin.reports.terminal import comparison_text, prediction_text, summary_text
from queuetwin.reports.textbook import kendall_scenario
from queuetwin.reports.wording import scenario_text

__all__ = ["compared", "one_run", "reported", "solved", "write_starter"]

_CALIBRATION = "calibration.json"
_ENDED_EARLY = {"stopped": 130}

_RECOMPUTE = '''"""Mean and p99 of the response time of every run here, with NumPy alone."""

from pathlib import Path

import numpy as np

for path in sorted(Path(__file__).parent.glob("*.npz")):
    run = np.load(path)
    done = run["items.outcome"] == 1
    response = np.sort((run["items.finished"] - run["items.planned"])[done])
    p99 = response[int(np.ceil(0.99 * len(response))) - 1]
    print(f"{path.name}: mean {response.mean() * 1000:.4f} ms, p99 {p99 * 1000:.4f} ms")
'''

_STARTER = """# A worker pool behind a bounded queue.  Try: queuetwin compare {file}
name = "{name}"
seed = 7
items = 20_000                  # or duration = "60s"

[arrivals]
process = "poisson"             # poisson periodic backlog
rate = "320/s"
pacing = "schedule"             # or "gap": the next item is planned when the last put returns

[queue]
capacity = 100                  # waiting places; leave it out for no limit
when_full = "block"             # the producer waits; or "reject"

[workers]
count = 8

[service]
distribution = "exponential"    # deterministic exponential lognormal empirical
mean = "20ms"
# task = "module:function"      # what real workers run instead of sleeping

[failures]
probability = 0.0
attempts = 1                    # the first is counted
backoff = "50ms"

[[slo]]
measure = "response_time.p99"
below = "150ms"
"""


def write_starter(file: str, like: str | None) -> None:
    """A commented scenario file, or a copy of an example; never over an existing one."""
    path = Path(file)
    if path.exists():
        raise ScenarioError([Problem(message="exists already; nothing was written", file=file)])
    text = _STARTER.format(file=file, name=path.stem) if like is None else example_text(like)
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote {file}", err=True)


def one_run(
    scenario: Scenario,
    flags: dict[str, Any],
    output: str | None,
    as_json: bool,
    *,
    backend: str | None = None,
) -> int:
    """Simulate, or execute on a backend, once; show it, and give the exit code."""
    _check_backend(backend)
    check_suffix(output, (".json", ".npz"))
    click.echo(f"{scenario_text(scenario)}   seed {scenario.seed}", err=True)
    _show_lints(scenario)
    with interruptible() as stop, progress_of("run" if backend else "simulate") as observer:
        if backend is not None:
            from queuetwin.realrun.execution import execute

            run = execute(scenario, backend=backend, stop=stop, observer=observer)
        else:
            run = simulate(scenario, stop=stop, observer=observer)
    document = summarise(run).to_dict()
    if original_changes(flags):
        document.update(original_document(run))
    if output is not None and output.endswith(".npz"):
        run.save(output)
    elif output is not None:
        Path(output).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    click.echo(json.dumps(document, indent=2) if as_json else summary_text(summarise(run)))
    for text, count in list(run.header.errors.items())[:3]:
        click.echo(f" {count} times: {text}", err=True)
    if run.header.ended != "complete":
        click.echo(f"ended early: {run.header.ended}", err=True)
    if run.header.ended_by_itself:
        return 0
    return _ENDED_EARLY.get(run.header.ended, 4)


def compared(
    scenario: Scenario,
    file: str | None,
    output: str | None,
    as_json: bool,
    budget: str,
    calibration: str | None,
    backend: str,
) -> int:
    """Five real runs within the budget, the model of the same items, and the report."""
    from queuetwin.realrun.execution import execute

    _check_backend(backend)
    check_suffix(output, (".html", ".md", ".json"))
    asked, each = scenario, budget_of(budget) / SHARES
    scenario = no_longer(scenario, each)
    seconds = min(each, length_of(scenario))
    click.echo(scenario_text(scenario), err=True)
    _show_lints(scenario)
    overheads = overheads_for(calibration, backend)
    click.echo(
        f"{RUNS} runs of {seconds:.3g} s on real {backend}, about {RUNS * seconds:.0f} s.  "
        "Ctrl-C keeps what is done.", err=True,
    )  # fmt: skip
    runs, ended = real_runs(scenario, partial(execute, backend=backend))
    if ended not in ("complete", "stopped"):
        click.echo(f"ended early: {ended}", err=True)
        return 4
    if len(runs) < 2:  # noqa: PLR2004 - two runs are the least that can be compared
        click.echo("interrupted before two runs were done: nothing to compare", err=True)
        return 130
    found = compare(scenario, runs=runs, overheads=overheads)
    target = output or f"{asked.name}.html"
    command = f"queuetwin compare {file or 'FILE'} --budget {budget} --seed {scenario.seed}"
    command += f" --backend {backend}" * (backend != "threads")
    folder = _keep(runs, overheads, Path(target).with_suffix(".runs"))
    _write(found, target, command)
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else comparison_text(found))
    python = runs[0].header.provenance
    click.echo(
        f" wrote {target}, {folder}/   seed {scenario.seed}   Python {python['python']}, "
        f"{python['cores']} cores", err=True,
    )  # fmt: skip
    return 130 if len(runs) < RUNS else 0


def reported(folder: str, output: str) -> None:
    """The report of runs that were kept."""
    check_suffix(output, (".html", ".md", ".json"))
    paths = sorted(Path(folder).glob("*.npz"))
    try:
        runs = [Run.load(path) for path in paths]
        known = Path(folder) / _CALIBRATION
        overheads = Overheads.load(known) if known.exists() else None
        scenario = Scenario.from_dict(runs[0].header.scenario)
        found = compare(scenario, runs=runs, overheads=overheads)
    except (ValueError, IndexError) as fault:
        message = str(fault) if paths else "holds no saved runs"
        raise ScenarioError([Problem(message=message, file=folder)]) from None
    _write(found, output, f"queuetwin report {folder} -o {output}")


def solved(
    system: str, rate: str | None, service: str | None, as_json: bool, explain: bool
) -> None:
    """What theory says; with `explain`, how it comes to it."""
    if Path(system).exists():
        scenario = Scenario.load(system)
    else:
        scenario = kendall_scenario(system, rate, service)
    prediction = solve(scenario)
    if as_json:
        measures = {name: dict(figures) for name, figures in prediction.measures.items()}
        document = {"schema": "queuetwin/prediction/1", "system": prediction.system,
                    "reading": prediction.reading, "measures": measures}  # fmt: skip
        click.echo(json.dumps(document, indent=2))
    elif explain:
        click.echo(explanation_text(scenario, prediction))
    else:
        click.echo(prediction_text(prediction))


def _show_lints(scenario: Scenario) -> None:
    for note in lints(scenario):
        click.echo(f" NOTE {note.key}: {note.message}", err=True)


def _keep(runs: list[Run], overheads: Overheads | None, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CALIBRATION).unlink(missing_ok=True)
    if overheads is not None:
        overheads.save(folder / _CALIBRATION)
    for number, run in enumerate(runs, start=1):
        run.save(folder / f"run-{number}.npz")
    (folder / "recompute.py").write_text(_RECOMPUTE, encoding="utf-8")
    return folder


def _check_backend(name: str | None) -> None:
    if name is not None:
        from queuetwin.realrun.backends import backend_named

        try:
            backend_named(name)
        except ValueError as fault:
            raise click.UsageError(str(fault)) from None


def _write(found: Comparison, target: str, command: str) -> None:
    if target.endswith(".md"):
        text = found.to_markdown()
    elif target.endswith(".json"):
        text = json.dumps(found.to_dict(), indent=2) + "\n"
    else:
        text = found.to_html(command)
    Path(target).write_text(text, encoding="utf-8")
