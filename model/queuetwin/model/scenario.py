"""The Scenario: one description that the model predicts and the real side executes.

It is frozen, checked as a whole, and written the same way everywhere: the keys of a file, of
`changed` and of the command line's flags are one grammar.  A plain file with `[queue]`,
`[workers]`, `[service]` and `[failures]` is one stage called "main".
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from queuetwin.model.arrivals import Arrivals
from queuetwin.model.fields import Duration, PositiveDuration, Share, Table
from queuetwin.model.measures import Measure, parse_statistic
from queuetwin.model.service import Service
from queuetwin.model.source import Source, read_toml
from queuetwin.model.units import format_duration, parse_duration, parse_number, parse_share

__all__ = ["Failures", "Queue", "Scenario", "Slo", "Stage", "Workers"]

# the tables of a plain file that make up its one stage
_STAGE = ("queue", "workers", "service", "failures")


class Queue(Table):
    """The waiting places in front of the workers, as `queue.Queue(maxsize=capacity)`."""

    capacity: int | None = Field(default=None, ge=1)
    when_full: Literal["block", "reject"] = "block"


class Workers(Table):
    """Who serves."""

    count: int = Field(ge=1, le=100_000)


class Failures(Table):
    """What goes wrong, and what happens then; `attempts` counts the first."""

    probability: Share = 0.0
    attempts: int = Field(default=1, ge=1, le=100)
    backoff: Duration = 0.0
    cost: Literal["none", "full"] = "full"


class Stage(Table):
    """One pool: a queue, its workers, what they do and how it fails."""

    name: str = "main"
    queue: Queue = Queue()
    workers: Workers
    service: Service
    failures: Failures = Failures()

    def work_per_item(self) -> float:
        """Mean worker seconds that one item costs, over all its attempts."""
        failing = self.failures.probability
        per_attempt = self.service.mean_time * (
            1 - failing if self.failures.cost == "none" else 1.0
        )
        return per_attempt * sum(failing**attempt for attempt in range(self.failures.attempts))


class Slo(Table):
    """A limit that must be kept: a measure's statistic below a value."""

    measure: str
    below: float

    @field_validator("measure")
    @classmethod
    def _known(cls, text: str) -> str:
        parse_statistic(text)
        return text

    @model_validator(mode="before")
    @classmethod
    def _in_the_unit_of_its_measure(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "below" not in data:
            return data
        try:
            measure, _ = parse_statistic(str(data.get("measure")))
        except ValueError:
            return {**data, "below": 0.0}
        parse = {"seconds": parse_duration, "share": parse_share}.get(measure.unit, parse_number)
        try:
            return {**data, "below": parse(data["below"])}
        except ValueError as fault:
            raise ValueError(f"below: {fault}") from None

    def parts(self) -> tuple[Measure, str]:
        """The measure and the statistic that the limit is on."""
        return parse_statistic(self.measure)

    def limit_text(self) -> str:
        """The limit as it is written in a file."""
        measure, _ = self.parts()
        return format_duration(self.below) if measure.unit == "seconds" else f"{self.below:g}"


class Scenario(Table):
    """A worker pool behind a bounded queue, and what is asked of it."""

    name: str = "scenario"
    seed: int = Field(default=1, ge=0, lt=2**63)
    items: int | None = Field(default=None, ge=1, le=10**9)
    duration: PositiveDuration | None = Field(default=None, validate_default=True)
    arrivals: Arrivals
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=1)
    slo: tuple[Slo, ...] = ()

    _source: Source = PrivateAttr(default=Source())

    # Checks of one field each: a check of the whole would be silent until all else is right.
    @field_validator("duration")
    @classmethod
    def _one_end(cls, duration: float | None, fields: ValidationInfo) -> float | None:
        if "items" in fields.data and (fields.data["items"] is None) == (duration is None):
            raise ValueError("a run ends by items or by duration: give one of the two")
        return duration

    @field_validator("arrivals")
    @classmethod
    def _ended_by_items(cls, arrivals: Arrivals, fields: ValidationInfo) -> Arrivals:
        if arrivals.process == "backlog" and fields.data.get("duration") is not None:
            raise ValueError("a backlog needs items: all of them are there at the start")
        return arrivals

    def model_post_init(self, context: Any) -> None:
        """Keep where the scenario was written."""
        self._source = (context or {}).get("source", Source())

    @property
    def stage(self) -> Stage:
        """The one pool of a plain file."""
        return self.stages[0]

    @property
    def source(self) -> Source:
        """Where the scenario was written, for messages and for the folder of its task."""
        return self._source

    @property
    def offered_load(self) -> float | None:
        """Worker seconds asked for per second and worker, or None without a rate.

        Above 1 the backlog grows, unless items are lost or the arrivals themselves slow down.
        """
        rate = self.arrivals.rate
        return (
            None if rate is None else rate * self.stage.work_per_item() / self.stage.workers.count
        )

    @property
    def long_run(self) -> bool:
        """Whether figures may speak of the long run: arrivals go on, and the pool keeps up."""
        load = self.offered_load
        if load is None:
            return False
        bounded = self.stage.queue.capacity is not None
        loses = bounded and self.stage.queue.when_full == "reject"
        return load < 1 or loses or (bounded and self.arrivals.pacing == "gap")

    @staticmethod
    def load(path: str | Path) -> Scenario:
        """Read a scenario file.

        Raises ScenarioError with every fault of the file, each with its line.
        """
        data, source = read_toml(Path(path))
        return _build(data, source, fallback_name=Path(path).stem)

    @staticmethod
    def from_dict(data: Mapping[str, Any], source: Source | None = None) -> Scenario:
        """The scenario of the same keys as a file has.

        Raises ScenarioError with every fault.

        >>> pool = Scenario.from_dict({"items": 10, "arrivals": {"process": "backlog"},
        ...     "workers": {"count": 2},
        ...     "service": {"distribution": "deterministic", "mean": "10ms"}})
        >>> pool.changed({"workers.count": 3}).stage.workers.count
        3
        """
        return _build(data, source or Source(), fallback_name="scenario")

    def to_dict(self) -> dict[str, Any]:
        """The keys of a file that `from_dict` reads back as an equal scenario."""
        data = self.model_dump(mode="json", exclude_none=True, exclude={"stages"})
        stage = self.stage.model_dump(mode="json", exclude_none=True)
        for row, slo in zip(data["slo"], self.slo, strict=True):
            row["below"] = slo.limit_text() if slo.parts()[0].unit == "seconds" else slo.below
        return {**data, **{key: stage[key] for key in _STAGE}}

    def changed(self, changes: Mapping[str, Any]) -> Scenario:
        """A copy with some keys set, such as ``{"workers.count": 9}``; None removes a key.

        `items` and `duration` replace each other.  Raises ScenarioError with every fault.
        """
        data = self.to_dict()
        for one, other in (("items", "duration"), ("duration", "items")):
            if changes.get(one) is not None and other not in changes:
                data.pop(other, None)
        for key, value in changes.items():
            *tables, last = key.split(".")
            target = data
            for table in tables:
                target = target.setdefault(table, {})
                if not isinstance(target, dict):
                    raise self._source.error(key, "", f'unknown key: "{table}" is not a table')
            if value is None:
                target.pop(last, None)
            else:
                target[last] = deepcopy(value)
        return _build(data, self._source, fallback_name=self.name)


def _build(data: Mapping[str, Any], source: Source, *, fallback_name: str) -> Scenario:
    if "stage" in data or "stages" in data:
        raise source.error("stage", "", "[[stage]] is reserved for pipelines; write one pool")
    stage = {key: data[key] for key in _STAGE if key in data}
    rest = {key: value for key, value in data.items() if key not in _STAGE}
    slo = data.get("slo", ())
    if isinstance(slo, list):
        slo = tuple(slo)
    try:
        return Scenario.model_validate(
            {"name": fallback_name, **rest, "stages": (stage,), "slo": slo},
            context={"folder": source.folder, "source": source},
        )
    except ValidationError as fault:
        raise source.explain(fault, Scenario) from None
