"""`selftest`: in a minute, what this machine can be used for."""

from __future__ import annotations

from statistics import median

import click

from queuetwin.model.base.units import format_duration
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.realrun.execution import execute
from queuetwin.reports.commands.calibrate import overheads_for
from queuetwin.reports.comparison.injected_faults import SELFTEST_POOL, caught_by
from queuetwin.reports.comparison.paired_difference import Apart
from queuetwin.reports.comparison.selftest import (
    RealAgainstReal,
    five,
    injected_comparisons,
    real_against_real,
    shortest_service,
)
from queuetwin.reports.comparison.verdicts import Verdict
from queuetwin.reports.presentation.wording import measure_title, offset_text, scenario_text

_MACHINE = 4
_BUSY_CORES = 0.25
_WIDTH = 10


def self_tested(calibration: str | None) -> int:
    """Measure, run, say; 0 where real runs agree and every fault was caught, else 4."""
    overheads = overheads_for(calibration, "threads")
    seconds = SELFTEST_POOL.duration
    click.echo(f"{scenario_text(SELFTEST_POOL)}: runs of {seconds:g} s, about a minute", err=True)
    if overheads is not None:
        _say("TIMERS", _timers(overheads))
    runs = five(SELFTEST_POOL, execute)
    again = real_against_real(runs, five(SELFTEST_POOL, execute))
    _say(again.verdict.value, f"real against real: {_apart_text(again)}")
    missed = 0
    for fault, comparison in injected_comparisons(overheads, runs):
        caught = caught_by(comparison)
        missed += not caught
        text = f"{fault.says}: {caught or comparison.verdict.value}"
        _say("CAUGHT" if caught else "MISSED", text)
    good = again.verdict is Verdict.SAME and not missed
    _say("GOOD FOR" if good else "DO", _use(runs, overheads, good))
    return 0 if good else _MACHINE


def _say(word: str, text: str) -> None:
    click.echo(f" {word.ljust(_WIDTH)}  {text}")


def _timers(found: Overheads) -> str:
    parts = (
        ("sent late", found.lateness),
        ("sleeps too long by", found.overshoot),
        ("wake-up", found.hand_off),
        ("turn-round", found.turn_round),
    )
    return ", ".join(f"{name} {median(times) * 1e6:.0f} us" for name, times in parts)


def _apart_text(found: RealAgainstReal) -> str:
    """The mean response, and whatever else is not the same."""
    name, *others = found.measures
    texts = [_off_text(name, found.measures[name])]
    texts += [
        f"{_off_text(other, found.measures[other])} {found.measures[other].verdict.value.lower()}"
        for other in others
        if found.measures[other].verdict not in (Verdict.SAME, Verdict.NO_VERDICT)
    ]
    return "; ".join(texts)


def _off_text(name: str, one: Apart) -> str:
    return f"{measure_title(name)} {offset_text(one.off)}"


def _use(runs: list[Run], overheads: Overheads | None, good: bool) -> str:
    foreign = median(run.header.facts.get("foreign_cores", 0.0) for run in runs)
    busy = f"{foreign:.1f} cores were taken by other programs"
    if not good:
        close = f"{busy}: close them, and test again" if foreign > _BUSY_CORES else "test again"
        return f"{close}; until then slow scenarios down: --time-scale 10"
    if overheads is None:
        return "sleeps of 5 ms and more"
    shortest = format_duration(max(round(shortest_service(overheads), 3), 0.001))
    text = f"services of {shortest} and more; shorter ones in slow motion: --time-scale 10"
    return text if foreign <= _BUSY_CORES else f"{text}; {busy}"
