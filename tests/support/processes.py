"""Arrival processes as they stand in a file: read, or refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from queuetwin.model.arrivals.processes import Arrivals

ADAPTER: TypeAdapter[Any] = TypeAdapter(Arrivals)
EXPONENTIAL = {"distribution": "exponential", "mean": "20ms"}
PROFILE = {"process": "profile", "points": [["0s", "10/s"], ["30s", "50/s"], ["60s", "0/s"]]}
BURSTY = {"process": "bursty", "rates": ["100/s", "10/s"], "stays": ["1s", "9s"]}
BATCH = {"process": "batch", "rate": "10/s"}
TRACE = {"process": "trace", "times": ["0s", "500ms", "2s"]}
SIZE_5 = {"distribution": "constant", "value": 5}


def read(data: dict[str, Any], folder: Path = Path()) -> Any:
    return ADAPTER.validate_python(data, context={"folder": folder})


def refusal(data: dict[str, Any], folder: Path = Path()) -> str:
    """Key and message of the one fault."""
    with pytest.raises(ValidationError) as caught:
        read(data, folder)
    (error,) = caught.value.errors()
    return f"{'.'.join(str(part) for part in error['loc'][1:])}: {error['msg']}"
