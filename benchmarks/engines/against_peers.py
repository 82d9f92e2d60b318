"""Both engines and other simulators on the same textbook systems, pairs in turn.

Each contender has a process of its own.  Its answer is checked against theory first, which also
loads and compiles what it needs; then all are timed in rounds, and a ratio is within its round.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from expected_answers import ExpectedAnswer
from measuring import OwnProcess, Spent, row, spread, table
from textbook_systems import SYSTEMS, Answer, System

__all__ = ["measure"]

_ROUNDS, _FEWEST = 5, 1_000
_MANY = 1 << 20
_SPLIT = "our_engines:split"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contender:
    """`module:function`, the package that it needs, and so many customers a timed run."""

    name: str
    function: str
    package: str
    customers: int


_BASE = _Contender(
    name="SimPy, `Resource`",
    function="peers.simpy_resource:run",
    package="simpy",
    customers=100_000,
)
_STREAMED = _Contender(
    name="**compiled engine, streamed**",
    function="our_engines:streamed",
    package="numba",
    customers=8 * _MANY,
)
_CONTENDERS = (
    _BASE,
    _Contender(
        name="**SimPy model**",
        function="our_engines:reference",
        package="simpy",
        customers=200_000,
    ),
    _STREAMED,
    _Contender(
        name="**compiled engine, whole Run**",
        function="our_engines:whole_run",
        package="numba",
        customers=_MANY,
    ),
    _Contender(name="Ciw", function="peers.ciw_network:run", package="ciw", customers=50_000),
    _Contender(
        name="LINE, native engine",
        function="peers.line_engine:run",
        package="line-solver",
        customers=_MANY,
    ),
    _Contender(name="cimba", function="peers.cimba_model:run", package="cimba", customers=_MANY),
)


def measure(share: float) -> None:
    """Print a table a system; `share` shortens the timed runs."""
    installed = [contender for contender in _CONTENDERS if _version(contender) is not None]
    for contender in _CONTENDERS:
        if contender not in installed:
            print(f"left out: {contender.name}, since {contender.package} is not installed")
    for system in SYSTEMS:
        _one_system(system, installed, share)


def _version(contender: _Contender) -> str | None:
    try:
        return f"{contender.package} {version(contender.package)}"
    except PackageNotFoundError:
        return None


def _one_system(system: System, contenders: list[_Contender], share: float) -> None:
    with OwnProcess() as theory:
        expected: ExpectedAnswer = theory.call("expected_answers:expected_answer", system).result
    with ExitStack() as all_of_them:
        processes = {contender: all_of_them.enter_context(OwnProcess()) for contender in contenders}
        answers = {
            contender: _checked(contender, processes[contender], system, expected)
            for contender in contenders
        }
        timed, parts = _rounds(processes, system, share)
    table(
        f"{system.name}, load {system.load}", "customers", "ns a customer", "x SimPy `Resource`",
        "peak MB", "off theory",
    )  # fmt: skip
    base = [spent.seconds / _customers(_BASE, share) for spent in timed[_BASE]]
    for contender in contenders:
        seconds_each = [spent.seconds / _customers(contender, share) for spent in timed[contender]]
        ratios = [first / second for first, second in zip(base, seconds_each, strict=True)]
        row(
            f"{contender.name} ({_version(contender)})",
            f"{_customers(contender, share):,}",
            spread([seconds * 1e9 for seconds in seconds_each]),
            spread(ratios, ",.2f" if max(ratios) < 10 else ",.0f"),
            f"{max(spent.peak for spent in timed[contender]):,.0f}",
            f"{expected.relative_error(answers[contender]):+.1%}",
        )
    draws, recursion, figures = (
        statistics.median(part) * 1e9 / _customers(_STREAMED, share)
        for part in zip(*parts, strict=True)
    )
    print(f"\nOf the streamed engine's time a customer: draws {draws:,.0f} ns, recursion and "
          f"sums {recursion:,.0f}, bins, intervals and quantiles {figures:,.0f}.")  # fmt: skip


def _checked(
    contender: _Contender, process: OwnProcess, system: System, expected: ExpectedAnswer
) -> Answer:
    """The contender's answer, which is near theory or ends the benchmark."""
    answer: Answer = process.call(contender.function, system, contender.customers, 1).result
    expected.check(contender.name, answer, contender.customers)
    return answer


def _rounds(
    processes: dict[_Contender, OwnProcess], system: System, share: float
) -> tuple[dict[_Contender, list[Spent]], list[tuple[float, float, float]]]:
    """What each run took, and the parts of the streamed ones."""
    timed: dict[_Contender, list[Spent]] = {contender: [] for contender in processes}
    parts: list[tuple[float, float, float]] = []
    for number in range(_ROUNDS):
        for contender, process in processes.items():
            given = (system, _customers(contender, share), number + 2)
            timed[contender].append(process.call(contender.function, *given))
            if contender is _STREAMED:
                parts.append(process.call(_SPLIT, *given).result)
    return timed, parts


def _customers(contender: _Contender, share: float) -> int:
    return max(_FEWEST, round(contender.customers * share))
