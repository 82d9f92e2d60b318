"""Time and memory of a streamed run as it grows, with its items and with its workers.

Each length has a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

from dataclasses import replace

from measuring import OwnProcess, row, spread, table
from textbook_systems import SYSTEMS

__all__ = ["measure"]

_LENGTHS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_WORKERS = (1, 4, 16, 64, 250, 1000)
_ITEMS, _ROUNDS = 1 << 20, 3
_STREAMED, _SPLIT = "our_engines:streamed_items", "our_engines:split"
_WITH_RETRIES = "our_engines:streamed_items_with_retries"


def measure(share: float) -> None:
    """Print the tables."""
    _with_items(share, "", _STREAMED, _LENGTHS)
    # Where items overtake a run goes no further.
    _with_items(share, "retries, 10 % fail, ", _WITH_RETRIES, _LENGTHS[:-1])
    _with_workers(share)


def _with_items(share: float, what: str, streamed: str, lengths: tuple[int, ...]) -> None:
    system = SYSTEMS[-1]
    name = f"{system.name}, {what}streamed, all figures: items"
    table(name, "CPU seconds", "ns an item", "peak MB")
    for length in lengths:
        with OwnProcess() as process:
            process.call(streamed, system, 1)
            spent = process.call(streamed, system, max(1, round(length * share)))
        row(
            f"{spent.result:,}",
            f"{spent.seconds:.2f}",
            f"{spent.seconds / spent.result * 1e9:,.0f}",
            f"{spent.peak:,.0f}",
        )


def _with_workers(share: float) -> None:
    items = round(_ITEMS * share)
    table("load .9, streamed: workers", "recursion, ns an item", "with draws and all figures")
    with OwnProcess() as process:
        for workers in _WORKERS:
            system = replace(SYSTEMS[1], workers=workers)
            process.call(_STREAMED, system, 1)
            calls = [process.call(_SPLIT, system, items, seed).result for seed in range(_ROUNDS)]
            nanoseconds = [[part * 1e9 / items for part in parts] for parts in calls]
            row(
                f"{workers:,}",
                spread([recursion for _, recursion, _ in nanoseconds]),
                spread([sum(parts) for parts in nanoseconds]),
            )
