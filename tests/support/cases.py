"""Scenarios of the whole language, small enough for real threads: one base, and what is changed."""

from typing import Any

BASE: dict[str, Any] = {
    "items": 200,
    "arrivals": {"process": "poisson", "rate": "1k/s"},
    "queue": {"capacity": 5},
    "workers": {"count": 3},
    "service": {"distribution": "exponential", "mean": "2ms"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no limit": {"queue.capacity": None},
    "reject": {"queue.when_full": "reject", "queue.capacity": 1},
    "periodic": {"arrivals.process": "periodic"},
    "backlog": {"arrivals": {"process": "backlog"}},
    "gap pacing": {"arrivals.pacing": "gap"},
    "three producers": {"arrivals.producers": 3},
    "three periodic producers": {"arrivals.producers": 3, "arrivals.process": "periodic"},
    "three gap-paced producers": {"arrivals.producers": 3, "arrivals.pacing": "gap"},
    "duration": {"duration": "150ms"},
    "duration by gap": {"duration": "150ms", "arrivals.pacing": "gap"},
    "duration a rounding after an item": {
        "duration": "100ms",
        "arrivals": {"process": "periodic", "rate": "100/s"},
    },
    "one place, one worker": {"queue.capacity": 1, "workers.count": 1, "items": 80},
    "deterministic": {"service.distribution": "deterministic"},
    "lognormal": {"service": {"distribution": "lognormal", "p50": "1ms", "p99": "8ms"}},
    "empirical": {"service": {"distribution": "empirical", "samples": ["1ms", "2ms", "5ms"]}},
    "failures": {"failures": {"probability": 0.3}},
    "retries": {"failures": {"probability": 0.3, "attempts": 3, "backoff": "3ms"}},
    "retries at once through one place": {
        "failures": {"probability": 0.5, "attempts": 4},
        "queue.capacity": 1,
    },
    "nothing but failures": {"failures": {"probability": 1.0, "attempts": 2, "backoff": "1ms"}},
    "cheap failures": {"failures": {"probability": 0.3, "attempts": 2, "cost": "none"}},
    "retries that are refused": {
        "failures": {"probability": 0.5, "attempts": 3, "backoff": "1ms"},
        "queue.when_full": "reject",
        "queue.capacity": 1,
    },
}
TWO_CLASSES = [
    {"name": "quick", "share": 0.7, "priority": 0},
    {
        "name": "slow",
        "share": 0.3,
        "priority": 5,
        "service": {"distribution": "gamma", "mean": "4ms", "cv": 0.5},
        "failure_probability": 0.2,
    },
]
EXPONENTIAL = {"distribution": "exponential", "mean": "10ms"}
CHANGES |= {
    "renewal": {"arrivals": {"process": "renewal", "gap": {**EXPONENTIAL, "mean": "1ms"}}},
    "renewal by gap": {
        "arrivals": {
            "process": "renewal",
            "gap": {"distribution": "erlang", "mean": "1ms", "shape": 3},
            "pacing": "gap",
            "producers": 2,
        }
    },
    "batch": {
        "arrivals": {
            "process": "batch",
            "rate": "1k/s",
            "size": {"distribution": "geometric", "mean": 4},
        }
    },
    "profile": {
        "arrivals": {"process": "profile", "points": [["0s", "500/s"], ["50ms", "3k/s"]]},
    },
    "linear profile": {
        "arrivals": {
            "process": "profile",
            "points": [["0s", "500/s"], ["100ms", "2k/s"], ["200ms", "0/s"]],
            "shape": "linear",
        },
        "duration": "200ms",
    },
    "bursty": {
        "arrivals": {"process": "bursty", "rates": ["3k/s", "100/s"], "stays": ["20ms", "40ms"]},
    },
    "trace": {
        "arrivals": {"process": "trace", "times": ["0s", "1ms", "1ms", "4ms", "20ms", "0.1s"]},
        "items": None,
    },
    "closed": {"arrivals": {"process": "closed", "users": 8, "think": EXPONENTIAL}},
    "closed for a time, through a full queue": {
        "arrivals": {"process": "closed", "users": 12, "think": EXPONENTIAL},
        "duration": "100ms",
        "queue.capacity": 1,
    },
    "closed with rejects, drops and retries": {
        "arrivals": {"process": "closed", "users": 12, "think": {**EXPONENTIAL, "mean": "1ms"}},
        "queue": {"capacity": 1, "when_full": "reject"},
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "work": {"service.cpu_share": 1, "items": 60},
    "work and waiting": {"service.cpu_share": "30%", "items": 60},
    "uniform": {"service": {"distribution": "uniform", "low": "1ms", "high": "3ms"}},
    "weibull": {"service": {"distribution": "weibull", "mean": "2ms", "cv": 0.5}},
    "hyperexponential": {"service": {"distribution": "hyperexponential", "mean": "2ms", "cv": 2}},
    "pareto": {"service": {"distribution": "pareto", "mean": "2ms", "shape": 3, "high": "9ms"}},
    "mixture": {
        "service": {
            "distribution": "mixture",
            "shares": [0.9, 0.1],
            "parts": [{**EXPONENTIAL, "mean": "1ms"}, {**EXPONENTIAL, "mean": "9ms"}],
        }
    },
    "slowdown": {"service.slowdown": [[2, "50%"], [3, 2]]},
    "speeds": {"workers.speeds": [1, 0.5, 4]},
    "lifo": {"queue.order": "lifo"},
    "priority": {"queue.order": "priority", "class": TWO_CLASSES},
    "classes, first come first served": {"class": TWO_CLASSES},
    "drop-oldest": {"queue": {"capacity": 2, "when_full": "drop-oldest"}},
    "drop-oldest of the least urgent": {
        "queue": {"capacity": 2, "when_full": "drop-oldest", "order": "priority"},
        "class": TWO_CLASSES,
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "patience": {"queue": {"capacity": 5, "patience": {**EXPONENTIAL, "mean": "2ms"}}},
    "patience and retries": {
        "queue.patience": {**EXPONENTIAL, "mean": "3ms"},
        "queue.capacity": 2,
        "failures": {"probability": 0.4, "attempts": 4, "backoff": "1ms"},
    },
    "machines": {"workers": {"machines": 2, "per_machine": 2}},
    "own queues in turn": {"workers": {"machines": 2, "per_machine": 2, "own_queue": True}},
    "own queues at random": {
        "workers": {"machines": 3, "per_machine": 1, "own_queue": True, "routing": "random"},
        "queue.capacity": 2,
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "own queues, the shortest": {
        "workers": {"machines": 3, "per_machine": 1, "own_queue": True, "routing": "shortest"},
    },
    "a worker lost and back": {"workers.schedule": [["40ms", 2], ["90ms", 3]]},
    "all away for a while": {"workers.schedule": [["40ms", 0], ["60ms", 4]]},
    "breakdowns, resumed": {
        "workers.breakdown": {"every": {**EXPONENTIAL, "mean": "20ms"}, "repair": EXPONENTIAL},
    },
    "breakdowns, restarted": {
        "workers.breakdown": {
            "every": {**EXPONENTIAL, "mean": "20ms"},
            "repair": EXPONENTIAL,
            "item": "restarted",
        },
    },
    "breakdowns, failed": {
        "workers.breakdown": {
            "every": {**EXPONENTIAL, "mean": "20ms"},
            "repair": EXPONENTIAL,
            "item": "failed",
        },
        "failures": {"attempts": 3, "backoff": "1ms"},
    },
    "idle timeout that nobody reaches": {"workers.idle_timeout": "5s"},
    "growing backoff": {
        "failures": {"probability": 0.5, "attempts": 4, "backoff": "1ms", "growth": "exponential"}
    },
    "jitter": {"failures": {"probability": 0.5, "attempts": 3, "backoff": "4ms", "jitter": True}},
    "failures that cost a part": {
        "failures": {"probability": 0.5, "attempts": 3, "cost": "uniform"}
    },
    "time limit": {"failures": {"time_limit": "2ms", "attempts": 2}},
}  # fmt: skip
