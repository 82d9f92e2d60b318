"""What each command does, once its words are understood.

Real work that was begun is kept when it is interrupted: the first Ctrl-C ends the run in hand,
what was done is shown, and the exit code says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.estimation.summary import summarise
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.theory import solve
from queuetwin.reports.commands.console import check_suffix, show_lints
from queuetwin.reports.commands.examples import example_text
from queuetwin.reports.commands.original_program import original_changes, original_document
from queuetwin.reports.commands.parsing import check_backend
from queuetwin.reports.commands.textbook import kendall_scenario
from queuetwin.reports.presentation.console import interruptible, progress_of
from queuetwin.reports.presentation.explanation import explanation_text
from queuetwin.reports.presentation.text import prediction_text, summary_text
from queuetwin.reports.presentation.wording import scenario_text

_CALIBRATION = "calibration.json"
_ENDED_EARLY = {"stopped": 130}

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
    check_backend(backend)
    check_suffix(output, (".json", ".npz"))
    click.echo(f"{scenario_text(scenario)}   seed {scenario.seed}", err=True)
    show_lints(scenario)
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
        document = {
            "schema": "queuetwin/prediction/1",
            "system": prediction.system,
            "reading": prediction.reading,
            "measures": measures,
        }
        click.echo(json.dumps(document, indent=2))
    elif explain:
        click.echo(explanation_text(scenario, prediction))
    else:
        click.echo(prediction_text(prediction))
