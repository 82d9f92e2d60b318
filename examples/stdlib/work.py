"""A real task on real files: parse, compress and hash one module of the standard library."""

import ast
import hashlib
import sysconfig
import zlib
from functools import cache
from pathlib import Path

FEWEST_BYTES = 20_000


@cache
def files() -> tuple[Path, ...]:
    """The larger modules of Python's own standard library, in a fixed order."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    return tuple(path for path in sorted(folder.glob("*.py")) if path.stat().st_size > FEWEST_BYTES)


def process(payload: int) -> str:
    """Work on the file of this number."""
    content = files()[payload % len(files())].read_bytes()
    ast.parse(content)
    return hashlib.sha256(zlib.compress(content, 9)).hexdigest()
