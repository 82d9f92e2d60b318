"""A calibration of this machine, judged by what must hold of any, and where it is kept.

One calibration serves all tests but that of sizes, which needs an undisturbed one.
"""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest
from click.testing import CliRunner

from builders import overheads
from queuetwin.model import Overheads, Run, RunError, Scenario, ScenarioError, Workload
from queuetwin.model.machine.overheads import Machine
from queuetwin.model.machine.shared_processor import bottleneck
from queuetwin.model.validity.certificate import Certificate
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.realrun import calibrate, execute
from queuetwin.realrun.backends.registry import BACKENDS, backend_named
from queuetwin.realrun.calibration import calibrate_machine as calibration
from queuetwin.realrun.calibration.noise import Noise, present_noise
from queuetwin.realrun.calibration.store import (
    BEST_BEFORE,
    cache_folder,
    keep,
    kept,
    refuse_foreign,
)
from queuetwin.realrun.machine import this_machine
from queuetwin.reports import compare
from queuetwin.reports.cli.main import cli
from undisturbed import undisturbed

OVERHEADS = ("lateness", "hand_off", "turn_round", "put", "overshoot")
TINY = {
    "duration": "300ms",
    "arrivals": {"process": "poisson", "rate": "200/s"},
    "workers": {"count": 2},
    "service": {"distribution": "exponential", "mean": "4ms"},
}

BELIEVED = Certificate(checks=(Check(name="load", trust=Trust.VALID, figure="nothing else ran"),))


def noise_is(patch: pytest.MonkeyPatch, late: float, cores: float | None) -> None:
    """From here on the machine is as disturbed as this."""
    now = Noise(sleep_late=late, foreign_cores=cores)
    patch.setattr("queuetwin.realrun.calibration.store.present_noise", lambda: now)


@pytest.fixture(scope="module")
def measured() -> Overheads:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "_OPEN", calibration._OPEN.changed({"duration": "1s"}))
        patch.setattr(calibration, "certify", lambda *_: BELIEVED)
        return calibrate()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, on a machine that is as quiet as the calibrations say."""
    monkeypatch.setattr("queuetwin.realrun.calibration.store.cache_folder", lambda: tmp_path)
    noise_is(monkeypatch, 3e-5, 0.01)
    return tmp_path


@pytest.fixture
def here() -> Overheads:
    """A calibration that says it was made here, just now; nothing is measured."""
    return overheads(machine=this_machine().model_dump(), measured_at=datetime.now(UTC))


def test_every_overhead_is_there(measured: Overheads) -> None:
    """Above nothing, however busy the machine is."""
    for name in OVERHEADS:
        assert median(getattr(measured, name)) > 0, name
    assert 0 < measured.processor_share <= 1
    assert measured.work_rate > 0


def test_every_overhead_is_of_a_possible_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a few milliseconds in the median; a put is quicker than a wake-up."""
    monkeypatch.setattr(calibration, "_OPEN", calibration._OPEN.changed({"duration": "500ms"}))
    monkeypatch.setattr(calibration, "certify", lambda *_: BELIEVED)
    quiet = undisturbed(calibrate)
    for name in OVERHEADS:
        assert median(getattr(quiet, name)) < 0.005, name
    assert median(quiet.put) < fmean(quiet.hand_off)
    assert quiet.processor_share > 0.3
    assert quiet.work_rate > 1e6


def test_it_says_what_it_holds_for(measured: Overheads) -> None:
    """This machine, this Python, this moment."""
    assert measured.machine.differences(this_machine().model_dump()) == ()
    assert abs(datetime.now(UTC) - measured.measured_at) < timedelta(minutes=10)
    assert Overheads.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured


def test_a_disturbed_calibration_is_repeated_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three invalid runs are enough; their reasons are told."""
    seen = []

    def invalid(*_: object) -> Certificate:
        seen.append(1)
        check = Check(name="load", trust=Trust.INVALID, figure="two cores taken")
        return Certificate(checks=(check,))

    monkeypatch.setattr(calibration, "certify", invalid)
    monkeypatch.setattr(calibration, "_OPEN", Scenario.from_dict(TINY))
    with pytest.raises(RunError, match="too disturbed to be calibrated: two cores taken"):
        calibrate()
    assert len(seen) == 3


def test_there_is_no_other_backend() -> None:
    """As in execute."""
    with pytest.raises(ValueError, match="there are threads, processes"):
        calibrate(backend="telepathy")


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "threads"])
def test_every_backend_is_calibrated_by_itself(
    backend: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """By runs of its own; the calibration says whose it is, and what shares processors."""
    if backend_named(backend).needs_server:
        request.getfixturevalue("broker")
    monkeypatch.setattr(calibration, "_OPEN", Scenario.from_dict(TINY))
    for name in ("_BACKLOG", "_WORK"):
        short = getattr(calibration, name).changed({"items": 20, "workers.count": 2})
        monkeypatch.setattr(calibration, name, short)
    monkeypatch.setattr(calibration, "certify", lambda *_: BELIEVED)
    asked = []

    def seen(*args: Any, **named: Any) -> Run:
        asked.append(named["backend"])
        return execute(*args, **named)

    monkeypatch.setattr(calibration, "execute", seen)
    found = calibrate(backend=backend)
    assert found.backend == backend and set(asked) == {backend}
    sharing = found.sharing(Scenario.from_dict(TINY).changed({"service.cpu_share": 1}).stage)
    assert sharing is not None
    shared = bottleneck(backend_named(backend).shares, gil=found.machine.gil)
    assert sharing.servers == (this_machine().cores if shared == "processors" else 1)
    assert (sharing.quantum == math.inf) is (shared == "loop")
    with pytest.raises(ScenarioError, match=f"backend {backend}, here threads"):
        refuse_foreign(found, "c.json", "threads")


@pytest.mark.usefixtures("cache")
def test_what_is_kept_is_found_again(here: Overheads) -> None:
    """By machine, Python and backend."""
    assert kept("threads") == (None, "")
    assert keep(here).exists()
    assert kept("threads") == (here, "")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("age", "why"),
    [(BEST_BEFORE, "it is 30 days old"), (timedelta(hours=-1), "its date lies ahead")],
)
def test_what_is_stale_is_as_good_as_none(here: Overheads, age: timedelta, why: str) -> None:
    """Thirty days, and a clock that was set back."""
    keep(here.model_copy(update={"measured_at": datetime.now(UTC) - age}))
    assert kept("threads") == (None, why)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("late", "cores", "why"),
    [
        (3e-5, 0.01, ""),
        (4.9e-5, 0.5, ""),
        (5.1e-5, 0.01, "sleeps ended 30 us late then, and 51 us now"),
        (0.9e-5, 0.01, "sleeps ended 30 us late then, and 9 us now"),
        (3e-5, 1.9, "other programs took 0.01 cores then, and take 1.90 now"),
        (3e-5, None, ""),
    ],
)
def test_what_was_made_in_other_noise_does_not_hold(
    here: Overheads, monkeypatch: pytest.MonkeyPatch, late: float, cores: float | None, why: str
) -> None:
    """More or less by half a core of other programs, or by twenty microseconds of a sleep."""
    keep(here)
    noise_is(monkeypatch, late, cores)
    assert kept("threads") == ((None, why) if why else (here, ""))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("late", "holds"), [(6e-4, True), (14e-4, True), (16e-4, False)])
def test_where_sleeps_end_later_chance_is_larger(
    here: Overheads, monkeypatch: pytest.MonkeyPatch, late: float, holds: bool
) -> None:
    """On a machine that sleeps by the millisecond: half of how late they ended then."""
    keep(here.model_copy(update={"sleep_late": 1e-3}))
    noise_is(monkeypatch, late, 0.01)
    assert (kept("threads")[0] is not None) is holds


@pytest.mark.usefixtures("cache")
def test_what_does_not_say_how_quiet_it_was_does_not_hold(here: Overheads) -> None:
    """A calibration without a stamp may be of any noise."""
    keep(here.model_copy(update={"sleep_late": None}))
    assert kept("threads") == (None, "it does not say how late sleeps ended then")


def test_the_present_noise_is_of_a_possible_size() -> None:
    """A sleep ends late, and other programs have no more processors than there are."""
    noise = present_noise()
    assert noise.sleep_late > 0
    assert noise.foreign_cores is None or 0 <= noise.foreign_cores < 1024


def test_a_sleep_on_a_quiet_machine_is_late_by_less_than_some_milliseconds() -> None:
    """The median of two hundred."""
    assert undisturbed(present_noise).sleep_late < 0.005


@pytest.mark.usefixtures("cache")
def test_what_is_broken_is_as_good_as_none(here: Overheads) -> None:
    """It will be measured again."""
    keep(here).write_text("{")
    assert kept("threads") == (None, "it cannot be read")


@pytest.mark.usefixtures("cache")
def test_what_another_machine_left_is_not_taken(here: Overheads) -> None:
    """A home that moved to a quicker machine."""
    path = keep(here)
    other = here.machine.model_copy(update={"cores": 999})
    here.model_copy(update={"machine": other}).save(path)
    cores = f"cores 999, here {here.machine.cores}"
    assert kept("threads") == (None, f"it is of another machine ({cores})")


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux: XDG_CACHE_HOME, or ~/.cache."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/queuetwin")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "queuetwin"


def test_a_calibration_of_another_machine_is_refused_with_what_differs() -> None:
    """By the file, before anything runs."""
    here = this_machine()
    other = Machine(**{**here.model_dump(), "python": "2.7.18"})
    foreign = overheads(machine=other.model_dump())
    with pytest.raises(ScenarioError, match=rf"c\.json.*python 2\.7\.18, here {here.python}"):
        refuse_foreign(foreign, "c.json")
    pool = Scenario.from_dict(TINY)
    runs = [execute(pool, Workload.draw(pool, replication=n)) for n in range(2)]
    with pytest.raises(ScenarioError, match=r"another machine than the runs: python 2\.7\.18"):
        compare(pool, runs=runs, overheads=foreign)


def test_a_calibration_of_another_backend_is_refused(here: Overheads) -> None:
    """What threads add says nothing about an event loop."""
    pool = Scenario.from_dict(TINY)
    runs = [execute(pool, Workload.draw(pool, replication=n), backend="asyncio") for n in range(2)]
    with pytest.raises(ScenarioError, match="of the backend threads, the runs of asyncio"):
        compare(pool, runs=runs, overheads=here)


def test_the_command_compares_with_what_is_kept(here: Overheads, cache: Path) -> None:
    """It says so; the calibrated model is judged, and the report can be made again."""
    keep(here)
    flags = ["--rate", "200/s", "--service", "4ms", "--workers", "2", "--budget", "1s"]
    target = str(cache / "page.json")
    done = CliRunner().invoke(cli, ["compare", *flags, "-o", target])
    assert done.exit_code == 0, done.output
    assert "machine calibrated today" in done.stderr
    assert "this machine, measured before: sent late +30 us" in done.stdout
    document = json.loads(Path(target).read_text())
    assert document["overheads"] == here.to_dict()
    assert document["differences"][0]["calibrated"] > document["differences"][0]["nominal"]
    again = str(cache / "again.json")
    done = CliRunner().invoke(cli, ["report", str(cache / "page.runs"), "-o", again])
    assert done.exit_code == 0, done.output
    assert json.loads(Path(again).read_text())["differences"] == document["differences"]


def test_the_command_says_why_it_measures_again(
    here: Overheads, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept in a busy hour is replaced by what holds now."""
    keep(here.model_copy(update={"foreign_cores": 1.9}))
    monkeypatch.setattr(calibration, "calibrate", lambda **_: here)
    flags = ["--rate", "200/s", "--service", "4ms", "--workers", "2", "--budget", "1s"]
    done = CliRunner().invoke(cli, ["compare", *flags, "-o", str(cache / "page.json")])
    assert done.exit_code == 0, done.output
    why = "other programs took 1.90 cores then, and take 0.01 now"
    assert f"calibrating this machine again, {why}: about" in done.stderr
    assert kept("threads") == (here, "")


def test_a_machine_too_disturbed_to_be_measured_is_compared_all_the_same(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the nominal model, and that is said; nothing is kept."""

    def refuse(**_: object) -> Overheads:
        raise RunError("too disturbed to be calibrated")

    monkeypatch.setattr(calibration, "calibrate", refuse)
    flags = ["--rate", "200/s", "--service", "4ms", "--workers", "2", "--budget", "1s"]
    target = str(cache / "page.json")
    done = CliRunner().invoke(cli, ["compare", *flags, "-o", target])
    assert done.exit_code == 0, done.output
    assert "the model does not know this machine" in done.stderr
    document = json.loads(Path(target).read_text())
    assert document["overheads"] is None and document["differences"][0]["calibrated"] is None
    assert kept("threads") == (None, "")


def test_a_named_calibration_is_taken_or_refused(cache: Path) -> None:
    """Nothing runs with one of another machine."""
    overheads().save(cache / "c.json")
    done = CliRunner().invoke(
        cli, ["compare", "--rate", "9/s", "--service", "1ms", "--calibration", f"{cache}/c.json"]
    )
    assert isinstance(done.exception, ScenarioError)
    assert "does not hold here: it is of" in str(done.exception)


def test_the_command_calibrates_and_shows(
    measured: Overheads, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In microseconds, into the cache or a file."""
    monkeypatch.setattr(calibration, "calibrate", lambda **_: measured)
    done = CliRunner().invoke(cli, ["calibrate"])
    assert done.exit_code == 0, done.output
    assert measured.foreign_cores is not None and measured.sleep_late is not None
    noise_is(monkeypatch, measured.sleep_late, measured.foreign_cores)
    assert kept("threads") == (measured, "")
    assert all(word in done.stdout for word in ("wake-up", "STALLS", "NOISE", "SHARING"))
    done = CliRunner().invoke(cli, ["calibrate", "-o", str(cache / "mine.json")])
    assert Overheads.load(cache / "mine.json") == measured
