"""The formulas of a pool with its numbers put in, step by step, for whoever learns them."""

from __future__ import annotations

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.theory import MMc, MMcK, Prediction
from queuetwin.reports.presentation.wording import scenario_text

Line = tuple[str, str, str]


def explanation_text(scenario: Scenario, prediction: Prediction) -> str:
    """The way to the figures of a pool that has a closed form."""
    rate, stage = scenario.arrivals.mean_rate, scenario.stage
    assert rate is not None
    servers, mean = stage.workers.number, stage.service.mean_time
    places = stage.queue.capacity
    head = [
        ("lambda", "", f"{rate:g}/s"),
        ("E[S]", "", _ms(mean)),
        ("a", "lambda E[S]", f"{rate * mean:.4g}"),
        ("rho", "a/c", f"{rate * mean / servers:.4g}"),
    ]
    if places is not None and stage.queue.when_full == "reject":
        limited = MMcK(
            arrival_rate=rate, service_time=mean, servers=servers, system_capacity=servers + places
        )
        lines = [*head, *_limited(limited)]
    else:
        unlimited = MMc(arrival_rate=rate, service_time=mean, servers=servers)
        lines = [*head, *_unlimited(unlimited)]
    response = prediction.measures["response_time"]
    quantiles = "   ".join(
        f"{name} {_ms(response[name])}" for name in ("p50", "p95", "p99") if name in response
    )
    title = f" {prediction.system}: {scenario_text(scenario)}"
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    rows = [
        f" {name.ljust(widths[0])}  {f'= {formula}' if formula else '':{widths[1] + 2}}  = {value}"
        for name, formula, value in lines
    ]
    if quantiles:
        rows.append(f" response  {quantiles}")
    return "\n".join([title, f" {prediction.reading}", "", *rows])


def _unlimited(pool: MMc) -> list[Line]:
    spare = pool.servers / pool.service_time - pool.arrival_rate
    return [
        (
            "P(wait)",
            f"C(c, a), Erlang C of {pool.servers} and {pool.offered_load:.4g}",
            f"{pool.delay_probability:.4g}",
        ),
        (
            "W_q",
            f"C/(c mu - lambda) = {pool.delay_probability:.4g} / ({spare:.4g}/s)",
            _ms(pool.mean_waiting_time),
        ),
        ("W", "W_q + E[S]", _ms(pool.mean_response_time)),
        ("L_q", "lambda W_q (Little)", f"{pool.mean_queue_depth:.4g}"),
        ("L", "lambda W (Little)", f"{pool.mean_in_system:.4g}"),
    ]


def _limited(pool: MMcK) -> list[Line]:
    return [
        (
            "P_K",
            f"share lost: {pool.system_capacity} in the system",
            f"{pool.loss_probability:.4g}",
        ),
        ("lambda'", "lambda (1 - P_K), what gets in", f"{pool.throughput:.4g}/s"),
        ("L_q", "sum over n above c of (n - c) P_n", f"{pool.mean_queue_depth:.4g}"),
        ("W_q", "L_q/lambda' (Little), of those that get in", _ms(pool.mean_waiting_time)),
        ("W", "W_q + E[S]", _ms(pool.mean_response_time)),
        ("L", "lambda' W (Little)", f"{pool.mean_in_system:.4g}"),
    ]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.4g} ms"
