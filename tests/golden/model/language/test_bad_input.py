"""Bad input: each fault named with its file and line, exit 3, nothing run, nothing written.

The cases are in `bad_input.txt`, with what must be said of a line at the end of that line.
"""

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from queuetwin.model import Scenario
from queuetwin.reports.cli.main import main

GOOD = {
    "": "items = 100",
    "arrivals": '[arrivals]\nprocess = "poisson"\nrate = "100/s"',
    "queue": "[queue]\ncapacity = 10",
    "workers": "[workers]\ncount = 2",
    "service": '[service]\ndistribution = "exponential"\nmean = "10ms"',
    "failures": "[failures]\nprobability = 0.1",
}
BAD = Path(__file__).with_name("bad_input.txt")
COMMAND = "from queuetwin.reports.cli.main import main; main()"
MARK = "  #! "
HEADING = re.compile(r"(?m)^(?=\[\[?\w)")


@dataclass(frozen=True)
class Case:
    """A scenario file, the files beside it, and all that must be said, in the file's order."""

    name: str
    text: str
    beside: dict[str, str]
    told: list[str]

    @staticmethod
    def read(written: str) -> "Case":
        name, _, written = written.partition("\n")
        scenario, *files = written.split("\n--- ")
        text = in_place_of_the_good(scenario)
        told = [
            f"pool.toml:{number}  {said}"
            for number, line in enumerate(text.split("\n"), start=1)
            for said in line.split(MARK)[1:]
        ]
        return Case(name, text, dict(file.split("\n", 1) for file in files), told)

    def write(self, folder: Path) -> None:
        (folder / "pool.toml").write_text(self.text, encoding="utf-8")
        for name, content in self.beside.items():
            (folder / name).write_text(content, encoding="utf-8")


def in_place_of_the_good(written: str) -> str:
    """The good scenario with these tables in the place of its own, and without some."""
    top, *tables = HEADING.split(written)
    removed = re.findall(r"(?m)^without (\w+)\n?", top)
    top = re.sub(r"(?m)^without \w+\n?", "", top)
    kept = {name: text for name, text in GOOD.items() if name not in removed}
    if top.strip():
        kept[""] = top
    seen: set[str] = set()
    for table in tables:
        name, inner = re.findall(r"^\[\[?(\w+)(\.?)", table)[0]
        replaces = not inner and name not in seen
        kept[name] = table if replaces else f"{kept[name].rstrip()}\n{table}"
        seen.add(name)
    return "".join(f"{text.rstrip()}\n" for text in kept.values())


CASES = {
    case.name: case for case in map(Case.read, re.split(r"(?m)^=== ", BAD.read_text("utf-8"))[1:])
}
Told = Callable[..., list[str]]


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Told:
    """What a command says, having refused its input and neither run nor written anything."""

    def refused(*words: str) -> list[str]:
        before = contents(tmp_path)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["queuetwin", *words])
        monkeypatch.setattr(threading.Thread, "start", nothing_runs)
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        assert (left.value.code, out) == (3, "")
        assert contents(tmp_path) == before
        *lines, last = err.splitlines()
        count = re.fullmatch(r"(1(?= problem;)|\d+(?= problems;)) problems?; nothing was run", last)
        assert count is not None
        return lines[-int(count[1]) :]

    return refused


def nothing_runs(_: threading.Thread) -> None:
    raise AssertionError("a thread was started")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_with_its_line(name: str, tmp_path: Path, told: Told) -> None:
    """Every fault of a file, and nothing else, with file, line and what to write instead."""
    assert CASES[name].told
    CASES[name].write(tmp_path)
    assert told("run", "pool.toml") == CASES[name].told


def test_what_the_cases_change_is_good(tmp_path: Path) -> None:
    """Without a case's change there is nothing to be said."""
    path = tmp_path / "pool.toml"
    path.write_text(in_place_of_the_good(""))
    assert Scenario.load(path).items == 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["zero workers", "a table without an end", "two faults"])
def test_the_command_itself_leaves_with_3(name: str, tmp_path: Path) -> None:
    """As a process of its own: no traceback, nothing on standard output."""
    CASES[name].write(tmp_path)
    before = contents(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "run", "pool.toml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[:-1] == CASES[name].told
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)), "pool.toml:1   is not a text file (TOML in UTF-8 is needed)"),
        (b"\xff\xfei\x00", "pool.toml:1   is not a text file (TOML in UTF-8 is needed)"),
        (b"", "pool.toml:1   is empty: `queuetwin init` writes one to start from"),
        (b"items = " + b"[" * 5000, "pool.toml:1   is not a scenario: its lists are too deep"),
        (b"#" * 10_000_001, "pool.toml:1   is too large for a scenario file"),
    ],
    ids=["binary", "UTF-16", "empty", "deep", "large"],
)
def test_a_file_that_is_no_scenario_is_named(
    content: bytes, said: str, tmp_path: Path, told: Told
) -> None:
    """Rubbish is refused by name."""
    (tmp_path / "pool.toml").write_bytes(content)
    assert told("run", "pool.toml") == [said]


def test_a_number_that_python_does_not_read_is_named(tmp_path: Path, told: Told) -> None:
    """Python refuses to read so many digits; that too is the file's fault."""
    (tmp_path / "pool.toml").write_text(f"items = {'9' * 5000}\n")
    (said,) = told("run", "pool.toml")
    assert said.startswith("pool.toml:")
    assert "is not TOML" in said


def test_only_line_feeds_end_a_line(tmp_path: Path, told: Told) -> None:
    """As in TOML: neither a form feed nor a line separator is a line's end."""
    text = in_place_of_the_good("[workers]\n# one\u2028line\u0085still\ncount = 0\n")
    (tmp_path / "pool.toml").write_text(text, encoding="utf-8")
    number = text.split("\n").index("count = 0") + 1
    assert told("run", "pool.toml") == [
        f"pool.toml:{number}  workers.count = 0   must be at least 1"
    ]


def test_what_only_the_model_finds_out_has_its_line(tmp_path: Path, told: Told) -> None:
    """An attempt that no up time is long enough for is seen when it is drawn."""
    always = '{ distribution = "deterministic", mean = "1ms" }'
    breakdown = f'[workers.breakdown]\nevery = {always}\nrepair = {always}\nitem = "restarted"\n'
    (tmp_path / "pool.toml").write_text(in_place_of_the_good(breakdown))
    assert told("simulate", "pool.toml") == [
        "pool.toml:9  workers.breakdown   an attempt is restarted for ever: no up time is long "
        'enough for it; write longer ones, or item = "resumed"'
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (".", ".   cannot be read: Is a directory"),
        ("missing.toml", "missing.toml   cannot be read: No such file or directory"),
    ],
)
def test_a_path_that_cannot_be_read_is_named(target: str, said: str, told: Told) -> None:
    """A folder or a missing file is refused by name."""
    assert told("run", target) == [said]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run pool.toml --workers 0", ["workers.count = 0   must be at least 1"]),
        ("simulate pool.toml --rate 5",
         ['arrivals.rate = "5"   a rate needs a unit: write "5/s" or "5/min"']),
        ("simulate --rate 5/s --service 5",
         ['service.mean = "5"   a duration needs a unit: write "5s" or "5ms"']),
        ("compare pool.toml --capacity -1 --workers 0",
         ["queue.capacity = -1   must be at least 0", "workers.count = 0   must be at least 1"]),
        ("simulate pool.toml --items 5 --duration 5s",
         ['duration = "5s"   a run ends by items or by duration: give one of the two, '
          'such as items = 20_000 or duration = "60s"']),
    ],
)  # fmt: skip
def test_what_a_flag_says_is_not_blamed_on_the_file(
    words: str, said: list[str], tmp_path: Path, told: Told
) -> None:
    """A fault of the command line is no line of a file that has none."""
    (tmp_path / "pool.toml").write_text(in_place_of_the_good(""))
    assert told(*words.split()) == said
