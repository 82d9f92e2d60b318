"""A statistic is its name, and knows which quantile it is."""

import json

import pytest

from queuetwin.model.records.measures import MEASURES, parse_statistic
from queuetwin.model.statistics.statistic import MAXIMUM, MEAN, Statistic


@pytest.mark.parametrize(("name", "quantile"), [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)])
def test_a_quantile_and_what_lies_beyond(name: str, quantile: float) -> None:
    """The share below and the share above are both told by the name."""
    statistic = Statistic(name)
    assert statistic.quantile == pytest.approx(quantile, abs=1e-15)
    assert statistic.share_beyond == pytest.approx(1 - quantile, abs=1e-15)


@pytest.mark.parametrize("statistic", [MEAN, MAXIMUM])
def test_others_are_no_quantiles(statistic: Statistic) -> None:
    """A mean and a maximum have no share below them."""
    assert statistic.quantile is None
    assert statistic.share_beyond is None


@pytest.mark.parametrize("text", ["", "p", "p100", "median", "P99", "p9x", "p99."])
def test_what_names_none_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="names no statistic"):
        Statistic(text)


def test_documents_hold_its_name() -> None:
    """It is plain text to whatever only carries it."""
    assert json.dumps({Statistic("p95"): 1}) == '{"p95": 1}'
    assert {"p95": 1}[Statistic("p95")] == 1


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_the_statistics_that_it_shows(name: str) -> None:
    """Each is found again by measure and name."""
    for statistic in MEASURES[name].statistics:
        assert parse_statistic(f"{name}.{statistic}") == (MEASURES[name], statistic)
