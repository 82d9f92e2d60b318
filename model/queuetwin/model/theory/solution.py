"""What theory says of a scenario, or why it says nothing.

Law: the policy is read, not only the letters.  With schedule pacing, first come first served, a
full queue that blocks only moves the waiting to the producer: start instants are those of the
unbounded system, whose L_q is then queue_depth + held_back.  Nothing is approximated in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.theory.markov_pool import MarkovPool
from queuetwin.model.theory.mmc import MMc
from queuetwin.model.theory.mmck import MMcK


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Long-run figures from a closed form: measure -> statistic -> value (seconds, items, shares).

    `system` is its Kendall name; `reading` says how the scenario was read as that system.
    `pool` has the laws of waiting and response times, None where only figures are known.
    """

    system: str
    reading: str
    measures: Mapping[str, Mapping[str, float]]
    pool: MarkovPool | None = None


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
    rate, mean, servers = scenario.arrivals.mean_rate, stage.service.mean_time, stage.workers.number
    assert rate is not None
    places = stage.queue.capacity
    if _has_no_places(scenario.stage):
        return _without_places(scenario.stage, rate, mean, servers)
    if places is not None and stage.queue.when_full == "reject":
        return _limited(rate, mean, servers, places, stage.failures.probability)
    if rate * mean >= servers:
        load = rate * mean / servers
        reason = f"{load:.0%} of what the workers can do is asked for: there is no steady state"
        raise scenario.source.error("workers.count", str(servers), reason)
    return _unlimited(rate, mean, servers, places, stage.failures.probability)


def _refuse_what_has_no_form(scenario: Scenario) -> None:
    stage, arrivals = scenario.stage, scenario.arrivals
    queue, workers, failures = stage.queue, stage.workers, stage.failures
    comes_back = failures.happen and failures.attempts > 1
    cheap = failures.probability > 0 and failures.cost != "full"
    by_class = any(
        item_class.service or item_class.failure_probability is not None
        for item_class in scenario.classes
    )
    reasons = (
        (arrivals.process != "poisson", "arrivals.process", "arrivals are not Poisson"),
        (arrivals.pacing != "schedule", "arrivals.pacing", "a full queue slows the arrivals down"),
        (
            stage.service.distribution != "exponential" and not _has_no_places(scenario.stage),
            "service.distribution",
            "service is not exponential",
        ),
        (bool(stage.service.slowdown), "service.slowdown", "service slows down under load"),
        (by_class, "class", "items differ by class"),
        (queue.when_full == "drop-oldest", "queue.when_full", "waiting items are dropped"),
        (queue.order != "fifo", "queue.order", "items are not served first come first served"),
        (queue.patience is not None, "queue.patience", "items leave while they wait"),
        (workers.own_queue, "workers.own_queue", "each machine has its own queue"),
        (bool(workers.speeds), "workers.speeds", "workers differ in speed"),
        (bool(workers.schedule), "workers.schedule", "the number of workers changes"),
        (workers.idle_timeout is not None, "workers.idle_timeout", "idle workers leave"),
        (workers.breakdown is not None, "workers.breakdown", "workers fail"),
        (failures.time_limit is not None, "failures.time_limit", "attempts are cut short"),
        (comes_back, "failures.attempts", "failed items come back"),
        (cheap, "failures.cost", "failing items take less time"),
    )
    for holds, key, reason in reasons:
        if holds:
            raise scenario.source.error(key, "", f"no closed form here: {reason}")


def _has_no_places(stage: Stage) -> bool:
    queue = stage.queue
    return queue.capacity == 0 and queue.when_full == "reject"


def _without_places(stage: Stage, rate: float, mean: float, servers: int) -> Prediction:
    """Erlang's loss formula: of the service time only the mean matters (M/G/c/c)."""
    pool = MMcK(arrival_rate=rate, service_time=mean, servers=servers, system_capacity=servers)
    figures = _shared(pool, rate, stage.failures.probability)
    if stage.service.distribution != "exponential":
        # The time in the system is the service time: its mean is known, its quantiles are not.
        figures["response_time"] = {"mean": mean}
    figures["queue_depth"] = {"mean": 0.0}
    figures["loss_ratio"] = {"mean": pool.loss_probability}
    figures["throughput"] = {"mean": pool.throughput * (1 - stage.failures.probability)}
    letter = "M" if stage.service.distribution == "exponential" else "G"
    return Prediction(
        system=f"M/{letter}/{servers}/{servers}",
        reading="no waiting places: Erlang's loss formula, whatever the shape of the service time",
        measures=figures,
    )


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
    return Prediction(system=f"M/M/{servers}", reading=reading, measures=figures, pool=pool)


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
        pool=pool,
    )


def _shared(pool: MMc | MMcK, rate: float, failing: float) -> dict[str, dict[str, float]]:
    """Figures that both kinds of pool give; a failure at full cost changes no time."""
    statistics = MEASURES["response_time"].statistics
    shares = {name: name.quantile for name in statistics if name.quantile is not None}
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
