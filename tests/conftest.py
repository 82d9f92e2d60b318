"""What all tests share: compiled code that is as new as its source."""

from pathlib import Path

import queuetwin.model


def pytest_configure() -> None:
    """Forget compiled steps of an older source: numba looks at the outermost file only."""
    engine = Path(queuetwin.model.__file__).parent / "fast_engine"
    newest = max(file.stat().st_mtime for file in engine.glob("*.py"))
    for kept in (engine / "__pycache__").glob("*.nb[ic]"):
        if kept.stat().st_mtime < newest:
            kept.unlink(missing_ok=True)
