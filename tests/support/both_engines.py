"""The reference model and the compiled engine on the same draws."""

from typing import Any

import numpy as np

from builders import draws_of
from queuetwin.model import Run, Scenario, Workload
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.machine.stalls import Stalls


def assert_equal(scenario: Scenario, stalls: Stalls | None = None, **arrays: Any) -> Run:
    """Every column of the two Runs, and their windows; the Run."""
    workload, draws = Workload.draw(scenario), draws_of(scenario, **arrays)
    reference = simulate_draws(scenario, workload, draws, engine="simpy", stalls=stalls)
    compiled = simulate_draws(scenario, workload, draws, engine="fast", stalls=stalls)
    for table in ("items", "attempts", "workers"):
        for column, expected in getattr(reference, table).items():
            found = getattr(compiled, table)[column]
            assert np.array_equal(expected, found, equal_nan=expected.dtype.kind == "f"), column
    assert reference.header.window == compiled.header.window
    assert reference.header.ended == compiled.header.ended
    assert (reference.header.engine, compiled.header.engine) == ("simpy", "fast")
    return compiled
