"""Student's interval of a mean over independent values."""

import numpy as np
import pytest

from queuetwin.model.statistics.student import mean_over_replications


def test_the_interval_of_five_known_values() -> None:
    """Mean 3, standard error sqrt(2.5 / 5), and 2.776 of them at 95 % with 4 degrees of freedom."""
    estimate = mean_over_replications(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.95)
    half = 2.7764451 * (2.5 / 5) ** 0.5
    assert estimate.estimate == 3.0
    assert (estimate.low, estimate.high) == pytest.approx((3 - half, 3 + half), rel=1e-6)
    assert estimate.effective_size == 5


def test_values_all_alike_leave_no_doubt() -> None:
    """The bounds are the value itself; whether that may be believed is for the caller to say."""
    estimate = mean_over_replications(np.full(3, 0.25), 0.95)
    assert (estimate.low, estimate.high) == (0.25, 0.25)
