"""Every backend is known to all that must know it."""

from typing import get_args

import pytest

from builders import overheads, pool
from project import ROOT
from queuetwin.model.machine.shared_processor import Shares, bottleneck
from queuetwin.realrun import execute
from queuetwin.realrun.backends.registry import BACKENDS, backend_named
from queuetwin.reports.cli.main import cli
from queuetwin.reports.comparison.sharing import place_of, with_place


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_says_what_its_workers_share(name: str) -> None:
    """The model, the words and the calibration read it off the backend."""
    backend = backend_named(name)
    assert backend.name == name
    shares = backend.shares
    assert shares in get_args(Shares)
    one_place = bottleneck(shares, gil=True) != "processors"
    sharing = overheads(backend=name).sharing(pool({"service.cpu_share": 0.5}).stage)
    assert sharing is not None and sharing.servers == (1 if one_place else 2)
    assert place_of(shares, gil=True, cores=2) and with_place(shares, gil=True)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_is_in_the_help_of_every_command_that_runs(name: str) -> None:
    """`--backend` names it, and so do the docstring of `execute` and the README."""
    for command in ("run", "compare", "calibrate"):
        option = next(one for one in cli.commands[command].params if one.name == "backend")
        assert name in str(option.help)
    assert f'"{name}"' in str(execute.__doc__)
    assert name == "threads" or f"--backend {name}" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("shares", get_args(Shares))
def test_without_a_gil_only_processors_and_loops_are_shared(shares: Shares) -> None:
    """One interpreter then runs on all processors."""
    assert bottleneck(shares, gil=False) == ("loop" if shares == "loop" else "processors")
