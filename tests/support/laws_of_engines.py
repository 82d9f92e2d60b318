"""What must hold whoever runs a scenario: the model, or any backend."""

import numpy as np

from queuetwin.model import Run, Scenario, Workload
from queuetwin.model.records.conservation import broken_accounts, little_residuals
from queuetwin.model.records.run import Outcome
from queuetwin.model.sampling.draws import Draws
from queuetwin.realrun.backends.registry import BACKENDS, backend_named

# A clock of whole nanoseconds against the floats of a plan.
ROUNDING = 5e-9


def assert_laws(run: Run, scenario: Scenario, workload: Workload, held_up: float = 0.0) -> None:
    """All of them; the machine may have held everybody up for so long at a time."""
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()
    assert max(little_residuals(run).values()) <= 1e-9
    assert_header_says_what_was_asked(run, scenario, workload)
    assert_arrivals_are_as_planned(run, scenario, workload.all())
    assert_outcomes_are_as_drawn(run, scenario, workload.all())
    assert_the_queue_is_kept(run, scenario)
    assert_services_and_backoffs_take_their_time(run, scenario, workload.all(), held_up)


def assert_header_says_what_was_asked(run: Run, scenario: Scenario, workload: Workload) -> None:
    """The same for every engine but for its name."""
    header, stage = run.header, scenario.stage
    assert (header.seed, header.replication) == (workload.seed, workload.replication)
    assert header.digest == workload.digest
    assert header.scenario == scenario.to_dict()
    said = [(s.name, s.workers, s.capacity, s.when_full) for s in header.stages]
    assert said == [("main", stage.workers.number, stage.queue.capacity, stage.queue.when_full)]
    assert header.real is (header.engine in BACKENDS)
    assert header.window == np.nanmax(run.items["finished"])
    assert dict(header.errors) == {}
    assert_workers_are_present_as_scheduled(run, scenario)


def assert_workers_are_present_as_scheduled(run: Run, scenario: Scenario) -> None:
    """One presence after the other for each worker, and it serves only in them."""
    workers, stage, window = run.workers, scenario.stage, run.header.window
    if not stage.workers.schedule:
        assert workers["worker"].tolist() == list(range(stage.workers.number))
        assert (workers["from"] == 0).all() and (workers["until"] == window).all()
    assert (workers["from"] <= workers["until"]).all() and (workers["until"] <= window).all()
    started = run.attempts["started"]
    for number in range(stage.workers.most):
        mine = workers["worker"] == number
        begins, ends = workers["from"][mine], workers["until"][mine]
        assert (begins[1:] >= ends[:-1]).all()
        for at in started[(run.attempts["worker"] == number) & ~np.isnan(started)]:
            assert ((begins <= at) & (at <= ends)).any()


def assert_arrivals_are_as_planned(run: Run, scenario: Scenario, draws: Draws) -> None:
    """By schedule to the bit; else from the return of the last put, or from the last word."""
    items, arrivals = run.items, scenario.arrivals
    planned = items["planned"]
    if arrivals.pacing == "outcome":
        last = items["finished"]
    else:
        last = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    returned = np.concatenate([np.zeros(arrivals.producers), last])[: len(planned)]
    known = ~np.isnan(planned)
    if arrivals.pacing == "schedule":
        assert np.array_equal(planned, np.cumsum(draws.gap))
    else:
        expected = (returned + draws.gap[: len(planned)])[known]
        np.testing.assert_allclose(planned[known], expected, rtol=0, atol=ROUNDING)
    assert (items["offered"] >= np.fmax(planned, returned))[known].all()
    if scenario.items is not None:
        assert len(planned) == scenario.items and known.all()
    elif scenario.duration is not None:
        assert len(planned) and (planned[known] < scenario.duration).all()


def assert_outcomes_are_as_drawn(run: Run, scenario: Scenario, draws: Draws) -> None:
    """The flags decide each attempt that was served, and the last attempt each item."""
    items, attempts, failures = run.items, run.attempts, scenario.stage.failures
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["started"])
    failed = (attempts["outcome"] == Outcome.FAILED)[served]
    drawn = draws.fails[where][served]
    if failures.time_limit is not None:
        drawn = drawn | (draws.lengths()[where] > failures.time_limit)[served]
    if scenario.stage.workers.breakdown is not None:
        assert failed[drawn].all()
    else:
        assert np.array_equal(failed, drawn)
    assert np.isin(attempts["outcome"][served], (Outcome.COMPLETED, Outcome.FAILED)).all()
    assert np.isin(attempts["outcome"][~served], (Outcome.DROPPED, Outcome.ABANDONED)).all()
    last = {int(item): row for row, item in enumerate(attempts["item"])}
    for item, outcome in enumerate(items["outcome"]):
        row = last.get(item)
        if outcome in (Outcome.REJECTED, Outcome.DROPPED) and (row is None or served[row]):
            # Refused at the door, perhaps after attempts that failed.
            assert row is None or attempts["outcome"][row] == Outcome.FAILED
        elif outcome != Outcome.NOT_OFFERED:
            assert attempts["outcome"][row] == outcome
            assert attempts["finished"][row] == items["finished"][item]
            assert outcome != Outcome.FAILED or attempts["attempt"][row] == failures.attempts
    if scenario.stage.queue.when_full == "block" or scenario.stage.queue.capacity is None:
        assert not np.isin(items["outcome"], (Outcome.REJECTED, Outcome.DROPPED)).any()


def assert_the_queue_is_kept(run: Run, scenario: Scenario) -> None:
    """In order from acceptance to service, and never too many waiting."""
    attempts, stage = run.attempts, scenario.stage
    backend = backend_named(run.header.engine) if run.header.real else None
    if backend is not None and backend.bounds == "system":
        assert_the_system_is_bounded(run, scenario)
        return
    enqueued, taken = attempts["enqueued"], attempts["taken"]
    served = ~np.isnan(taken)
    # Two answers of a broker may overtake each other on their way to two workers.
    in_order = stage.queue.order == "fifo" and (backend is None or backend.takes_in_order)
    if in_order and stage.workers.lanes == 1:
        order = np.lexsort((taken[served], enqueued[served]))
        assert (np.diff(taken[served][order]) >= 0).all()
    assert (attempts["started"] >= taken)[served].all()
    left = np.where(served, taken, attempts["finished"])
    waiting = np.arange(1, len(taken) + 1) - np.searchsorted(
        np.sort(left), np.sort(enqueued), "right"
    )
    if stage.queue.capacity is not None:
        assert waiting.max() <= stage.queue.capacity * stage.workers.lanes
    # Of two that start at one instant of the model, the one that takes no time came first.
    columns = [attempts[name][served] for name in ("finished", "started", "worker")]
    by_worker = np.lexsort(columns)
    finished, started, worker = (column[by_worker] for column in columns)
    assert (started[1:] >= finished[:-1])[worker[1:] == worker[:-1]].all()


def assert_the_system_is_bounded(run: Run, scenario: Scenario) -> None:
    """A semaphore bounds those who wait and are served together, and knows no order of starts."""
    items, stage = run.items, scenario.stage
    entered = ~np.isnan(items["accepted"])
    entries, exits = np.sort(items["accepted"][entered]), np.sort(items["finished"][entered])
    inside = np.arange(1, len(entries) + 1) - np.searchsorted(exits, entries, "right")
    if stage.queue.capacity is not None:
        assert inside.max() <= stage.queue.capacity + stage.workers.number


def assert_services_and_backoffs_take_their_time(
    run: Run, scenario: Scenario, draws: Draws, held_up: float
) -> None:
    """No service is shorter than its demand, no wait than its patience, no return too early.

    Nor is a wait longer, unless its end was held up, and a start went first.
    """
    attempts, stage = run.attempts, scenario.stage
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["started"])
    least = draws.lengths()[where]
    if stage.workers.speeds:
        least = least / np.array(stage.workers.speeds)[attempts["worker"]]
    if stage.failures.time_limit is not None:
        least = np.minimum(least, stage.failures.time_limit)
    if stage.workers.breakdown is not None and stage.workers.breakdown.item == "failed":
        least = np.where(draws.fails[where] | (attempts["outcome"] == Outcome.FAILED), 0, least)
    assert (attempts["finished"] - attempts["started"] >= least - ROUNDING)[served].all()
    if draws.patience is not None:
        patience, waited = draws.patience[where], attempts["finished"] - attempts["enqueued"]
        abandoned = attempts["outcome"] == Outcome.ABANDONED
        assert (waited >= patience - ROUNDING)[abandoned].all()
        in_queue = attempts["taken"] - attempts["enqueued"]
        assert (in_queue < patience + held_up + ROUNDING)[served].all()
    again = np.flatnonzero(attempts["attempt"] > 1)
    assert np.array_equal(attempts["item"][again], attempts["item"][again - 1])
    away = attempts["enqueued"][again] - attempts["finished"][again - 1]
    before = attempts["attempt"][again - 1] - 1, attempts["item"][again - 1]
    assert (away >= draws.backoff[before] - ROUNDING).all()
