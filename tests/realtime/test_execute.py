"""A whole run on real threads: it ends, every thread of it ends, and nothing is lost.

Law: a run is judged by its accounts and by what must always hold, never by how fast it was.
The pitfalls that the original program's users meet are in test_original_program.py.
"""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crew import LIMIT_S, Crew, crew_alive
from queuetwin.model import Run, Scenario, ScenarioError, Workload, simulate
from queuetwin.model.accounts import broken_accounts
from queuetwin.model.certificate import certify
from queuetwin.model.errors import RunError
from queuetwin.model.run import Outcome
from queuetwin.realrun import execute, execution

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")

PERIODIC = {"process": "periodic", "rate": "1k/s"}
HALF_FAIL = {"probability": 0.5, "attempts": 4, "backoff": "1ms"}


def outcomes(run: Run) -> dict[Outcome, int]:
    return {Outcome(code): count for code, count in Counter(run.items["outcome"].tolist()).items()}


def assert_sound(run: Run, ended: str = "complete") -> None:
    """It ended as expected, its accounts are right, and nothing lies beyond its window."""
    assert run.header.ended == ended
    assert broken_accounts(run) == ()
    assert run.header.facts["threads_left"] == []
    instants = [run.items[name] for name in ("offered", "accepted", "finished")]
    instants += [run.attempts[name] for name in ("enqueued", "taken", "started", "finished")]
    known = np.concatenate(instants)
    assert (known[~np.isnan(known)] <= run.header.window).all()


def most_waiting(run: Run) -> int:
    """The largest number of accepted items that no worker had taken."""
    taken = np.sort(run.attempts["taken"])
    enqueued = np.sort(run.attempts["enqueued"])
    depth = np.arange(1, len(enqueued) + 1) - np.searchsorted(taken, enqueued, "right")
    return int(depth.max())


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What hanging tasks wait for; set in the end, and then every thread goes home."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name in crew_alive():
            thread.join(LIMIT_S)


# -- what a run gives ----------------------------------------------------------------------------


def test_a_run_is_whole_and_may_be_certified(pool: Pool) -> None:
    """Every item completes, the header says what ran, and a certificate can be made of it."""
    scenario = pool(arrivals=PERIODIC, queue={"capacity": 10})
    workload = Workload.draw(scenario)
    run = execute(scenario, workload)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 50}
    assert run.header.engine == "threads" and run.header.real
    assert run.header.window == run.items["finished"].max()
    checks = {check.name: check.trust for check in certify(run, scenario, workload).checks}
    assert {checks[name] for name in ("items", "end", "accounts")} == {"VALID"}


def test_a_run_comes_back_equal_from_its_file(pool: Pool, tmp_path: Path) -> None:
    """Facts and provenance of real runs survive saving."""
    run = execute(pool())
    run.save(tmp_path / "run.npz")
    assert Run.load(tmp_path / "run.npz") == run


@pytest.mark.parametrize("producers", [1, 3])
@pytest.mark.parametrize("process", ["poisson", "periodic", "backlog"])
def test_the_plan_is_the_models_to_the_bit(pool: Pool, process: str, producers: int) -> None:
    """By schedule nothing that the threads do moves a plan, and nothing is offered before it."""
    rate = {} if process == "backlog" else {"rate": "2k/s"}
    scenario = pool(arrivals={"process": process, "producers": producers, **rate})
    run = execute(scenario)
    assert_sound(run)
    assert np.array_equal(run.items["planned"], simulate(scenario).items["planned"])
    assert (run.items["offered"] >= run.items["planned"]).all()


def test_several_producers_share_the_items_by_turns(pool: Pool) -> None:
    """Each of three producers comes back from a put before it makes its next."""
    arrivals = {"process": "backlog", "producers": 3}
    run = execute(pool(arrivals=arrivals, queue={"capacity": 2}, items=600))
    assert_sound(run)
    offered, accepted = run.items["offered"], run.items["accepted"]
    assert (offered[3:] >= accepted[:-3]).all()
    assert most_waiting(run) <= 2


def test_more_producers_than_items_is_no_fault(pool: Pool) -> None:
    """The superfluous ones have nothing to do."""
    run = execute(pool(arrivals={"process": "backlog", "producers": 16}, items=3))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 3}


@pytest.mark.parametrize("producers", [1, 3])
def test_by_gap_the_next_plan_counts_from_the_last_put(pool: Pool, producers: int) -> None:
    """Planned is the return of that producer's last put plus the item's own gap."""
    arrivals = {"process": "poisson", "rate": "2k/s", "pacing": "gap", "producers": producers}
    scenario = pool(arrivals=arrivals, queue={"capacity": 1}, workers={"count": 1}, items=100)
    run = execute(scenario)
    assert_sound(run)
    returned = np.concatenate([np.zeros(producers), run.items["accepted"][:-producers]])
    gap = Workload.draw(scenario).all().gap
    np.testing.assert_allclose(run.items["planned"], returned + gap, rtol=0, atol=5e-9)


@pytest.mark.parametrize("pacing", ["schedule", "gap"])
def test_a_duration_ends_the_arrivals_and_the_pool_drains(pool: Pool, pacing: str) -> None:
    """Only items planned before it are offered, and all of those are."""
    arrivals = {"process": "poisson", "rate": "1k/s", "pacing": pacing}
    run = execute(pool({"duration": "100ms"}, arrivals=arrivals, workers={"count": 1},
                       service={"distribution": "deterministic", "mean": "2ms"}))  # fmt: skip
    assert_sound(run)
    assert len(run.items["planned"]) and (run.items["planned"] < 0.1).all()
    assert outcomes(run) == {Outcome.COMPLETED: len(run.items["planned"])}


def test_an_item_planned_a_rounding_before_the_duration_is_offered(pool: Pool) -> None:
    """Ten gaps of 10 ms add up to less than 100 ms in floats: the eleventh item belongs to it."""
    arrivals = {"process": "periodic", "rate": "100/s"}
    run = execute(pool({"duration": "100ms"}, arrivals=arrivals))
    assert run.items["planned"][-1] == np.nextafter(0.1, 0)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 11}


# -- full queues, refusals, retries --------------------------------------------------------------


def test_one_place_and_sixteen_workers(pool: Pool) -> None:
    """The run ends, and never more than the one waits."""
    run = execute(pool(queue={"capacity": 1}, workers={"count": 16}, items=2000))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 2000}
    assert most_waiting(run) == 1


def test_a_queue_that_refuses_says_when(pool: Pool) -> None:
    """Twenty items at once, one place: those that are refused end where they were offered."""
    service = {"distribution": "deterministic", "mean": "5ms"}
    queue = {"capacity": 1, "when_full": "reject"}
    run = execute(pool(items=20, queue=queue, workers={"count": 2}, service=service))
    assert_sound(run)
    counts = outcomes(run)
    assert counts.keys() == {Outcome.COMPLETED, Outcome.REJECTED}
    assert sum(counts.values()) == 20 and counts[Outcome.COMPLETED] >= 1
    refused = run.items["outcome"] == Outcome.REJECTED
    assert np.isnan(run.items["accepted"][refused]).all()
    assert (run.items["finished"][refused] >= run.items["offered"][refused]).all()
    assert not set(np.flatnonzero(refused)) & set(run.attempts["item"])


@pytest.mark.parametrize("when_full", ["block", "reject"])
@pytest.mark.parametrize("workers", [1, 8])
def test_retries_through_a_full_queue_of_one_place(
    pool: Pool, when_full: str, workers: int
) -> None:
    """No deadlock: a worker never puts."""
    queue = {"capacity": 1, "when_full": when_full}
    run = execute(pool(queue=queue, failures=HALF_FAIL, workers={"count": workers}, items=400))
    assert_sound(run)
    assert most_waiting(run) == 1
    assert (Outcome.REJECTED in outcomes(run)) == (when_full == "reject")


def test_retries_that_still_back_off_are_waited_for(pool: Pool) -> None:
    """Everything fails, and the last attempt comes two backoffs after the first."""
    failures = {"probability": 1.0, "attempts": 3, "backoff": "30ms"}
    run = execute(pool(failures=failures, items=5))
    assert_sound(run)
    assert outcomes(run) == {Outcome.FAILED: 5}
    assert list(run.attempts["attempt"]) == [1, 2, 3] * 5
    finished = run.attempts["finished"].reshape(5, 3)
    enqueued = run.attempts["enqueued"].reshape(5, 3)
    assert (enqueued[:, 1:] >= finished[:, :-1] + 0.030 - 1e-9).all()


def test_failures_are_those_of_the_workload(pool: Pool) -> None:
    """Which attempts fail is drawn beforehand, so the model and the threads agree on it."""
    scenario = pool(failures=HALF_FAIL, items=300)
    real, model = execute(scenario), simulate(scenario)
    assert_sound(real)
    for column in ("item", "attempt", "outcome"):
        assert np.array_equal(real.attempts[column], model.attempts[column])
    assert np.array_equal(real.items["outcome"], model.items["outcome"])


# -- tasks ---------------------------------------------------------------------------------------


def test_a_task_gets_every_payload_exactly_once(pool: Pool, task_named: Named) -> None:
    """Payloads are the rows of the samples that the items drew."""
    called: list[int] = []
    samples = ["1ms", "2ms", "3ms"]
    service = {"distribution": "empirical", "samples": samples, "task": task_named(called.append)}
    scenario = pool(service=service, items=1000)
    run = execute(scenario)
    assert_sound(run)
    assert Counter(called) == Counter(Workload.draw(scenario).all().payload.tolist())
    assert len(called) == 1000 and set(called) == {0, 1, 2}
    assert (run.attempts["cpu"] >= 0).all()


def test_a_failing_task_is_tried_again_and_its_texts_are_counted(
    pool: Pool, task_named: Named
) -> None:
    """Each item fails twice by itself, by turns with SystemExit, and completes the third time."""
    tries: Counter[int] = Counter()

    def task(payload: int) -> None:
        tries[payload] += 1
        if tries[payload] < 3:
            raise (SystemExit if payload % 2 else ValueError)("not yet")

    failures = {"attempts": 3}
    run = execute(pool({"service.task": task_named(task)}, failures=failures, items=40))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 40}
    assert dict(run.header.errors) == {"ValueError: not yet": 40, "SystemExit: not yet": 40}
    assert (run.attempts["outcome"].reshape(40, 3) == [2, 2, 1]).all()


def test_an_exception_without_words_does_not_end_the_worker(pool: Pool, task_named: Named) -> None:
    """A message that cannot be made is said to be so."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def task(_: int) -> None:
        raise MuteError

    run = execute(pool({"service.task": task_named(task), "workers.count": 1}))
    assert_sound(run)
    assert dict(run.header.errors) == {"MuteError: (its message cannot be shown)": 50}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nowhere_at_all:run", None, "cannot be imported: ModuleNotFoundError"),
        ("tasks_without:missing", "run = 1", "cannot be imported: AttributeError"),
        ("tasks_of_number:run", "run = 1", "cannot be called"),
        ("tasks_broken:run", "1 / 0", "cannot be imported: ZeroDivisionError"),
        ("tasks_exiting:run", "raise SystemExit(0)", "cannot be imported: SystemExit"),
    ],
)
def test_a_task_that_is_none_is_the_scenarios_fault(
    tmp_path: Path,
    task_named: Named,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    reason: str,
) -> None:
    """It is told with file, line and key, and no thread has been started."""
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    file = tmp_path / "pool.toml"
    file.write_text(
        'items = 3\n[arrivals]\nprocess = "backlog"\n[workers]\ncount = 1\n[service]\n'
        f'distribution = "deterministic"\nmean = "1ms"\ntask = "{name}"\n'
    )
    if content is not None:
        (tmp_path / f"{name.partition(':')[0]}.py").write_text(content)
    scenario = Scenario.load(file)
    task_named(print)  # restores the search path afterwards
    with pytest.raises(ScenarioError) as caught:
        execute(scenario)
    [problem] = caught.value.problems
    assert (problem.key, problem.line, problem.file) == ("service.task", 9, str(file))
    assert reason in problem.message and name in problem.value


def test_a_task_is_found_beside_its_scenario(tmp_path: Path, task_named: Named) -> None:
    """The folder of the file is searched, as with a script."""
    file = tmp_path / "pool.toml"
    file.write_text(
        'items = 3\n[arrivals]\nprocess = "backlog"\n[workers]\ncount = 1\n[service]\n'
        'distribution = "deterministic"\nmean = "1ms"\ntask = "tasks_beside:run"\n'
    )
    (tmp_path / "tasks_beside.py").write_text("def run(payload): raise OSError('found')\n")
    task_named(print)  # restores the search path afterwards
    assert dict(execute(Scenario.load(file)).header.errors) == {"OSError: found": 3}


# -- hangs, stops and interrupts -----------------------------------------------------------------


@pytest.fixture
def short_farewell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run gives up on its threads sooner."""
    monkeypatch.setattr(execution, "_GO_HOME_S", 0.3)


@pytest.mark.usefixtures("short_farewell")
def test_a_worker_that_hangs_is_named(
    pool: Pool, task_named: Named, release: threading.Event
) -> None:
    """The run ends without it; its item is unfinished, and what others did is kept."""

    def task(payload: int) -> None:
        if payload == 7:
            release.wait(LIMIT_S)

    service = {"service.task": task_named(task), "service.hang_limit": "300ms"}
    run = execute(pool(service, items=20))
    [left] = run.header.facts["threads_left"]
    assert run.header.ended == f"{left} hangs in item 7, for more than 0.3 s"
    assert broken_accounts(run) == ()
    assert outcomes(run) == {Outcome.COMPLETED: 19, Outcome.UNFINISHED: 1}
    row = np.flatnonzero(run.attempts["item"] == 7)[0]
    assert run.attempts["outcome"][row] == Outcome.UNFINISHED
    assert f"worker-{run.attempts['worker'][row]}" == left
    assert run.attempts["started"][row] < run.header.window
    assert np.isnan(run.attempts["finished"][row])


@pytest.mark.usefixtures("short_farewell")
def test_what_a_hanging_worker_does_later_changes_no_record(
    pool: Pool, task_named: Named, release: threading.Event
) -> None:
    """Its task comes back after the run; the records are what they were."""
    service = {
        "service.task": task_named(lambda _: release.wait(LIMIT_S)),
        "service.hang_limit": "300ms",
    }
    run = execute(pool(service, workers={"count": 2}, items=10, queue={"capacity": 1}))
    before = {name: column.copy() for name, column in run.attempts.items()}
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("worker-"):
            thread.join(LIMIT_S)
    assert all(np.array_equal(before[n], run.attempts[n], equal_nan=n != "item") for n in before)
    assert outcomes(run)[Outcome.UNFINISHED] >= 3
    assert broken_accounts(run) == ()


def test_an_idle_worker_does_not_hang(pool: Pool, task_named: Named) -> None:
    """Waiting for an item longer than the limit is no hang: it counts from the item's start."""
    service = {"service.task": task_named(lambda _: None), "service.hang_limit": "200ms"}
    run = execute(pool(service, arrivals={"process": "periodic", "rate": "3/s"}, items=3))
    assert_sound(run)


@pytest.mark.parametrize("far", ["1/h", "50/s"])
def test_a_stop_ends_a_run_wherever_it_is(pool: Pool, task_named: Named, far: str) -> None:
    """Whether producers wait for an instant in an hour or soon, all threads end, none spinning."""
    stop = threading.Event()
    service = {"service.task": task_named(lambda payload: payload == 0 and stop.set())}
    arrivals = {"process": "periodic", "rate": far, "producers": 2}
    run = execute(pool(service, arrivals=arrivals, items=1000), stop=stop)
    assert_sound(run, "stopped")
    counts = outcomes(run)
    assert counts[Outcome.COMPLETED] >= 1 and counts[Outcome.NOT_OFFERED] >= 900
    assert sum(counts.values()) == 1000


def test_a_stop_finds_everyone_at_work(pool: Pool) -> None:
    """Producers at the door, items waiting, served for an hour and backing off for an hour."""
    stop = threading.Event()
    rows = ["1ms", "1h"]
    scenario = pool(
        {"arrivals.producers": 5},
        queue={"capacity": 3},
        workers={"count": 4},
        service={"distribution": "empirical", "samples": rows},
        failures={"probability": 0.5, "attempts": 2, "backoff": "1h"},
        items=200,
    )

    def observer(_: int, __: int) -> None:
        stop.set()

    run = execute(scenario, observer=observer, stop=stop)
    assert_sound(run, "stopped")
    counts = outcomes(run)
    assert counts[Outcome.UNFINISHED] >= 4 and sum(counts.values()) == 200


def test_a_task_that_ends_after_the_stop_lies_within_the_window(
    pool: Pool, task_named: Named, crew: Crew
) -> None:
    """It is let finish; what it did is kept, and the window reaches to its end."""
    stop, started, go_on = threading.Event(), threading.Event(), threading.Event()

    def task(_: int) -> None:
        started.set()
        assert go_on.wait(LIMIT_S)

    class Stopping:
        """Lets the task go on only after the run has been told to stop."""

        def is_set(self) -> bool:
            if stop.is_set():
                threading.Timer(0.1, go_on.set).start()
            return stop.is_set()

    crew.start(lambda: started.wait(LIMIT_S) and stop.set())
    run = execute(pool({"service.task": task_named(task), "workers.count": 1}), stop=Stopping())
    crew.gather()
    assert_sound(run, "stopped")
    assert outcomes(run) == {Outcome.COMPLETED: 1, Outcome.UNFINISHED: 49}


def test_a_stop_before_the_start_offers_nothing(pool: Pool) -> None:
    """A run of items that are due later comes back with all of them not offered."""
    stop = threading.Event()
    stop.set()
    arrivals = {"process": "poisson", "rate": "1/h"}
    run = execute(pool(arrivals=arrivals), stop=stop)
    assert_sound(run, "stopped")
    assert outcomes(run) == {Outcome.NOT_OFFERED: 50}


def test_an_interrupt_sends_everyone_home(pool: Pool, task_named: Named) -> None:
    """Ctrl-C is raised to whoever called, and no thread of the run stays behind."""
    main = threading.main_thread().ident

    def task(payload: int) -> None:
        if payload == 5:
            signal.pthread_kill(main, signal.SIGINT)

    arrivals = {"process": "periodic", "rate": "100/s"}
    with pytest.raises(KeyboardInterrupt):
        execute(pool({"service.task": task_named(task)}, arrivals=arrivals, items=100_000))
    for thread in threading.enumerate():
        if thread.name in crew_alive():
            thread.join(LIMIT_S)


def test_a_machine_without_threads_left_is_a_run_error(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that had started go home, and the message has the number that was asked for."""
    begin, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RunError, match="cannot start 10 threads"):
        execute(pool(workers={"count": 8}))
    for thread in started:
        thread.join(LIMIT_S)


# -- being watched -------------------------------------------------------------------------------


def test_an_observer_is_never_told_more_than_there_is(pool: Pool, task_named: Named) -> None:
    """Retries are no progress: done rises from 0 to at most the items, and never falls far."""
    seen: list[tuple[int, int]] = []
    enough = threading.Event()

    def observer(done: int, planned: int) -> None:
        seen.append((done, planned))
        if len(seen) == 4:
            enough.set()

    def task(payload: int) -> None:
        if payload == 19:
            enough.wait(LIMIT_S)
        raise ValueError

    changes = {"service.task": task_named(task)}
    run = execute(pool(changes, failures={"attempts": 5}, items=20), observer=observer)
    assert_sound(run)
    assert {planned for _, planned in seen} == {20}
    assert all(0 <= done <= 20 for done, _ in seen)


def test_an_unknown_backend_is_refused(pool: Pool) -> None:
    """There is one, and it is named."""
    with pytest.raises(ValueError, match="there is threads"):
        execute(pool(), backend="fibres")  # type: ignore[arg-type]
