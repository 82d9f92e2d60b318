"""Queues whose long run is known, many runs side by side, as sums over base batches.

Waiting times start from an empty system and come from recursions: Lindley's for one server
(a reflected sum), Kiefer and Wolfowitz's for several, customer by customer across the runs.
Each run is folded into at most 2,047 base batches of equal numbers of customers, as a stream
is: the sum of its values, the seconds it spanned and how many values lie in each bin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter  # type: ignore[import-untyped]

from queuetwin.model import Scenario, simulate
from queuetwin.model.base.arrays import Floats
from queuetwin.model.records.run import Outcome
from queuetwin.model.theory import MMc, MMcK

__all__ = ["MOST_BATCHES", "PROCESSES", "Chunks", "Process", "Sums", "fold"]

Chunks = Iterator[tuple[Floats, Floats]]
Source = Callable[[int, int, np.random.Generator], Chunks]

MOST_BATCHES = 2047
_CHUNK_VALUES = 2_000_000
_BALANCED = 0.5 * (1 + math.sqrt((4 - 1) / (4 + 1)))


@dataclass(frozen=True, kw_only=True)
class Process:
    """One measure of one system.

    `mean` is its value in the long run and `spread` the n-fold variance of its mean over n
    items, n large; both are known, or measured once by ``intervals.py pilot``.
    `source(runs, items, generator)` yields values and the seconds since the item before, both
    shape (runs, some).  `ratio`: the measure is values per second, not per item; `share`: it is
    the share of items that are lost.
    """

    mean: float
    spread: float
    source: Source
    ratio: bool = False
    share: bool = False

    def ideal(self, precision: float, point: float) -> int:
        """Items that someone who knows the spread needs, for half-width precision x mean."""
        return math.ceil(point**2 * self.spread / (self.mean * precision) ** 2)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Runs as sums over base batches, shapes (runs, batches) and (runs, batches, bins)."""

    size: int
    values: Floats
    seconds: Floats
    squares: Floats
    counts: NDArray[np.int64] | None = None


def fold(
    process: Process,
    runs: int,
    items: int,
    generator: np.random.Generator,
    edges: Floats | None = None,
) -> Sums:
    """Base batches of runs of about that many items: whole batches only."""
    size = 1
    while items // size > MOST_BATCHES:
        size *= 2
    batches = items // size
    values, seconds, squares, counts = [], [], np.zeros(runs), []
    rest = (np.empty((runs, 0)), np.empty((runs, 0)))
    for chunk in process.source(runs, batches * size, generator):
        rest = (np.hstack([rest[0], chunk[0]]), np.hstack([rest[1], chunk[1]]))
        whole = rest[0].shape[1] // size
        now = rest[0][:, : whole * size].reshape(runs, whole, size)
        values.append(now.sum(axis=2))
        squares += (now**2).sum(axis=(1, 2))
        seconds.append(rest[1][:, : whole * size].reshape(runs, whole, size).sum(axis=2))
        if edges is not None:
            counts.append(_histograms(now, edges))
        rest = (rest[0][:, whole * size :], rest[1][:, whole * size :])
    return Sums(
        size=size,
        values=np.hstack(values),
        seconds=np.hstack(seconds),
        squares=squares,
        counts=np.concatenate(counts, axis=1) if counts else None,
    )


def _histograms(values: Floats, edges: Floats) -> NDArray[np.int64]:
    """How many values of each batch lie in (edge below, edge], the last bin above all."""
    runs, batches, _ = values.shape
    bins = len(edges) + 1
    row = np.arange(runs * batches).reshape(runs, batches, 1) * bins
    place = np.searchsorted(edges, values, side="left") + row
    counted = np.bincount(place.ravel(), minlength=runs * batches * bins)
    return counted.reshape(runs, batches, bins)


def _chunks(runs: int, items: int) -> Iterator[int]:
    size = max(_CHUNK_VALUES // runs, 1)
    for begin in range(0, items, size):
        yield min(size, items - begin)


def _exponential(mean: float) -> Callable[[np.random.Generator, tuple[int, int]], Floats]:
    return lambda generator, shape: mean * generator.standard_exponential(shape)


def _hyperexponential(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Two phases with balanced means, mean 1, squared coefficient of variation 4."""
    often = generator.random(shape) < _BALANCED
    mean = np.where(often, 0.5 / _BALANCED, 0.5 / (1 - _BALANCED))
    return generator.standard_exponential(shape) * mean


def _one_server(
    rate: float, service: Callable[[np.random.Generator, tuple[int, int]], Floats]
) -> Source:
    """Lindley: the next wait is max(0, wait + service - gap), for a chunk at once."""

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        wait = np.zeros((runs, 1))
        for size in _chunks(runs, items):
            gaps = generator.standard_exponential((runs, size)) / rate
            steps = np.cumsum(service(generator, (runs, size)) - gaps, axis=1)
            lowest = np.minimum.accumulate(np.minimum(steps, 0.0), axis=1)
            later = np.maximum(wait + steps, steps - lowest)
            yield np.hstack([wait, later[:, :-1]]), gaps
            wait = later[:, -1:]

    return source


def _deterministic_servers(rate: float, servers: int) -> Source:
    """With services of 1 every `servers`-th customer meets the same server: Lindley for each."""

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        free = np.zeros((runs, servers))
        for size in _chunks(runs, items):
            gaps = generator.standard_exponential((runs, size)) / rate
            planned = np.cumsum(gaps, axis=1)
            waits = np.empty_like(planned)
            for server in range(servers):
                own = planned[:, server::servers]
                # Start j is max(planned j, start j-1 + 1), so start j - j is a running maximum.
                turn = np.arange(own.shape[1])
                begun = np.maximum.accumulate(own - turn, axis=1)
                begun = np.maximum(begun, free[:, server : server + 1]) + turn
                waits[:, server::servers] = begun - own
                free[:, server] = begun[:, -1] + 1
            # The next chunk's clock starts at this one's end, the cycle where it stopped.
            free = np.roll(free - planned[:, -1:], -(size % servers), axis=1)
            yield waits, gaps

    return source


def _servers(rate: float, servers: int, places: int | None = None) -> Source:
    """Kiefer and Wolfowitz: each takes the server that is free first.

    With `places` to wait in, who finds them taken is lost.  Poisson arrivals have no memory, so
    the next to be let in comes one gap after the later of the last to be let in and the start
    of the one `places` before.
    """

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        free = np.zeros((runs, servers))
        begun = np.zeros((places or 1, runs))
        now = np.zeros(runs)
        every = np.arange(runs)
        count = 0
        for size in _chunks(runs, items):
            gaps = generator.standard_exponential((size, runs)) / rate
            demands = generator.standard_exponential((size, runs))
            waits = np.empty((size, runs))
            for row in range(size):
                came = now + gaps[row] if places is None else (
                    np.maximum(now, begun[count % places]) + gaps[row]
                )  # fmt: skip
                gaps[row] = came - now
                now = came
                first = free.argmin(axis=1)
                start = np.maximum(free[every, first], now)
                free[every, first] = start + demands[row]
                waits[row] = start - now
                if places is not None:
                    begun[count % places] = start
                count += 1
            yield waits.T, gaps.T

    return source


def _losing(rate: float, servers: int, places: int) -> Source:
    """Whether each item finds all places to wait in taken, and is lost."""

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        free, now = np.zeros((runs, servers)), np.zeros(runs)
        begun = np.full((runs, places), -np.inf)
        entered = np.zeros(runs, dtype=np.int64)
        every = np.arange(runs)
        for size in _chunks(runs, items):
            gaps = generator.standard_exponential((size, runs)) / rate
            demands = generator.standard_exponential((size, runs))
            lost = np.empty((size, runs))
            for row in range(size):
                now += gaps[row]
                slot, first = entered % places, free.argmin(axis=1)
                full = begun[every, slot] > now
                start = np.maximum(free[every, first], now)
                who = every[~full]
                begun[who, slot[who]] = start[who]
                free[who, first[who]] = start[who] + demands[row, who]
                entered[who] += 1
                lost[row] = full
            yield lost.T, gaps.T

    return source


def _losing_with_retries(rate: float, servers: int, places: int) -> Source:
    """The same where a tenth of the attempts fail, up to three of an item, by the product's own."""
    scenario = Scenario.from_dict({
        "items": 1, "arrivals": {"process": "poisson", "rate": f"{rate!r}/s"},
        "queue": {"capacity": places, "when_full": "reject"}, "workers": {"count": servers},
        "service": {"distribution": "exponential", "mean": "1s"},
        "failures": {"probability": 0.1, "attempts": 3, "backoff": "2s"},
    })  # fmt: skip

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        lost = np.empty((runs, items), dtype=np.bool_)
        for run, seed in enumerate(generator.integers(1 << 31, size=runs)):
            seeded = scenario.changed({"items": items, "seed": int(seed)})
            lost[run] = simulate(seeded, engine="fast").items["outcome"] == Outcome.REJECTED
        begin = 0
        for size in _chunks(runs, items):
            yield lost[:, begin : begin + size].astype(np.float64), np.ones((runs, size))
            begin += size

    return source


def _less_urgent(rate: float) -> Source:
    """One server, two equally frequent classes, the urgent first, no service broken off.

    Waits of the less urgent, event by event: an arrival of either class or a completion.
    """

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        every = np.arange(runs)
        now, busy = np.zeros(runs), np.zeros(runs, dtype=bool)
        urgent = np.zeros(runs, dtype=np.int64)
        came, served = urgent.copy(), urgent.copy()
        arrived = np.zeros((runs, 1 << 12))
        size = min(max(_CHUNK_VALUES // runs, 1), items)
        waits, known, given = np.zeros((runs, 2 * size)), urgent.copy(), 0
        while given < items:
            kinds = generator.random((size // 2 + 1, runs)) * (1 + rate)
            steps = generator.standard_exponential((size // 2 + 1, runs)) / (1 + rate)
            for kind, step in zip(kinds, steps, strict=True):
                now += step
                done = busy & (kind > rate)
                take = done & (urgent == 0) & (came > served)
                busy &= ~(done & (urgent == 0) & (came == served))
                urgent -= done & (urgent > 0)
                urgent += busy & (kind < rate / 2)
                late = (kind >= rate / 2) & (kind <= rate)
                who = every[late]
                arrived[who, came[who] % arrived.shape[1]] = now[who]
                came[who] += 1
                start = every[take | (late & ~busy)]
                waits[start, known[start]] = (
                    now[start] - arrived[start, served[start] % arrived.shape[1]]
                )
                known[start] += 1
                served[start] += 1
                busy |= kind <= rate
            ready = min(int(known.min()), items - given)
            if ready:
                yield waits[:, :ready].copy(), np.ones((runs, ready))
                waits = np.hstack([waits[:, ready:], np.zeros((runs, ready))])
                known -= ready
                given += ready
            room = waits.shape[1] - int(known.max())
            if room < size:
                waits = np.hstack([waits, np.zeros((runs, size))])

    return source


def _autoregressive(memory: float, mean: float) -> Source:
    """Normal values of variance 1 in which each remembers the last, from the stationary law."""

    def source(runs: int, items: int, generator: np.random.Generator) -> Chunks:
        last = generator.standard_normal((runs, 1))
        for size in _chunks(runs, items):
            noise = math.sqrt(1 - memory**2) * generator.standard_normal((runs, size))
            values, _ = lfilter([1.0], [1.0, -memory], noise, axis=1, zi=memory * last)
            yield mean + values, np.ones((runs, size))
            last = values[:, -1:]

    return source


def _mm1(load: float) -> Process:
    """Waiting time; n-fold variance of the mean from Daley (1968) in Whitt (1989)."""
    spread = load * (2 + 5 * load - 4 * load**2 + load**3) / (1 - load) ** 4
    return Process(
        mean=load / (1 - load), spread=spread, source=_one_server(load, _exponential(1.0))
    )


def _loss_spread(pool: MMcK) -> float:
    """n-fold variance of the share of n items that are lost, from the chain that arrivals see."""
    last, states = pool.system_capacity, np.arange(pool.system_capacity + 1)
    # From m in the system the next to come sees m, or sees what it would from m - 1.
    leaving = np.minimum(states, pool.servers) / pool.service_time
    seen = np.zeros((last + 1, last + 1))
    for number in states:
        stays = pool.arrival_rate / (pool.arrival_rate + leaving[number])
        seen[number] = (1 - stays) * seen[number - 1]
        seen[number, number] += stays
    steps = seen[np.minimum(states + 1, last)]
    forever = np.linalg.matrix_power(steps, 1 << 20)[0]
    lost = (states == last) - forever[last]
    summed = np.linalg.solve(np.eye(last + 1) - steps + forever, lost)
    return float(forever @ (lost * (2 * summed - lost)))


_POOLED = MMc(arrival_rate=3.2, service_time=1.0, servers=4)
_LOSSY = MMcK(arrival_rate=3.6, service_time=1.0, servers=4, system_capacity=20)

PROCESSES: dict[str, Process] = {
    "M/M/1 .5": _mm1(0.5),
    "M/M/1 .8": _mm1(0.8),
    "M/M/1 .9": _mm1(0.9),
    "M/M/1 .95": _mm1(0.95),
    "M/H2/1 .8": Process(mean=10.0, spread=37_900.0, source=_one_server(0.8, _hyperexponential)),
    "M/M/4 .8": Process(mean=_POOLED.mean_waiting_time, spread=115.0, source=_servers(3.2, 4)),
    # Crommelin (Post Office Electrical Engineers' Journal 25, 1932), summed.
    "M/D/4 .8": Process(mean=0.386095, spread=14.9, source=_deterministic_servers(3.2, 4)),
    "M/M/4/20 .9": Process(
        mean=_LOSSY.mean_waiting_time, spread=104.0, source=_servers(3.6, 4, 16)
    ),
    "loss .9": Process(
        mean=_LOSSY.loss_probability,
        spread=_loss_spread(_LOSSY),
        source=_losing(3.6, 4, 16),
        share=True,
    ),
    "retries 1.": Process(
        mean=0.0523218, spread=0.588, source=_losing_with_retries(3.6, 4, 16), share=True
    ),
    "priorities .8": Process(mean=0.8 / (0.6 * 0.2), spread=3620.0, source=_less_urgent(0.8)),
    "depth .8": Process(
        mean=0.8**2 / 0.2, spread=1430.0, source=_one_server(0.8, _exponential(1.0)), ratio=True
    ),
    "AR(1) .9": Process(mean=1.0, spread=19.0, source=_autoregressive(0.9, 1.0)),
}
