"""Variates: their mean, their spread, their law, and that chunks of any size are the same draws.

200,000 variates of each distribution from fixed seeds, so a test passes or fails for good.  With
new seeds, mean and cv (4.5 standard errors each) would raise one false alarm in some 4,000 runs
of this file, and the Kolmogorov-Smirnov tests (1 in 1,000 each) one in some 80.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import SFC64, Generator, SeedSequence
from pydantic import TypeAdapter
from scipy import optimize, stats  # type: ignore[import-untyped]

from queuetwin.model.base.arrays import Floats
from queuetwin.model.distributions.distribution import Sampler
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.distributions.heavy_tails import pareto_span, weibull_power
from queuetwin.model.language.service import Service

COUNT = 200_000
ERRORS = 4.5
KS_FALSE_ALARM = 0.001
LAST = math.nextafter(1, 0)  # the largest uniform

Cdf = Callable[[Floats], Floats]


def weibull_cv(shape: float) -> float:
    return math.sqrt(math.gamma(1 + 2 / shape) / math.gamma(1 + 1 / shape) ** 2 - 1)


def weibull(shape: float) -> Cdf:
    return stats.weibull_min(shape, scale=1 / math.gamma(1 + 1 / shape)).cdf


def bounded_pareto(shape: float, high: float) -> Any:
    """scipy's own, with the lower end at which its mean is 1."""

    def law(low: float) -> Any:
        return stats.truncpareto(shape, high / low, scale=low)

    return law(optimize.brentq(lambda low: law(low).mean() - 1, 1e-3, 1 - 1e-9, xtol=1e-14))


def hyperexponential(cv: float) -> Cdf:
    """Two exponentials, each with half of the work."""
    short = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    return lambda x: 1 - short * np.exp(-2 * short * x) - (1 - short) * np.exp(-2 * (1 - short) * x)


EXPONENTIAL = {"distribution": "exponential", "mean": "10ms"}
WILD = {"distribution": "hyperexponential", "mean": "1s", "cv": 3}
MIXTURE = {"shares": [0.7, 0.3], "parts": [EXPONENTIAL, WILD]}
MIXTURE_MEAN = 0.7 * 0.01 + 0.3 * 1
MIXTURE_CV = math.sqrt((0.7 * 2 * 0.01**2 + 0.3 * 10) / MIXTURE_MEAN**2 - 1)


def mixture(x: Floats) -> Floats:
    seconds = x * MIXTURE_MEAN
    return np.asarray(
        0.7 * stats.expon(scale=0.01).cdf(seconds) + 0.3 * hyperexponential(3)(seconds)
    )


SAMPLES = {"samples": ["1ms", "2ms", "6ms"]}
SIGMA = math.sqrt(math.log1p(0.7**2))
SIGMA_BY_QUANTILES = math.log(8) / stats.norm.ppf(0.99)
FAR, NEAR = bounded_pareto(1.5, 100.0), bounded_pareto(3.0, 1.25)

# what is written, the cv, and the distribution function of a variate where there is one
LAWS: dict[str, tuple[dict[str, Any], float, Cdf | None]] = {
    "deterministic": ({"mean": "20ms"}, 0.0, None),
    "exponential": ({"mean": "20ms"}, 1.0, stats.expon.cdf),
    "uniform": (
        {"low": "10ms", "high": "30ms"}, 1 / math.sqrt(12), stats.uniform(0.5, 1).cdf,
    ),
    "uniform from 0": (
        {"low": "0s", "high": "1s"}, 1 / math.sqrt(3), stats.uniform(0, 2).cdf,
    ),
    "gamma": (
        {"mean": "20ms", "cv": 0.4}, 0.4, stats.gamma(6.25, scale=0.16).cdf,
    ),
    "gamma wild": ({"mean": "20ms", "cv": 2}, 2.0, stats.gamma(0.25, scale=4).cdf),
    "erlang": ({"mean": "20ms", "shape": 4}, 0.5, stats.gamma(4, scale=0.25).cdf),
    "weibull": ({"mean": "20ms", "cv": weibull_cv(3)}, weibull_cv(3), weibull(3)),
    "weibull wild": ({"mean": "20ms", "cv": weibull_cv(0.7)}, weibull_cv(0.7), weibull(0.7)),
    "lognormal": (
        {"mean": "20ms", "cv": 0.7}, 0.7, stats.lognorm(SIGMA, scale=math.exp(-(SIGMA**2) / 2)).cdf,
    ),
    "lognormal by quantiles": (
        {"p50": "10ms", "p99": "80ms"},
        math.sqrt(math.expm1(SIGMA_BY_QUANTILES**2)),
        stats.lognorm(SIGMA_BY_QUANTILES, scale=math.exp(-(SIGMA_BY_QUANTILES**2) / 2)).cdf,
    ),
    "hyperexponential": ({"mean": "20ms", "cv": 3}, 3.0, hyperexponential(3)),
    "hyperexponential at 1": ({"mean": "20ms", "cv": 1}, 1.0, stats.expon.cdf),
    "pareto": (
        {"mean": "20ms", "shape": 6}, 1 / math.sqrt(24), stats.pareto(6, scale=5 / 6).cdf,
    ),
    "pareto with a bound": ({"mean": "20ms", "shape": 1.5, "high": "2s"}, FAR.std(), FAR.cdf),
    "pareto with a near bound": (
        {"mean": "20ms", "shape": 3, "high": "25ms"}, NEAR.std(), NEAR.cdf,
    ),
    "empirical": (SAMPLES, math.sqrt(14 / 3) / 3, None),
    "empirical of a mean": ({**SAMPLES, "mean": "1s"}, math.sqrt(14 / 3) / 3, None),
    "mixture": (MIXTURE, MIXTURE_CV, mixture),
}  # fmt: skip


def stream(number: int) -> Generator:
    return Generator(SFC64(SeedSequence(20, spawn_key=(number,))))


def written(name: str, **changes: Any) -> dict[str, Any]:
    return {"distribution": name.split(maxsplit=1)[0], **LAWS[name][0], **changes}


def made(keys: dict[str, Any], phase: Generator | None = None) -> Sampler:
    """A sampler of fresh generators."""
    one = TypeAdapter[Any](AnyDistribution).validate_python(keys)
    return one.sampler(stream(1), phase or stream(2))


def variates(name: str, count: int = COUNT) -> Floats:
    return made(written(name))(count)[0]


@pytest.mark.parametrize("name", LAWS)
def test_the_mean_is_one_and_the_cv_as_written(name: str) -> None:
    """Within 4.5 standard errors, each estimated from the variates themselves."""
    values = variates(name)
    assert (values.shape, values.dtype) == ((COUNT,), np.dtype(np.float64))
    mean, spread = float(values.mean()), float(values.std())
    cv = spread / mean
    assert mean == pytest.approx(1, abs=ERRORS * spread / math.sqrt(COUNT) + 1e-12)
    # how much one variate moves the estimate of cv, by its influence function
    moves = ((values - mean) ** 2 / max(spread, 1e-12) ** 2 - 1) / 2 - (values - mean) / mean
    error = cv * float(moves.std()) / math.sqrt(COUNT)
    assert cv == pytest.approx(LAWS[name][1], abs=ERRORS * error + 1e-12)


@pytest.mark.parametrize("name", [name for name, (*_, cdf) in LAWS.items() if cdf is not None])
def test_variates_follow_their_law(name: str) -> None:
    """Kolmogorov-Smirnov against the closed form; false alarm 1 in 1,000 for each."""
    assert stats.kstest(variates(name), LAWS[name][2]).pvalue > KS_FALSE_ALARM


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks_of_any_size_are_the_same_draws(name: str, size: int) -> None:
    """Bit for bit, values and rows."""
    total = 3 * 1000 + 5
    whole, rows = made(written(name))(total)
    draw = made(written(name))
    parts = [draw(min(size, total - first)) for first in range(0, total, size)]
    assert np.concatenate([values for values, _ in parts]).tobytes() == whole.tobytes()
    if rows is not None:
        assert [row for _, drawn in parts if drawn is not None for row in drawn] == rows.tolist()


def test_the_first_distributions_draw_what_they_always_drew() -> None:
    """Deterministic, exponential, lognormal and measured times: bit for bit, phase untouched."""
    sigma = math.sqrt(math.log1p(0.7**2))
    normal = stream(1).standard_normal(1000)
    rows = (stream(1).random(1000) * 3).astype(np.int64)
    times = np.array([0.001, 0.002, 0.006])
    expected = {
        "deterministic": (np.ones(1000), None),
        "exponential": (stream(1).standard_exponential(1000), None),
        "lognormal": (np.exp(sigma * normal - sigma**2 / 2), None),
        "empirical": ((times / times.mean())[rows], rows),
    }
    for name, (values, drawn) in expected.items():
        found, found_rows = made(written(name))(1000)
        assert found.tobytes() == values.tobytes()
        assert found_rows is drawn is None or np.array_equal(found_rows, drawn)


def test_a_seed_means_the_same_variates_for_ever() -> None:
    """Pinned; the last digits are left to the processor's exponential and logarithm."""
    assert set(PINNED) == set(LAWS)
    for name, expected in PINNED.items():
        assert variates(name, 3).tolist() == pytest.approx(expected, rel=1e-12)


def test_only_phases_and_parts_use_the_second_generator() -> None:
    """One uniform an item, whichever phase it takes; nothing of it anywhere else."""
    for name in LAWS:
        phase, expected = stream(2), stream(2)
        made(written(name), phase)(10)
        expected.random(10 if name.startswith(("hyperexponential", "mixture")) else 0)
        assert phase.random() == expected.random()


def test_a_mean_shifts_no_draw() -> None:
    """The variates of another mean are the same, so two scenarios share their luck."""
    for name, (keys, *_) in LAWS.items():
        if "mean" in keys and "high" not in keys:
            other = made(written(name, mean="7s"))(100)[0]
            assert other.tobytes() == variates(name, 100).tobytes()


def test_serving_changes_no_draw() -> None:
    """A service is drawn as the distribution in it."""
    for name in LAWS:
        one = TypeAdapter[Any](Service).validate_python(written(name, slowdown=[[2, 0.5]]))
        assert one.sampler(stream(1), stream(2))(100)[0].tobytes() == variates(name, 100).tobytes()


def test_a_part_of_a_mixture_does_not_depend_on_the_others() -> None:
    """Other shares or another neighbour leave the times of the items that stay with a part."""
    constant = {"distribution": "deterministic", "mean": "10ms"}

    def seconds(parts: list[dict[str, Any]], shares: list[float]) -> Floats:
        keys = written("mixture", shares=shares, parts=parts)
        mean: float = TypeAdapter[Any](AnyDistribution).validate_python(keys).mean_time
        return made(keys)(1000)[0] * mean

    before = seconds([constant, WILD], [0.7, 0.3])
    after = seconds([EXPONENTIAL, WILD], [0.6, 0.4])
    stay = ~np.isclose(before, 0.01)
    assert stay.mean() == pytest.approx(0.3, abs=0.06)
    assert after[stay] == pytest.approx(before[stay], rel=1e-12)
    children = stream(1).spawn(2)[1], stream(2).spawn(2)[1]
    alone = TypeAdapter[Any](AnyDistribution).validate_python(WILD).sampler(*children)(1000)[0]
    assert before[stay] == pytest.approx(alone[stay], rel=1e-12)


def test_two_equal_parts_of_a_mixture_are_independent() -> None:
    """Each part has its own draws: which part an item takes matters even between equals."""
    first, second = (
        made(written("mixture", shares=shares, parts=[WILD, WILD]))(2000)[0]
        for shares in ([1, 0], [0, 1])
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
    assert not (first == second).any()


class Always(Generator):
    """A generator whose uniforms are all the same."""

    def __init__(self, uniform: float) -> None:
        super().__init__(SFC64(SeedSequence(1)))
        self.uniform = uniform

    def random(self, size: Any = None, *_: Any, **__: Any) -> Any:
        return np.full(size, self.uniform)


@pytest.mark.parametrize(
    ("uniform", "shares", "part"),
    [(0.0, [0, 1], 1), (0.5, [0.5, 0.5], 1), (LAST, [0.5, 0.5 - 1e-10], 1), (LAST, [0.7, 0.3], 1),
     (0.0, [0.7, 0.3], 0), (0.0, [1, 0], 0), (LAST, [1, 0], 0)],
)  # fmt: skip
def test_a_part_without_a_share_is_never_taken(
    uniform: float, shares: list[float], part: int
) -> None:
    """At the very ends of what a uniform can be, and where the shares round."""
    times = [{"distribution": "deterministic", "mean": mean} for mean in ("1s", "2s")]
    keys = written("mixture", shares=shares, parts=times)
    mean = TypeAdapter[Any](AnyDistribution).validate_python(keys).mean_time
    assert made(keys, Always(uniform))(2)[0] * mean == pytest.approx([part + 1, part + 1])


def test_the_last_uniform_stays_within_the_bound() -> None:
    """Rounding cannot lift the longest time above `high`."""
    for shape in np.linspace(1.01, 5, 40):
        for high in np.linspace(1.01, 9, 40):
            keys = {"mean": "1s", "shape": float(shape), "high": f"{float(high)!r}s"}
            one = TypeAdapter[Any](AnyDistribution).validate_python(
                {"distribution": "pareto", **keys}
            )
            assert one.sampler(Always(LAST), stream(2))(1)[0][0] <= high


@pytest.mark.parametrize("shape", [1 + 1e-9, 1.5, 2, 40, 1e6])
@pytest.mark.parametrize("high", [math.nextafter(1, 2), 1.001, 1.25, 100.0, 1.8e8])
def test_a_bound_holds_and_keeps_the_mean(shape: float, high: float) -> None:
    """No variate is outside, whatever the shape, and the lower end gives mean 1."""
    keys = {"distribution": "pareto", "mean": "1s", "shape": shape, "high": f"{high!r}s"}
    values = made(keys)(20_000)[0]
    span = pareto_span(shape, high)
    low = high * math.exp(-span)
    assert low * (1 - 1e-12) <= values.min()
    assert values.max() <= high
    # the mean is the lower end and the integral of the probability to lie above
    steps = low * np.exp(np.linspace(0, span, 200_001))
    above = (low / steps) ** shape * -np.expm1(-shape * (span - np.log(steps / low)))
    above /= max(-math.expm1(-shape * span), 1e-300)
    tail = ((above[1:] + above[:-1]) / 2 * np.diff(steps)).sum()
    assert low + tail == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("cv", [1e-4, 1e-3, 0.1, 0.5, 1, 2, 10, 100])
def test_a_weibull_has_the_cv_that_is_written(cv: float) -> None:
    """Over the whole range that a file may hold; at cv 1 it is exponential."""
    power = weibull_power(cv)
    found = math.sqrt(math.expm1(math.lgamma(1 + 2 * power) - 2 * math.lgamma(1 + power)))
    assert found == pytest.approx(cv, rel=1e-6)
    if cv == 1:
        assert power == pytest.approx(1, rel=1e-12)


PINNED = {
    "deterministic": [1.0, 1.0, 1.0],
    "exponential": [0.26481960789613995, 0.9655963228625195, 0.5361727465063199],
    "uniform": [1.0478253842170229, 0.9707464843085286, 0.8967603214993035],
    "uniform from 0": [1.0956507684340457, 0.9414929686170574, 0.793520642998607],
    "gamma": [1.273192361770008, 0.8851943837722542, 1.8614396446958055],
    "gamma wild": [0.36027041458359416, 0.09912265482693515, 0.0649482501512598],
    "erlang": [1.3292816129456906, 0.841508377856245, 2.113758616785704],
    "weibull": [0.7191318956993195, 1.1068540873487338, 0.9097598165931775],
    "weibull wild": [0.11837770019908846, 0.7514607074482991, 0.3242793715054564],
    "lognormal": [1.321855010767383, 2.6295824197961406, 0.7398024164101904],
    "lognormal by quantiles": [1.3201007651176444, 3.494771669066704, 0.5805059596787242],
    "hyperexponential": [0.13978874941948177, 0.5097035808237417, 0.28302631478981116],
    "hyperexponential at 1": [0.26481960789613995, 0.9655963228625195, 0.5361727465063199],
    "pareto": [0.870937592169525, 0.9788382826901354, 0.9112304660010384],
    "pareto with a bound": [0.6013995640910046, 0.5415157090466401, 0.49629638491653805],
    "pareto with a near bound": [0.9946743546137322, 0.9681173838637306, 0.9451023514313277],
    "empirical": [0.6666666666666665, 0.6666666666666665, 0.6666666666666665],
    "empirical of a mean": [0.6666666666666665, 0.6666666666666665, 0.6666666666666665],
    "mixture": [0.01889469330160613, 0.034459662722075284, 0.09684863224606004],
}
