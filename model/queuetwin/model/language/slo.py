"""A limit that must be kept: a statistic of a measure below a value in that measure's unit."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, field_serializer, field_validator, model_validator

from queuetwin.model.base.faults import fault_at
from queuetwin.model.base.fields import Table
from queuetwin.model.base.units import (
    format_duration,
    parse_duration,
    parse_number,
    parse_share,
)
from queuetwin.model.records.measures import MEASURES, Measure, parse_statistic
from queuetwin.model.statistics.statistic import Statistic

_MEASURE = {
    "title": "name of a measure, perhaps with a statistic",
    "type": "string",
    "pattern": rf"^(?:{'|'.join(MEASURES)})(?:\.(?:mean|max|p\d{{1,2}}(?:\.\d+)?)?)?$",
}
_LIMIT = {
    "title": "duration, share or number, as the measure has it",
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
}


class Slo(Table):
    """A limit that must be kept: a measure's statistic below a value."""

    measure: Annotated[str, WithJsonSchema(_MEASURE)] = Field(examples=["response_time.p99"])
    """What is limited: a measure and, after a dot, its statistic; left out, the mean."""

    below: Annotated[float, WithJsonSchema(_LIMIT)] = Field(examples=["150ms"])
    """The limit, in the unit of the measure."""

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
        written = data["below"]
        try:
            return {**data, "below": parse(written)}
        except ValueError as fault:
            raise fault_at("below", given=written, message=str(fault)) from None

    @field_serializer("below")
    def _as_in_a_file(self, below: float) -> str | float:
        return self.limit_text() if self.parts()[0].unit == "seconds" else below

    def parts(self) -> tuple[Measure, Statistic]:
        """The measure and the statistic that the limit is on."""
        return parse_statistic(self.measure)

    def limit_text(self) -> str:
        """The limit as it is written in a file."""
        measure, _ = self.parts()
        return format_duration(self.below) if measure.unit == "seconds" else f"{self.below:g}"
