"""What a machine adds to every step of a pool, measured before and apart from what it explains.

A record of distributions: each is a table of equally likely times, the means of equal slices of
what was measured, so that a rare long one keeps its weight.  Times are drawn from streams of
their own, so a calibration shifts no draw of the workload, and every engine gets the same ones.
Stalls are apart from all steps: they hold up everybody at once, so they come as a stream.
It speaks of one machine, one Python and one backend, and says by what it was disturbed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.machine.shared_processor import Shares, Sharing
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload

_SLICES = 200
_NANOSECOND_DIGITS = 9
# No machine could be measured that stalls more often.
_MOST_STALLS = 1000
_SCHEMA: Literal["queuetwin/overheads/1"] = "queuetwin/overheads/1"

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Times = Annotated[tuple[_Seconds, ...], Field(min_length=1)]
"""Equally likely times in seconds."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Record):
    """What a calibration holds for, and for nothing else."""

    python: str
    implementation: str
    gil: bool
    platform: str
    machine: str
    processor: str
    cores: Annotated[int, Field(ge=1)]

    def differences(self, here: Mapping[str, Any]) -> tuple[str, ...]:
        """How the stored machine differs from this one, in words."""
        return tuple(
            f"{name} {value}, here {here[name]}"
            for name, value in self.model_dump().items()
            if value != here.get(name, value)
        )


class Overheads(_Record):
    """A machine's calibration; times in seconds.

    `shares` is what workers of the `backend` share.

    `lateness` is the send delay, from the instant at which an item could be offered to its place
    in the queue, and `put` the time between two puts of a producer that is behind; `hand_off` is
    the wake-up latency, from the place to the start on an idle worker; `turn_round` is the
    turnaround, from a worker's finish to its next start; `overshoot` is the oversleep, what a
    sleep takes beyond its length.  `work_rate` counts turns of an empty
    loop per second of one processor; of each second for which threads compete for the
    interpreter they get `processor_share` seconds of work between them, changing every
    `switch_interval`.  `awake` is how long before a plan its producer keeps the GIL to be on time.
    Of each second without a stall `stalls_per_second` begin, with `stall_lengths`; no step above
    holds any of them.  `processor_share` does: work that a stall cuts in two is not stretched.
    The noise meanwhile: `foreign_cores`, where the platform tells, are the processors that other
    programs took, `sleep_late` is by how much a sleep of one thread alone ended late.
    """

    schema_name: Literal["queuetwin/overheads/1"] = Field(default=_SCHEMA, alias="schema")
    backend: str
    shares: Shares
    machine: Machine
    measured_at: AwareDatetime
    foreign_cores: _Seconds | None = None
    sleep_late: _Seconds | None = None
    lateness: Times
    put: Times
    hand_off: Times
    turn_round: Times
    overshoot: Times
    stalls_per_second: Annotated[float, Field(ge=0, le=_MOST_STALLS)] = 0.0
    stall_lengths: tuple[_Seconds, ...] = ()
    awake: _Seconds
    work_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    processor_share: Annotated[float, Field(gt=0, le=1)]
    switch_interval: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _stalls_have_lengths(self) -> Overheads:
        if self.stalls_per_second and not self.stall_lengths:
            raise ValueError("stalls_per_second without stall_lengths")
        return self

    def to_dict(self) -> dict[str, Any]:
        """As a document of schema ``queuetwin/overheads/1``."""
        return self.model_dump(mode="json", by_alias=True)

    @staticmethod
    def from_dict(data: Mapping[str, Any], file: str = "") -> Overheads:
        """The record that `to_dict` wrote.

        Raises ScenarioError with every fault; `file` is named in it.
        """
        try:
            return Overheads.model_validate(data)
        except ValidationError as faults:
            raise ScenarioError(
                Problem(
                    message=f"not a calibration that can be read: {fault['msg'].lower()}",
                    key=".".join(map(str, fault["loc"])),
                    file=file,
                )
                for fault in faults.errors()
            ) from None

    def save(self, path: str | Path) -> None:
        """Write the record as JSON."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def load(path: str | Path) -> Overheads:
        """Read what `save` wrote.  Raises ScenarioError when it is no calibration."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except (ValueError, OSError) as fault:
            message = f"not a calibration that can be read: {fault}"
            raise ScenarioError([Problem(message=message, file=str(path))]) from None
        return Overheads.from_dict(data, file=str(path))

    def applied(self, draws: Draws, scenario: Scenario, workload: Workload) -> Draws:
        """All draws of a workload with what this machine adds, from streams of its seed.

        A task does not sleep, nor does an attempt that only works: these overshoot nothing.
        """
        service, attempts, count = scenario.stage.service, len(draws.demand), len(draws)

        def luck_of(stream: str, attempt: int) -> Floats:
            return workload.generator(scenario.stage.name, stream, attempt).random(count)

        def each(times: tuple[float, ...], stream: str) -> Floats:
            return np.stack([_pick(times, luck_of(stream, n)) for n in range(1, attempts + 1)])

        luck = luck_of("lateness", 0)
        late, put = _pick(self.lateness, luck), _pick(self.put, luck)
        # An item right after another finds its producer awake, in the midst of its last put.
        lateness = np.where(draws.gap > self.awake, late, put)
        hand_off = each(self.hand_off, "hand-off")
        if self.machine.gil and scenario.arrivals.pacing == "schedule":
            hand_off[0] = self._behind_producer(hand_off[0], lateness, draws.gap, scenario)
        sleeps = service.task is None and service.cpu_share < 1
        return replace(
            draws,
            lateness=lateness,
            hand_off=hand_off,
            turn_round=each(self.turn_round, "turn-round"),
            overshoot=each(self.overshoot, "overshoot") if sleeps else draws.overshoot,
        )

    def _behind_producer(
        self, hand_off: Floats, lateness: Floats, gap: Floats, scenario: Scenario
    ) -> Floats:
        """Who wakes up while the producer is awake for its next item must wait for that put.

        The two need one GIL; of several producers each has its own next item.
        """
        producers, put = scenario.arrivals.producers, self.put[len(self.put) // 2]
        planned = np.cumsum(gap)
        until_next = np.full(len(gap), np.inf)
        until_next[:-producers] = planned[producers:] - planned[:-producers]
        next_late = np.append(lateness[producers:], np.zeros(min(producers, len(gap))))
        wakes, asks = lateness + hand_off, np.maximum(until_next, lateness) + next_late
        caught = (wakes > until_next - self.awake) & (wakes <= asks)
        return np.where(caught, asks + put - lateness, hand_off)

    def stalls(self, stage: Stage, workload: Workload) -> Stalls | None:
        """The stalls of a workload's run, from streams of its seed; None on a machine without."""
        if not self.stalls_per_second:
            return None
        begins, lengths = (
            workload.generator(stage.name, stream, 0) for stream in ("stall", "stall length")
        )

        def draw(count: int) -> tuple[Floats, Floats]:
            gaps = begins.standard_exponential(count) / self.stalls_per_second
            return gaps, _pick(self.stall_lengths, lengths.random(count))

        return Stalls(draw)

    def sharing(self, stage: Stage) -> Sharing | None:
        """How this scenario's workers share the processors; None where they only wait."""
        if not stage.service.cpu_share:
            return None
        return Sharing.of(
            self.shares,
            gil=self.machine.gil,
            cores=self.machine.cores,
            switch_interval=self.switch_interval,
            efficiency=self.processor_share,
            share=stage.service.cpu_share,
            awake=self.awake,
        )


def times_of(sample: Floats) -> tuple[float, ...]:
    """A sample (seconds) as equally likely times: the means of equal slices, rising.

    >>> import numpy as np
    >>> times_of(np.array([2e-3, 1e-3]))
    (0.001, 0.002)
    """
    ordered = np.sort(np.clip(sample, 0.0, None))
    parts = np.array_split(ordered, min(_SLICES, len(ordered)))
    return tuple(round(float(part.mean()), _NANOSECOND_DIGITS) for part in parts)


def _pick(times: tuple[float, ...], luck: Floats) -> Floats:
    """For each uniform variate the time in whose slice it falls."""
    table = np.array(times)
    return table[(luck * len(table)).astype(np.int64)]
