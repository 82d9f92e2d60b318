"""How many examples the long property tests take: few every time, many on demand.

`THOROUGHNESS=100 pytest tests/property` takes a hundred times as many.
"""

import os

_TIMES = int(os.environ.get("THOROUGHNESS", "1"))


def examples(usual: int) -> int:
    """So many, or a multiple on demand."""
    return usual * _TIMES
