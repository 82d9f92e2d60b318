"""Every row of the table of distributions is known to all that must know one.

Each is made of the examples beside its fields, so a new row is walked without a line here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.distributions.families import DISTRIBUTIONS, AnyDistribution
from queuetwin.model.fitting.distribution_choice import choose_distribution
from queuetwin.model.fitting.distribution_fits import MAXIMUM_LIKELIHOOD_FITS
from queuetwin.model.language.schema import scenario_schema
from queuetwin.model.language.service import Service
from queuetwin.reports.presentation.language_page import language_page

COUNT = 50_000
# Of these `fit` never says that a log follows them.
NOT_FITTED: tuple[str, ...] = ()

SCHEMA = scenario_schema()
EVERY = pytest.mark.parametrize("kind", DISTRIBUTIONS, ids=lambda kind: kind.__name__)


def name_of(kind: type[Distribution]) -> str:
    """As a file writes it."""
    return str(SCHEMA["$defs"][kind.__name__]["properties"]["distribution"]["const"])


def example_of(kind: type[Distribution]) -> dict[str, Any]:
    """The table made of the examples of what a file must say."""
    schema = SCHEMA["$defs"][kind.__name__]
    either: Mapping[str, Any] = schema.get("oneOf", [{}])[0]
    needed = [*schema["required"], *either.get("required", ())]
    fields = {key: schema["properties"][key] for key in needed}
    return {key: one.get("const") or one["examples"][0] for key, one in fields.items()}


def made(kind: type[Distribution], folder: Path, union: Any = AnyDistribution) -> Any:
    """One of a kind, with measured times beside it for the example that names a file."""
    times = "\n".join(f"{time:.3f}" for time in np.linspace(1, 40, 200))
    (folder / "service_times.csv").write_text(f"service_ms\n{times}\n", encoding="utf-8")
    return TypeAdapter[Any](union).validate_python(example_of(kind), context={"folder": folder})


def times_of(distribution: Any) -> Any:
    """Times in seconds."""
    generators = [np.random.default_rng(seed) for seed in (1, 2)]
    return distribution.sampler(*generators)(COUNT)[0] * distribution.mean_time


@EVERY
def test_draws_have_the_mean(kind: type[Distribution], tmp_path: Path) -> None:
    """Within 5 standard errors."""
    distribution = made(kind, tmp_path)
    times = times_of(distribution)
    error = times.std() / COUNT**0.5
    assert abs(times.mean() - distribution.mean_time) <= 5 * error + 1e-12


@EVERY
def test_draws_follow_the_survival_function(kind: type[Distribution], tmp_path: Path) -> None:
    """At five quantiles, within 5 standard errors; strictly above, where times are steps."""
    distribution = made(kind, tmp_path)
    times = times_of(distribution)
    limits = np.quantile(times, [0.05, 0.25, 0.5, 0.9, 0.99]) * (1 + 1e-9)
    survival = distribution.survival(limits)
    shares = np.array([(times > limit).mean() for limit in limits])
    errors = np.sqrt(np.maximum(survival * (1 - survival), 1 / COUNT) / COUNT)
    assert (np.abs(shares - survival) <= 5 * errors).all(), (shares, survival)


@EVERY
def test_a_service_may_take_it(kind: type[Distribution], tmp_path: Path) -> None:
    """It is drawn as the distribution itself, and its keys stand in the schema."""
    service = made(kind, tmp_path, Service)
    assert isinstance(service, kind)
    assert service.text() == made(kind, tmp_path).text()
    assert times_of(service).tobytes() == times_of(made(kind, tmp_path)).tobytes()
    assert name_of(kind) in SCHEMA["properties"]["service"]["discriminator"]["mapping"]


@EVERY
def test_the_language_page_explains_it(kind: type[Distribution]) -> None:
    assert f'| `distribution = "{name_of(kind)}"` | ' in language_page()
    assert f"one of {len(DISTRIBUTIONS)} kinds" in language_page()


def test_each_can_be_fitted_or_is_said_not_to_be(tmp_path: Path) -> None:
    fitted = {"mixture", "deterministic", "empirical"}  # `choose_distribution` has rules for these
    constant, few = np.ones(100), np.array([1.0, 2.0])
    assert choose_distribution(constant, np.random.default_rng(1)).name == "deterministic"
    assert choose_distribution(few, np.random.default_rng(1)).name == "empirical"
    for kind in DISTRIBUTIONS:
        times = times_of(made(kind, tmp_path))[:2000]
        if times.std() > 0:
            fits = [_fitted(fit, times) for fit in MAXIMUM_LIKELIHOOD_FITS]
            fitted |= {fit.name for fit in fits if fit is not None}
    assert fitted | set(NOT_FITTED) == set(map(name_of, DISTRIBUTIONS))


def _fitted(fit: Any, times: Any) -> Any:
    try:
        return fit(times)
    except (ValueError, OverflowError):  # no parameter, or none that a scenario can say
        return None
