"""What theory says of a scenario, or why it says nothing.

Law: the policy is read, not only the letters.  With schedule pacing, first come first served, a
full queue that blocks only moves the waiting to the producer: start instants are those of the
unbounded system, whose L_q is then queue_depth + held_back.  Nothing is approximated in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queuetwin.model.measures import MEASURES
from queuetwin.model.scenario import Scenario
from queuetwin.model.theory.mmc import MMc
from queuetwin.model.theory.mmck import MMcK

__all__ = ["Prediction", "solve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Long-run figures from a closed form: measure -> statistic -> value (seconds, items, shares).

    `system` is its Kendall name; `reading` says how the scenario was read as that system.
    """

    system: str
    reading: str
    measures: Mapping[str, Mapping[str, float]]


def solve(scenario: Scenario) -> Prediction:
    """The closed form of a scenario: M/M/c, or M/M/c/K where a full queue rejects.

    Raises ScenarioError, with the key that has no closed form here and why.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1000, "arrivals": {"process": "poisson",
    ...     "rate": "8/s"}, "workers": {"count": 1},
    ...     "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> round(solve(pool).measures["response_time"]["mean"], 9)
    0.5
    """
    _refuse_what_has_no_form(scenario)
    stage = scenario.stage
    rate, mean, servers = scenario.arrivals.rate, stage.service.mean_time, stage.workers.count
    assert rate is not None
    places = stage.queue.capacity
    if places is not None and stage.queue.when_full == "reject":
        return _limited(rate, mean, servers, places, stage.failures.probability)
    if rate * mean >= servers:
        load = rate * mean / servers
        reason = f"{load:.0%} of what the workers can do is asked for: there is no steady state"
        raise scenario.source.error("workers.count", str(servers), reason)
    return _unlimited(rate, mean, servers, places, stage.failures.probability)


def _refuse_what_has_no_form(scenario: Scenario) -> None:
    stage, arrivals = scenario.stage, scenario.arrivals
    failures = stage.failures
    comes_back = failures.probability > 0 and failures.attempts > 1
    cheap = failures.probability > 0 and failures.cost == "none"
    reasons = (
        (arrivals.process != "poisson", "arrivals.process", "arrivals are not Poisson"),
        (arrivals.pacing != "schedule", "arrivals.pacing", "a full queue slows the arrivals down"),
        (
            stage.service.distribution != "exponential",
            "service.distribution",
            "service is not exponential",
        ),
        (comes_back, "failures.attempts", "failed items come back"),
        (cheap, "failures.cost", "failing items take no time"),
    )
    for holds, key, reason in reasons:
        if holds:
            raise scenario.source.error(key, "", f"no closed form here: {reason}")


def _unlimited(
    rate: float, mean: float, servers: int, places: int | None, failing: float
) -> Prediction:
    pool = MMc(arrival_rate=rate, service_time=mean, servers=servers)
    waiting, load = pool.mean_queue_depth, pool.utilisation
    # P(N_q >= j) = C rho^j, and the queue holds min(N_q, places).
    beyond = 0.0 if places is None else waiting * load**places
    reading = (
        "no limit on the queue" if places is None else "a waiting producer only moves the waiting"
    )
    figures = _shared(pool, rate, failing)
    figures["queue_depth"] = {"mean": waiting - beyond}
    figures["held_back"] = {"mean": beyond}
    figures["queue_time"] = {"mean": (waiting - beyond) / rate}
    figures["producer_delay"] = {"mean": beyond / rate}
    figures["loss_ratio"] = {"mean": 0.0}
    figures["throughput"] = {"mean": rate * (1 - failing)}
    return Prediction(system=f"M/M/{servers}", reading=reading, measures=figures)


def _limited(rate: float, mean: float, servers: int, places: int, failing: float) -> Prediction:
    pool = MMcK(
        arrival_rate=rate, service_time=mean, servers=servers, system_capacity=servers + places
    )
    figures = _shared(pool, rate, failing)
    figures["queue_depth"] = {"mean": pool.mean_queue_depth}
    figures["queue_time"] = {"mean": pool.mean_waiting_time}
    figures["loss_ratio"] = {"mean": pool.loss_probability}
    figures["throughput"] = {"mean": pool.throughput * (1 - failing)}
    return Prediction(
        system=f"M/M/{servers}/{servers + places}",
        reading="an item that finds the queue full is lost",
        measures=figures,
    )


def _shared(pool: MMc | MMcK, rate: float, failing: float) -> dict[str, dict[str, float]]:
    """Figures that both kinds of pool give; a failure at full cost changes no time."""
    quantiles = MEASURES["response_time"].statistics[1:]
    shares = {name: float(name[1:]) / 100 for name in quantiles}
    carried = pool.throughput if isinstance(pool, MMcK) else rate
    return {
        "response_time": {
            "mean": pool.mean_response_time,
            **{name: pool.response_time_quantile(share) for name, share in shares.items()},
        },
        "waiting_time": {
            "mean": pool.mean_waiting_time,
            **{name: pool.waiting_time_quantile(share) for name, share in shares.items()},
        },
        "service_time": {"mean": pool.service_time},
        "busy_workers": {"mean": pool.mean_busy},
        "in_system": {"mean": pool.mean_in_system},
        "utilisation": {"mean": pool.utilisation},
        "failure_ratio": {"mean": failing * carried / rate},
    }
