"""A real task on real files: parse, compress and hash one module of the standard library.

It parses with `tokenize`, which is Python and so lets other threads run meanwhile; a parser in C
(`ast.parse`) holds the interpreter for as long as a file takes, also from whoever sends items.
"""

import hashlib
import io
import sysconfig
import tokenize
import zlib
from functools import cache
from pathlib import Path

FEWEST_BYTES, MOST_BYTES = 60_000, 200_000


@cache
def files() -> tuple[Path, ...]:
    """Large modules of Python's own standard library, in a fixed order."""
    modules = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    return tuple(path for path in modules if FEWEST_BYTES < path.stat().st_size < MOST_BYTES)


def process(payload: int) -> str:
    """Work on the file of this number."""
    content = files()[payload % len(files())].read_bytes()
    assert names(content)
    return hashlib.sha256(zlib.compress(content, 9)).hexdigest()


def names(content: bytes) -> set[str]:
    """Every name in a module: the part that is Python, and so holds the GIL.

    Compressing and hashing do not.
    """
    tokens = tokenize.tokenize(io.BytesIO(content).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}
