"""Runs: saved and loaded equal, sealed, and nothing else taken for one."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import NEVER, altered, hand_made, poisson, pool
from queuetwin.model import Run, simulate
from queuetwin.model.records.run import SCHEMA, Outcome


@pytest.fixture
def run() -> Run:
    failing = {"items": 200, "failures": {"probability": 0.3, "attempts": 2}}
    return simulate(poisson("10/s", "50ms", 1, failing))


def test_saved_and_loaded_it_is_equal(run: Run, tmp_path: Path) -> None:
    """Header and all three tables survive, NaN and types included."""
    path = tmp_path / "run.npz"
    run.save(path)
    loaded = Run.load(path)
    assert loaded == run
    assert loaded.header == run.header
    for name in ("items", "attempts", "workers"):
        mine, theirs = getattr(run, name), getattr(loaded, name)
        assert {key: column.dtype for key, column in mine.items()} == {
            key: column.dtype for key, column in theirs.items()
        }


def test_the_name_of_a_saved_run_is_kept(run: Run, tmp_path: Path) -> None:
    """No suffix is added behind the caller's back."""
    run.save(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_saved_run_holds_no_pickle(run: Run, tmp_path: Path) -> None:
    """The file is plain arrays named table.column, and one JSON header."""
    path = tmp_path / "run.npz"
    run.save(path)
    with np.load(path, allow_pickle=False) as archive:
        assert json.loads(str(archive["header"]))["schema"] == SCHEMA
        assert {name.partition(".")[0] for name in archive.files} == {
            "header", "items", "attempts", "workers",
        }  # fmt: skip
        assert all(archive[name].dtype.kind in "fiU" for name in archive.files)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    """An array of objects, which could run code, is refused."""
    path = tmp_path / "run.npz"
    np.savez(path, header=np.array({"schema": SCHEMA}, dtype=object))
    with pytest.raises(ValueError, match="is not a saved Run"):
        Run.load(path)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("planned,offered\n1,2\n")


def _broken_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and then nothing of use")


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def _other_arrays(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, x=np.arange(3))


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(3))


def _header_alone(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.array(json.dumps({"schema": SCHEMA})))


def _header_of_another_kind(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.array("[1, 2]"))


@pytest.mark.parametrize(
    "make",
    [_empty, _text, _broken_zip, _other_zip, _other_arrays, _one_array, _header_alone,
     _header_of_another_kind],
)  # fmt: skip
def test_what_is_no_run_is_refused(make: Any, tmp_path: Path) -> None:
    """Every other file gives one error with its name."""
    path = tmp_path / "thing.npz"
    make(path)
    with pytest.raises(ValueError, match=r"thing\.npz is not a saved Run"):
        Run.load(path)


def _resaved(run: Run, path: Path, change: Any) -> None:
    run.save(path)
    with np.load(path) as archive:
        arrays: dict[str, Any] = {name: archive[name] for name in archive.files}
    change(arrays)
    with path.open("wb") as file:
        np.savez(file, **arrays)


def test_a_run_with_columns_missing_or_strange_is_refused(run: Run, tmp_path: Path) -> None:
    """Every column is there, of one length, and there are no others."""
    path = tmp_path / "run.npz"
    for change in (
        lambda arrays: arrays.pop("items.planned"),
        lambda arrays: arrays.update({"items.colour": arrays["items.planned"]}),
        lambda arrays: arrays.update({"colours.red": arrays["items.planned"]}),
        lambda arrays: arrays.update({"colour": arrays["items.planned"]}),
        lambda arrays: arrays.update({"items.planned": arrays["items.planned"][1:]}),
    ):
        _resaved(run, path, change)
        with pytest.raises(ValueError, match="is not a saved Run"):
            Run.load(path)


def test_a_run_of_another_schema_is_named(run: Run, tmp_path: Path) -> None:
    """A later version's file is told from a file of another kind, new header fields or not."""

    def later(arrays: dict[str, Any]) -> None:
        header = json.loads(str(arrays["header"]))
        header.update(schema="queuetwin/run/2", colour="red")
        arrays["header"] = np.array(json.dumps(header))

    path = tmp_path / "run.npz"
    _resaved(run, path, later)
    with pytest.raises(ValueError, match=f"of schema queuetwin/run/2, this reads {SCHEMA}"):
        Run.load(path)


def test_a_file_that_cannot_be_read_is_an_error_of_the_system(tmp_path: Path) -> None:
    """A missing file is not called a bad one."""
    with pytest.raises(FileNotFoundError):
        Run.load(tmp_path / "nowhere.npz")


def test_records_are_read_only(run: Run) -> None:
    """Neither an array nor a table nor the record can be altered."""
    for name in ("items", "attempts", "workers"):
        table = getattr(run, name)
        for column in table.values():
            with pytest.raises(ValueError, match="read-only"):
                column[0] = 0
        with pytest.raises(TypeError):
            table["colour"] = 1
    with pytest.raises(AttributeError):
        run.items = {}  # type: ignore[misc]


def test_a_run_keeps_no_hand_on_the_arrays_it_was_made_of() -> None:
    """What a producer does to its arrays afterwards changes no record."""
    one = hand_made([(0, 0, 0, Outcome.COMPLETED, 1)], [], window=1)
    planned = np.zeros(1)
    two = replace(one, items={**one.items, "planned": planned})
    planned[0] = 7
    assert two.items["planned"][0] == 0


def test_tables_that_are_not_whole_are_refused() -> None:
    """A missing column or one of another length is an error at once."""
    run = hand_made([(0, 0, 0, Outcome.COMPLETED, 1)], [], window=1)
    short = {name: column for name, column in run.items.items() if name != "class"}
    with pytest.raises(ValueError, match="items has columns"):
        replace(run, items=short)
    with pytest.raises(ValueError, match="columns of items differ in length"):
        replace(run, items={**run.items, "class": [1, 2]})


def test_equality_is_of_header_and_events(run: Run) -> None:
    """One value makes a difference, NaN does not; headers count for `==` alone."""
    assert run == simulate(poisson("10/s", "50ms", 1, {
        "items": 200, "failures": {"probability": 0.3, "attempts": 2}}))  # fmt: skip
    assert run != altered(run, "items", "planned", 3, 0.5)
    assert run != altered(run, "attempts", "started", 3, NEVER)
    other = replace(run, header=replace(run.header, engine="hand"))
    assert run != other
    assert run.same_events(other)
    assert run != "run"
    assert run != simulate(pool())
