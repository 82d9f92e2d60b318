"""The Scenario: one description that the model predicts and the real side executes.

It is frozen, checked as a whole, and written the same way everywhere: the keys of a file, of
`changed` and of the command line's flags are one grammar.  A plain file with `[queue]`,
`[workers]`, `[service]` and `[failures]` is one stage called "main".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator

from queuetwin.model.arrivals.processes import SELF_ENDING, Arrivals
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.base.faults import fault_at
from queuetwin.model.base.fields import CheckedTimes, PositiveDuration, Share, Table
from queuetwin.model.base.source import Source, read_toml
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.language.plan_tables import Alternative, FittedFrom
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.stage import Stage

# the tables of a plain file that make up its one stage
_STAGE = ("queue", "workers", "service", "failures")
_RESERVED = {
    "stage": "is reserved for pipelines: write one pool as [queue], [workers] and [service]",
    "stages": "is reserved for pipelines: write one pool as [queue], [workers] and [service]",
    "classes": 'unknown key: did you mean "class"?',
}
_SHARES_TOLERANCE = 1e-9
_MADE_ONCE = ("document", "canonical_text")


class ItemClass(Table):
    """Items of one kind: their share of all, their urgency (0 goes before 1), their demand.

    What is left out is as for all items.
    """

    name: str = Field(min_length=1, examples=["quick"])
    """What the class is called; each has a name of its own."""
    share: Share = Field(examples=[0.7])
    """How large a share of all items is of this class; together 1."""
    priority: int = Field(default=0, ge=-1000, le=1000, examples=[5])
    """How urgent its items are, the lowest first; counts with `queue.order = "priority"`."""
    service: AnyDistribution | None = None
    """How long its attempts take; left out, as `[service]` says."""
    failure_probability: Share | None = None
    """The share of its attempts that fail; left out, as `[failures]` says."""


class Scenario(Table):
    """A worker pool behind a bounded queue, and what is asked of it."""

    name: str = Field(default="scenario", min_length=1, examples=["thumbnails"])
    """What the scenario is called; left out, as its file."""
    seed: int = Field(default=1, ge=0, lt=2**63, examples=[7])
    """Where chance begins: the same seed gives the same items again."""
    items: int | None = Field(default=None, ge=1, le=10**9, examples=[20_000])
    """How many items come; left out, `duration` ends the run, or the last row of a trace."""
    duration: PositiveDuration | None = Field(default=None, validate_default=True, examples=["60s"])
    """For how long items come, in place of `items`; those that came are all still served."""
    arrivals: Arrivals
    """How items come."""
    classes: tuple[ItemClass, ...] = ()
    """Kinds of items, one table each; left out, all are alike."""
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=1)
    """The pools that an item goes through."""
    slo: tuple[Slo, ...] = ()
    """Limits that must be kept, one table each; left out, none."""
    what_if: tuple[Alternative, ...] = ()
    """Other worlds in which a plan is shown, one table each; left out, the usual ones."""
    fitted: FittedFrom | None = None
    """The log that the scenario was fitted to, as `fit` writes it; left out, none."""

    _source: Source = PrivateAttr(default=Source())

    # Checks of one field each: a check of the whole would be silent until all else is right.
    @field_validator("name")
    @classmethod
    def _names_files(cls, name: str) -> str:
        if "/" in name or not name.isprintable() or not name.strip():
            raise ValueError('the page is called after it: write a name without "/", '
                             'such as "thumbnails"')  # fmt: skip
        return name

    @field_validator("duration")
    @classmethod
    def _one_end(cls, duration: float | None, fields: ValidationInfo) -> float | None:
        if "items" not in fields.data:
            return duration
        items, context = fields.data["items"], fields.context or {}
        neither = items is None and duration is None and not context.get("ends_by_itself")
        if neither or (items is not None and duration is not None):
            raise ValueError("a run ends by items or by duration: give one of the two, "
                             'such as items = 20_000 or duration = "60s"')  # fmt: skip
        return duration

    @field_validator("arrivals")
    @classmethod
    def _enough_to_end(cls, arrivals: Arrivals, fields: ValidationInfo) -> Arrivals:
        arrivals.check_end(fields.data.get("items"), fields.data.get("duration"))
        return arrivals

    @field_validator("classes")
    @classmethod
    def _shares_add_up(cls, classes: tuple[ItemClass, ...]) -> tuple[ItemClass, ...]:
        total = sum(item_class.share for item_class in classes)
        if classes and abs(total - 1) > _SHARES_TOLERANCE:
            raise ValueError(f"the shares of all classes must add up to 1, not {total:g}")
        names = [item_class.name for item_class in classes]
        if len(set(names)) < len(names):
            twice = next(place for place, name in enumerate(names) if name in names[:place])
            message = "is the name of another class too: write another"
            raise fault_at(twice, "name", given=names[twice], message=message)
        return classes

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

    @staticmethod
    def load(path: str | Path) -> Scenario:
        """Read a scenario file.

        Raises ScenarioError with every fault of the file, each with its line.
        """
        data, source = read_toml(Path(path))
        return _with_sound_worlds(_build(data, source, fallback_name=Path(path).stem))

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
        return _with_sound_worlds(_build(data, source or Source(), fallback_name="scenario"))

    @staticmethod
    def of(document: Mapping[str, Any]) -> Scenario:
        """The scenario that a document says, such as that of a run's header; parsed once."""
        known = document.scenario if isinstance(document, Document) else None
        return known or Scenario.from_dict(document)

    def to_dict(self) -> dict[str, Any]:
        """The keys of a file that `from_dict` reads back as an equal scenario."""
        return deepcopy(dict(self.document))

    @cached_property
    def document(self) -> Document:
        """The keys of a file, made once; shared, so to be read only."""
        data = self.model_dump(mode="json", exclude_none=True, exclude={"stages", "classes"})
        stage = self.stage.model_dump(mode="json", exclude_none=True)
        if not self.what_if:
            del data["what_if"]
        if self.classes:
            data["class"] = [
                item_class.model_dump(mode="json", exclude_none=True) for item_class in self.classes
            ]
        document = Document(data, **{key: stage[key] for key in _STAGE})
        document.scenario = self
        return document

    @cached_property
    def canonical_text(self) -> str:
        """The document as JSON with sorted keys, made once, for digests."""
        return json.dumps(self.document, sort_keys=True)

    def __getstate__(self) -> dict[Any, Any]:
        """Pickled without what was only made once for speed."""
        state = super().__getstate__()
        made = {key: value for key, value in state["__dict__"].items() if key not in _MADE_ONCE}
        return {**state, "__dict__": made}

    def changed(self, changes: Mapping[str, Any]) -> Scenario:
        """A copy with some keys set, such as ``{"workers.count": 9}``; None removes a key.

        `items` and `duration` replace each other.  Raises ScenarioError with every fault.
        """
        data = _tables_of(self)
        for one, other in (("items", "duration"), ("duration", "items")):
            if changes.get(one) is not None and other not in changes:
                data.pop(other, None)
        source = replace(self._source, changed=self._source.changed | set(changes))
        for key, value in changes.items():
            _set(data, key, value, source)
        return _build(data, source, fallback_name=self.name)


class Document(dict[str, Any]):
    """A scenario as the keys of a file, beside the scenario that it says; copies lose that."""

    scenario: Scenario | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled as plain keys."""
        return dict, (dict(self),)


def _tables_of(scenario: Scenario) -> dict[str, Any]:
    """The top-level keys of a file with their values as they are; tables in them stay whole."""
    data: dict[str, Any] = _opened(scenario)
    del data["stages"], data["classes"]
    if scenario.classes:
        data["class"] = list(scenario.classes)
    return data | {key: getattr(scenario.stage, key) for key in _STAGE}


def _opened(value: Any) -> Any:
    """The keys of a table as a file has them, a tuple as a list, all else as it is.

    Tables inside a table, and its checked times, stay whole: they need not be checked again.
    """
    if isinstance(value, Table):
        whole = {name: part for name, part in value if _stays_whole(part)}
        return {**value.model_dump(mode="json", exclude_none=True, exclude=set(whole)), **whole}
    return list(value) if isinstance(value, tuple) else value


def _stays_whole(part: Any) -> bool:
    of_tables = isinstance(part, tuple) and any(isinstance(row, Table) for row in part)
    return of_tables or isinstance(part, (Table, CheckedTimes))


def _set(data: dict[str, Any], key: str, value: Any, source: Source) -> None:
    """Set one key in place; a table in a list is called by its number, as in ``class.0.share``."""
    *tables, last = key.split(".")
    target: Any = data
    for table in tables:
        place: Any = None
        if isinstance(target, list) and table.isdecimal() and int(table) < len(target):
            place = int(table)
        elif isinstance(target, dict):
            place = table
            target.setdefault(table, {})
        if place is not None:
            target[place] = _opened(target[place])
            target = target[place]
        if not isinstance(target, (dict, list)):
            raise source.error(key, "", f'unknown key: "{table}" is not a table')
    if not isinstance(target, dict):
        raise source.error(key, "", f'unknown key: "{last}" is not in a table')
    if value is None:
        target.pop(last, None)
    else:
        target[last] = deepcopy(value)


def _with_sound_worlds(scenario: Scenario) -> Scenario:
    """The scenario, if each of its other worlds is one; raises ScenarioError with every fault."""
    problems = []
    for place, world in enumerate(scenario.what_if):
        try:
            scenario.changed(world.changes)
        except ScenarioError as fault:
            for one in fault.problems:
                key = f"what_if.{place}.changes.{one.key}"
                file, line = scenario.source.place(key)
                problems.append(replace(one, key=key, file=file, line=line))
    if problems:
        raise ScenarioError(problems)
    return scenario


def _build(data: Mapping[str, Any], source: Source, *, fallback_name: str) -> Scenario:
    for key, message in _RESERVED.items():
        if key in data:
            raise source.error(key, "", message)
    stage = {key: data[key] for key in _STAGE if key in data}
    rest = {key: value for key, value in data.items() if key not in (*_STAGE, "class")}
    # Tables in lists: a frozen scenario keeps tuples of them.
    lists = {
        "slo": data.get("slo", ()),
        "what_if": data.get("what_if", ()),
        "classes": data.get("class", ()),
    }
    tuples = {key: tuple(one) if isinstance(one, list) else one for key, one in lists.items()}
    arrivals = data.get("arrivals")
    keys = arrivals if isinstance(arrivals, dict) else {}
    ends_by_itself = keys.get("process", getattr(arrivals, "process", None)) in SELF_ENDING
    try:
        return Scenario.model_validate(
            {"name": fallback_name, **rest, "stages": (stage,), **tuples},
            context={"folder": source.folder, "source": source, "ends_by_itself": ends_by_itself},
        )
    except ValidationError as fault:
        raise source.explain(fault, Scenario) from None
