"""One pool: a queue, its workers, what they do, how it fails.

What contradicts itself is refused here, by the key that has to change; what is only unwise is
said elsewhere, as a note.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from queuetwin.model.base.faults import fault_at
from queuetwin.model.base.fields import (
    Duration,
    FromList,
    PositiveDuration,
    Share,
    Table,
    either,
)
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.language.service import Service

MOST_WORKERS = 100_000

Order = Literal["fifo", "lifo", "priority"]

AfterOutage = Literal["resumed", "restarted", "failed"]


def _change(value: object) -> object:
    if not isinstance(value, (list, tuple)) or len(value) != 2:  # noqa: PLR2004 - a pair
        raise ValueError('an instant and a number of workers are written like ["30s", 4]')
    return tuple(value)


_Change = Annotated[
    tuple[PositiveDuration, Annotated[int, Field(ge=0, le=MOST_WORKERS)]], BeforeValidator(_change)
]


class Queue(Table):
    """The waiting places in front of the workers, as `queue.Queue(maxsize=capacity)`.

    Without `capacity` there is no limit; with 0 nothing waits, which only the model and theory
    can run.  `patience` counts from the acceptance of each attempt.
    """

    capacity: int | None = Field(default=None, ge=0, examples=[100])
    """How many items may wait; left out, any number."""
    when_full: Literal["block", "reject", "drop-oldest"] = Field(
        default="block", examples=["reject"]
    )
    """At a full queue the producer waits, the item is refused, or the longest waiting goes."""
    order: Order = Field(default="fifo", examples=["priority"])
    """Who is served next: the first to come, the last, or the most urgent."""
    patience: AnyDistribution | None = Field(
        default=None, examples=[{"distribution": "deterministic", "mean": "5s"}]
    )
    """How long an item waits before it leaves unserved; left out, for ever."""


class Breakdown(Table):
    """A worker that fails: after `every` of up time it is down for `repair`, busy or idle."""

    every: AnyDistribution = Field(examples=[{"distribution": "exponential", "mean": "5m"}])
    """How long a worker is up, busy or idle, before it fails."""
    repair: AnyDistribution = Field(examples=[{"distribution": "exponential", "mean": "2s"}])
    """How long it is down then."""
    item: AfterOutage = Field(default="resumed", examples=["restarted"])
    """Whether the attempt in hand goes on after the repair, starts anew then, or fails at once."""


class Workers(Table):
    """Who serves: `count` workers, or `machines` of `per_machine` each.

    With `own_queue` each machine has a queue of the given capacity, and an item is sent to one
    of them by `routing`.  `schedule` changes the count at given instants.
    """

    model_config = ConfigDict(json_schema_extra=either(("count",), ("machines", "per_machine")))

    count: int | None = Field(default=None, ge=1, le=MOST_WORKERS, examples=[8])
    """How many workers; left out, `machines` and `per_machine` say it."""
    machines: int | None = Field(default=None, ge=1, le=MOST_WORKERS, examples=[2])
    """How many machines, in place of `count`."""
    per_machine: int | None = Field(default=None, ge=1, le=MOST_WORKERS, examples=[4])
    """How many workers each machine has; together with `machines`."""
    own_queue: bool = Field(default=False, examples=[True])
    """Whether each machine has a queue of its own, of the given capacity."""
    routing: Literal["random", "round-robin", "shortest"] | None = Field(
        default=None, examples=["shortest"]
    )
    """Which of those queues an item goes to; left out, each in turn."""
    schedule: Annotated[tuple[_Change, ...], FromList] = Field(
        default=(), examples=[[["30s", 4], ["60s", 8]]]
    )
    """From each instant on, how many workers; left out, always `count`."""
    speeds: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)], ...], FromList
    ] = Field(default=(), examples=[[2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]])
    """How fast each worker is; at 2 everything takes half the time; left out, all are at 1."""
    idle_timeout: PositiveDuration | None = Field(default=None, examples=["5s"])
    """A worker that is idle for longer leaves for good; left out, it stays."""
    breakdown: Breakdown | None = None
    """How workers fail and are repaired; left out, they do not fail."""

    @field_validator("schedule")
    @classmethod
    def _in_order(cls, schedule: tuple[tuple[float, int], ...]) -> tuple[tuple[float, int], ...]:
        if any(one >= two for (one, _), (two, _) in pairwise(schedule)):
            raise ValueError("its instants must rise: each change comes after the one before")
        return schedule

    @field_validator("routing")
    @classmethod
    def _has_queues(cls, routing: str | None, fields: ValidationInfo) -> str | None:
        if routing is not None and fields.data.get("own_queue") is False:
            raise ValueError("there is one queue: add own_queue = true, or leave routing out")
        return routing

    @model_validator(mode="after")
    def _one_way(self) -> Workers:
        by_machine = (self.machines is not None, self.per_machine is not None)
        if (self.count is not None) == all(by_machine) or any(by_machine) != all(by_machine):
            raise ValueError("give count, or both machines and per_machine")
        if self.number > MOST_WORKERS:
            raise ValueError(f"at most {MOST_WORKERS:,} workers in all")
        if self.own_queue and self.machines is None:
            message = "needs machines and per_machine instead of count"
            raise fault_at("own_queue", given=True, message=message)
        if self.own_queue and self.schedule:
            message = "says how many workers, not of which machine: leave own_queue out"
            raise fault_at("schedule", given=self.schedule, message=message)
        if self.speeds and len(self.speeds) != self.most:
            message = f"are {len(self.speeds)}: write one for each of the {self.most:,} workers"
            raise fault_at("speeds", given=self.speeds, message=message)
        return self

    @property
    def number(self) -> int:
        """How many workers there are at the start."""
        if self.count is not None:
            return self.count
        assert self.machines is not None and self.per_machine is not None
        return self.machines * self.per_machine

    @property
    def most(self) -> int:
        """How many there are when there are most."""
        return max([self.number, *(count for _, count in self.schedule)])

    @property
    def lanes(self) -> int:
        """How many queues there are."""
        return self.machines if self.own_queue and self.machines is not None else 1

    @property
    def routes_at_random(self) -> bool:
        """Whether chance picks the queue that an item goes to."""
        return self.own_queue and self.routing == "random"

    def lane_of(self, worker: int) -> int:
        """The queue that a worker serves; the workers of a machine have consecutive numbers."""
        return worker * self.lanes // self.number if self.lanes > 1 else 0

    def text(self) -> str:
        """As people say it, for headings."""
        if self.machines is None:
            return f"{self.number:,} worker{'s' * (self.number != 1)}"
        queues = ", each with its own queue" if self.own_queue else ""
        return f"{self.machines} machines of {self.per_machine}{queues}"


class Failures(Table):
    """What goes wrong, and what happens then; `attempts` counts the first.

    A failed attempt costs its worker no time, its full time, or a uniform part of it.  The pause
    before the next is `backoff`, with exponential growth doubled each time, with jitter made
    shorter by chance.  An attempt that reaches `time_limit` fails there.
    """

    probability: Share = 0.0
    """The share of attempts that fail."""
    attempts: int = Field(default=1, ge=1, le=100, examples=[3])
    """How often an item is tried, the first time included."""
    backoff: Duration = Field(default=0.0, examples=["50ms"])
    """The pause between a failure and the next attempt."""
    growth: Literal["constant", "exponential"] = Field(default="constant", examples=["exponential"])
    """Whether the pause stays the same or doubles with each failure."""
    jitter: bool = Field(default=False, examples=[True])
    """Whether each pause is made shorter by chance, by half of it at most."""
    cost: Literal["none", "full", "uniform"] = Field(default="full", examples=["uniform"])
    """How much of its time a failed attempt takes: nothing, all, or a part by chance."""
    time_limit: PositiveDuration | None = Field(default=None, examples=["500ms"])
    """An attempt that takes longer fails at this time; left out, none does."""

    @property
    def happen(self) -> bool:
        """Whether an attempt can fail."""
        return self.probability > 0 or self.time_limit is not None


class Stage(Table):
    """One pool."""

    name: str = "main"
    """What the pool is called."""
    queue: Queue = Queue()
    """The places where items wait; left out, there is no limit."""
    workers: Workers
    """Who serves."""
    service: Service
    """How long an attempt takes."""
    failures: Failures = Failures()
    """What goes wrong and is tried again; left out, nothing fails."""

    @model_validator(mode="after")
    def _work_is_not_broken_off(self) -> Stage:
        if self.service.cpu_share and self.workers.breakdown is not None:
            message = "work on a processor cannot be broken off: leave workers.breakdown out"
            given = self.service.cpu_share
            where = ("service", self.service.distribution, "cpu_share")
            raise fault_at(*where, given=given, message=message)
        return self
