"""The compiled waiting times are those of the textbook's heap of free instants, bit for bit."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.engines.fcfs_waits import fcfs_waits

pytestmark = pytest.mark.slow

_SECONDS = st.floats(min_value=0, max_value=1e6, allow_subnormal=False)
_ITEMS = st.lists(st.tuples(_SECONDS | st.just(0.0), _SECONDS | st.just(0.0)), max_size=60)


def _by_heap(arrivals: list[float], services: list[float], workers: int) -> list[float]:
    free = [float("-inf")] * workers
    waits = []
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, free[0])
        heapq.heapreplace(free, start + service)
        waits.append(start - arrival)
    return waits


@given(items=_ITEMS, workers=st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_waits_are_those_of_a_heap_of_free_instants(items, workers):
    arrivals = np.cumsum([gap for gap, _ in items])
    services = np.array([service for _, service in items])
    waits = fcfs_waits(arrivals, services, workers)
    assert waits.tolist() == _by_heap(arrivals.tolist(), services.tolist(), workers)


def test_items_may_come_before_zero():
    arrivals, services = np.array([-3.0, -2.5, -2.0]), np.array([2.0, 0.0, 1.0])
    assert fcfs_waits(arrivals, services, 1).tolist() == [0.0, 1.5, 1.0]


def test_strided_arrays_are_served_as_they_stand():
    both = np.array([[0.0, 3.0], [1.0, 1.0]])
    assert fcfs_waits(both[:, 0], both[:, 1], 1).tolist() == [0.0, 2.0]
