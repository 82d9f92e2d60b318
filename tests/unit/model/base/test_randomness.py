"""Random generators are made in one module."""

import re

from project import ROOT

MAKES_ONE = re.compile(r"\b(Generator|SFC64|SeedSequence|PCG64|RandomState|default_rng)\(")


def test_no_other_module_makes_a_generator() -> None:
    """Annotations may name the type; nothing else calls one into being."""
    makers = {
        str(path.relative_to(ROOT))
        for root in ("model", "realrun", "reports")
        for path in (ROOT / root).rglob("*.py")
        if MAKES_ONE.search(path.read_text(encoding="utf-8"))
    }
    assert makers == {"model/queuetwin/model/base/randomness.py"}
