"""The layout: one namespace in three roots, imports one way, and a package that costs nothing."""

import subprocess
import sys

import pytest

import queuetwin.model
from project import ROOT

HEAVY = ("numpy", "pydantic", "simpy", "scipy", "click", "altair")


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


@pytest.mark.parametrize("root", ["model", "realrun", "reports"])
def test_the_namespace_belongs_to_nobody(root: str) -> None:
    """No root has an `__init__.py` directly under `queuetwin/`, and each holds one package."""
    namespace = ROOT / root / "queuetwin"
    assert not (namespace / "__init__.py").exists()
    assert [path.name for path in namespace.iterdir() if path.name != "__pycache__"] == [root]


def test_importing_the_model_costs_nothing() -> None:
    """Names are loaded when they are first used, so `--help` stays quick."""
    loaded = python("import sys, queuetwin.model; print(*sys.modules)").split()
    assert "queuetwin.model" in loaded
    assert not set(HEAVY) & set(loaded)


def test_describing_a_scenario_needs_no_engine() -> None:
    """Reading a file loads neither simpy nor scipy."""
    loaded = python("import sys; from queuetwin.model import Scenario; print(*sys.modules)").split()
    assert not {"simpy", "scipy"} & set(loaded)


def test_every_public_name_is_there() -> None:
    """The table of names tells the truth, and a name that is not in it is an error."""
    for name in queuetwin.model.__all__:
        assert getattr(queuetwin.model, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        queuetwin.model.nothing  # noqa: B018


def test_no_module_bears_the_name_of_a_public_function() -> None:
    """`from queuetwin.model import simulate` can never give a module."""
    modules = {path.stem for path in (ROOT / "model" / "queuetwin" / "model").iterdir()}
    assert modules & set(queuetwin.model.__all__) == {"theory"}


@pytest.mark.parametrize(("package", "where"), [("simpy", "reference"), ("numba", "compiled")])
def test_each_engine_keeps_its_package_to_itself(package: str, where: str) -> None:
    """One package imports simpy, one numba; what they know, the rest need not."""
    used = {
        path.parent.name
        for root in ("model", "realrun", "reports")
        for path in (ROOT / root).rglob("*.py")
        if f"import {package}" in path.read_text(encoding="utf-8")
    }
    assert used == {where}


def test_imports_go_one_way() -> None:
    """reports above realrun above model, as the contract in pyproject.toml says."""
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
