"""What a figure depends on beside its scenario: versions, and how this machine rounds.

Two that agree in all of it compute the same figures to the bit.  NumPy takes other instructions
for logarithms and powers on other processors, and these may differ in the last bit, so beside
the versions stands a digest of what they give here.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

_PACKAGES = ("queuetwin", "numba", "numpy", "scipy")

DRAW_VERSION = 1


def versions() -> dict[str, str]:
    """What the figures of a cell depend on beside its scenario, by name."""
    return dict(_found())


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In what the one there differs from the one here, in words; empty where in nothing.

    >>> differing({"numpy": "2.4.0", "python": "3.11.7"}, {"numpy": "2.3.1", "python": "3.11.7"})
    'numpy 2.3.1, not 2.4.0'
    """
    names = dict.fromkeys((*here, *there))
    return ", ".join(
        f"{name} {there.get(name, 'not known')}, not {here.get(name, 'known')}"
        for name in names
        if here.get(name) != there.get(name)
    )


@cache
def _found() -> tuple[tuple[str, str], ...]:
    found = {"draws": str(DRAW_VERSION), "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return (*found.items(), ("arithmetic", _arithmetic()))


def _arithmetic() -> str:
    """A digest of the functions that draws are made with."""
    some = np.linspace(0.01, 9.0, 1001)
    values = (np.log(some), np.log1p(some), np.exp(some), np.expm1(some), some**1.7)
    return hashlib.sha256(b"".join(value.tobytes() for value in values)).hexdigest()[:8]


def machine_memory() -> int | None:
    """Bytes of memory, used or not: what caches hold gives way; None where nobody says."""
    if not hasattr(os, "sysconf"):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
