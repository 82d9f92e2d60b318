"""The texts of options as values, or a fault that names the option."""

import pytest

from queuetwin.model import ScenarioError
from queuetwin.reports.commands.parsing import budget_of


def test_a_budget_is_a_time_above_zero() -> None:
    assert budget_of("2m") == 120


@pytest.mark.parametrize(
    ("text", "said"), [("soon", "--budget = soon   a duration is"), ("0s", "must be longer than 0")]
)
def test_what_is_no_budget_is_refused_under_its_option(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        budget_of(text, "--budget")
