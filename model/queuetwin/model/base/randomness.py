"""The only place where random generators are made; each is given by its seed.

Law: the same arguments give the same numbers for ever, so no line here may change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence


def stream_generator(seed: int, key: Sequence[int]) -> Generator:
    """One stream of the draws of a workload; streams of different keys are independent."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=tuple(key))))


def reference_generators() -> tuple[Generator, Generator]:
    """Two generators, always the same, for figures that a distribution has no closed form of."""
    return Generator(SFC64(1)), Generator(SFC64(2))


def analysis_generator(seed: int) -> Generator:
    """For what an analysis of data takes by chance, such as resampling and subsamples."""
    return np.random.default_rng(seed)
