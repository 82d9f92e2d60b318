"""docs/language.md: as the models say it, whole, and true: the loader accepts all it shows."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from project import ROOT
from queuetwin.model import Scenario, simulate
from queuetwin.model.base.faults import written
from queuetwin.model.language.schema import scenario_schema
from queuetwin.reports.presentation.language_page import language_page

PAGE = ROOT / "docs" / "language.md"
TEXT = PAGE.read_text(encoding="utf-8")
SCHEMA = scenario_schema()
KEY = re.compile(r"`(\w+)`(?: \((all but )?(.+)\))?")
KIND = re.compile(r'^\| `(\w+) = "([\w-]+)"` \|', re.MULTILINE)

BASE: dict[str, Any] = {
    "items": 3,
    "arrivals": {"process": "poisson", "rate": "320/s"},
    "workers": {"count": 8},
    "service": {"distribution": "exponential", "mean": "20ms"},
}
# What the loader wants beside a key; where nothing is said of it, as for "".
BESIDE: dict[str, dict[str, tuple[str, ...]]] = {
    "workers": {
        "": ("count",),
        "machines": ("per_machine",),
        "per_machine": ("machines",),
        "own_queue": ("machines", "per_machine"),
        "routing": ("machines", "per_machine", "own_queue"),
    },
    "lognormal": {"": ("mean", "cv"), "p50": ("p99",), "p99": ("p50",)},
    "trace": {"": ("file",), "times": (), "payloads": ("times",)},
}
FILES = {
    "access.csv": "time_s,url\n0,a\n0.5,b\n1,c\n",
    "service_times.csv": "service_ms\n12\n15\n",
}


@dataclass(frozen=True)
class Shown:
    """One row of the page: a key of a table, of which kind, and its example."""

    table: str
    kind: str
    key: str
    needed: bool
    value: Any


def rows() -> Iterator[Shown]:
    """Every row of every table, once for each kind that has the key."""
    for section in TEXT.split("\n## ")[2:]:
        table = section.partition("\n")[0].strip("`[]")
        kinds = [name for _, name in KIND.findall(section)] or [""]
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            key = KEY.fullmatch(cells[0])
            if key is None or len(cells) != 5:
                continue
            named = key[3].split(", ") if key[3] else kinds
            value = tomllib.loads(cells[4].strip("`"))[key[1]]
            for kind in [one for one in kinds if one not in named] if key[2] else named:
                yield Shown(table, kind, key[1], cells[3] == "needed", value)


ROWS = list(rows())


def mentioned(table: str, kind: str = "") -> dict[str, Shown]:
    return {row.key: row for row in ROWS if (row.table, row.kind) == (table, kind)}


def complete(row: Shown) -> dict[str, Any]:
    """The table of one example, with what the loader wants beside it."""
    known = mentioned(row.table, row.kind)
    beside = BESIDE.get(row.kind or row.table, {})
    keys = {key for key, one in known.items() if one.needed}
    keys |= {row.key, *beside.get(row.key, beside.get("", ()))}
    tag = "process" if row.table == "arrivals" else "distribution"
    return {**({tag: row.kind} if row.kind else {}), **{key: known[key].value for key in keys}}


def scenario_of(row: Shown) -> dict[str, Any]:
    """A whole scenario around one example."""
    if row.table == "The top of the file":
        data = {key: value for key, value in BASE.items() if key != "items"}
        return {**data, **({} if row.key == "duration" else {"items": 3}), row.key: row.value}
    table = complete(row)
    places: dict[str, dict[str, Any]] = {
        "Distributions": {"service": table},
        "service": {"service": {**BASE["service"], **table}},
        "arrivals.size": {"arrivals": {"process": "batch", "rate": "9/s", "size": table}},
        "workers.breakdown": {"workers": {"count": 8, "breakdown": table}},
        "class": {"class": [table, {"name": "rest", "share": 1 - table.get("share", 0)}]},
        "slo": {"slo": [table]},
        "what_if": {"what_if": [table]},
    }
    return {**BASE, **places.get(row.table, {row.table: table})}


def name_of(row: Shown) -> str:
    return ".".join(part for part in (row.table, row.kind, row.key) if part)


def test_the_page_is_as_the_models_say() -> None:
    """Where it is not: `python -m queuetwin.reports.presentation.language_page` writes it."""
    assert language_page() == TEXT


def test_every_key_is_on_the_page() -> None:
    """Each key of each table and of each kind is shown there, and nothing else."""
    tables = SCHEMA["$defs"]
    plain = {"queue": "Queue", "workers": "Workers", "workers.breakdown": "Breakdown",
             "failures": "Failures", "class": "ItemClass", "slo": "Slo",
             "what_if": "Alternative", "fitted": "FittedFrom"}  # fmt: skip
    for table, name in plain.items():
        assert mentioned(table).keys() == tables[name]["properties"].keys()
    linked = set(re.findall(r"^\| \[`\[+(\w+)\]+`\]", TEXT, re.MULTILINE))
    assert mentioned("The top of the file").keys() | linked == SCHEMA["properties"].keys()
    unions = {"arrivals": SCHEMA["properties"]["arrivals"],
              "service": SCHEMA["properties"]["service"],
              "arrivals.size": tables["Batch"]["properties"]["size"],
              "Distributions": tables["ItemClass"]["properties"]["service"]}  # fmt: skip
    seen = set(plain.values())
    for table, union in unions.items():
        for kind, place in union["discriminator"]["mapping"].items():
            name = place.rpartition("/")[2]
            keys = mentioned(table, kind).keys()
            if table == "service":
                keys = mentioned(table).keys() | mentioned("Distributions", kind).keys()
            tag = union["discriminator"]["propertyName"]
            assert keys | {tag} == tables[name]["properties"].keys(), (table, kind)
            seen.add(name)
    assert seen >= tables.keys()


def test_every_kind_and_table_has_its_place() -> None:
    """Kinds are listed with what they mean, and every link leads to a heading."""
    for union in (SCHEMA["properties"]["arrivals"], SCHEMA["properties"]["service"],
                  SCHEMA["$defs"]["Batch"]["properties"]["size"]):  # fmt: skip
        tag = union["discriminator"]["propertyName"]
        for kind in union["discriminator"]["mapping"]:
            assert (tag, kind) in KIND.findall(TEXT)
    headings = {
        re.sub(r"[^a-z ]", "", line.lower()) for line in re.findall("^## (.*)$", TEXT, re.M)
    }
    assert set(re.findall(r"\(#([a-z]+)\)", TEXT)) <= headings


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_example_is_accepted(row: Shown, tmp_path: Path) -> None:
    """As a file, with the files that it speaks of beside it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = tmp_path / "pool.toml"
    lines = [f"{key} = {written(value)}\n" for key, value in scenario_of(row).items()]
    path.write_text("".join(lines), encoding="utf-8")
    scenario = Scenario.load(path)
    assert Scenario.from_dict(scenario.to_dict()) == scenario


def test_the_page_begins_with_a_complete_file(tmp_path: Path) -> None:
    """It has every table, and the model runs it."""
    text = TEXT.partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "pool.toml"
    path.write_text(text, encoding="utf-8")
    given = tomllib.loads(text)
    assert given.keys() == SCHEMA["properties"].keys() - {"duration"}
    run = simulate(Scenario.load(path).changed({"items": 500}))
    assert run.header.ended == "complete"
