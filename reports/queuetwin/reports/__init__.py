"""What it means: comparisons, charts, pages and the command line.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queuetwin.reports.comparison.comparer import compare as compare

_WHERE = {"compare": "comparison.comparer"}

__all__ = sorted(_WHERE)  # noqa: PLE0605 - one list of names


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"queuetwin.reports.{_WHERE[name]}"), name)
