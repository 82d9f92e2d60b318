"""Arrivals that come in bursts: two states in turn, each with its rate (an MMPP of two states).

Law: with D0 = Q - R and R the matrix of rates, the likelihood of gaps d is pi prod exp(D0 d) R 1.
The product is taken pairwise over all gaps at once, so a likelihood of thousands of gaps takes
milliseconds without a compiled loop.  (Fischer and Meier-Hellstern, Performance Evaluation 1993.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import Floats

_MOST = 20_000
_ITEMS_A_BIN = (4, 16, 64, 256)
_LEAST = 1e-12
_STEPS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Mmpp:
    """Rates (a second) and mean stays (seconds) of two states, and the log likelihood."""

    rates: tuple[float, float]
    stays: tuple[float, float]
    likelihood: float


def fit_bursts(gaps: Floats) -> Mmpp:
    """The likeliest two states for gaps in seconds, shape (gaps,)."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    part = gaps[:_MOST]
    starts = [start for items in _ITEMS_A_BIN if (start := _start(part, items)) is not None]
    starts = starts or [np.log([2 / part.mean(), 0.5 / part.mean(), 10 * part.mean(),
                                10 * part.mean()])]  # fmt: skip
    best = max(starts, key=lambda one: _likelihood(one, part))
    found = minimize(
        lambda logs: -_likelihood(logs, part), best, method="Nelder-Mead",
        options={"maxfev": _STEPS, "xatol": 1e-3, "fatol": 0.05},
    )  # fmt: skip
    rate, other, stay, away = np.exp(found.x).tolist()
    total = _likelihood(found.x, gaps)
    if rate < other:
        rate, other, stay, away = other, rate, away, stay
    return Mmpp(rates=(rate, other), stays=(stay, away), likelihood=total)


def _start(gaps: Floats, items: int) -> Floats | None:
    """A first guess: counts in bins are busy or quiet, and stay so for a while."""
    instants = np.cumsum(gaps)
    width = items * float(gaps.mean())
    counts = np.bincount((instants / width).astype(np.int64))
    busy = counts > counts.mean()
    changes = int((busy[1:] != busy[:-1]).sum())
    if busy.all() or not busy.any() or not changes:
        return None
    turns = max(changes / 2, 0.5)
    rates = counts[busy].mean() / width, max(counts[~busy].mean(), 0.05) / width
    stays = busy.sum() * width / turns, (~busy).sum() * width / turns
    guess: Floats = np.log([*rates, *stays])
    return guess


def _likelihood(logs: Floats, gaps: Floats) -> float:
    """Log likelihood; `logs` are the logarithms of two rates and two mean stays."""
    if not np.isfinite(logs).all() or np.abs(logs).max() > 40:  # noqa: PLR2004 - out of all reach
        return -math.inf
    rate, other, stay, away = np.exp(logs).tolist()
    leave, back = 1 / stay, 1 / away
    # D0 = [[-(rate + leave), leave], [back, -(other + back)]] has two real eigenvalues.
    first, second = rate + leave, other + back
    root = math.sqrt((first - second) ** 2 + 4 * leave * back)
    fast, slow = (first + second + root) / 2, (first + second - root) / 2
    decay_slow = np.exp(-slow * gaps)
    decay_fast = np.exp(-fast * gaps)
    # exp(D0 d) = decay_slow (D0 + fast I) / root - decay_fast (D0 + slow I) / root
    share = (decay_slow - decay_fast) / root
    stays_first = decay_slow * (fast - first) / root - decay_fast * (slow - first) / root
    stays_second = decay_slow * (fast - second) / root - decay_fast * (slow - second) / root
    matrices = np.empty((4, len(gaps)))
    matrices[0], matrices[1] = stays_first * rate, share * leave * other
    matrices[2], matrices[3] = share * back * rate, stays_second * other
    a, b, c, d, log_scale = _product(np.maximum(matrices, 0.0))
    share_first = stay / (stay + away)
    # The first gap begins at an arrival, where busy states weigh as their arrivals do.
    weight = share_first * rate / (share_first * rate + (1 - share_first) * other)
    total = weight * (a + b) + (1 - weight) * (c + d)
    return log_scale + math.log(total) if total > 0 else -math.inf


def _product(matrices: Floats) -> tuple[float, float, float, float, float]:
    """The ordered product of 2 x 2 matrices, shape (4, count), scaled, and the log of its scale."""
    log_scale = 0.0
    while matrices.shape[1] > 1:
        if matrices.shape[1] % 2:
            identity = np.array([[1.0], [0.0], [0.0], [1.0]])
            matrices = np.concatenate([matrices, identity], axis=1)
        a, b, c, d = matrices[:, 0::2]
        e, f, g, h = matrices[:, 1::2]
        matrices = np.stack([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h])
        scale = np.maximum(matrices.max(axis=0), _LEAST**4)
        log_scale += float(np.log(scale).sum())
        matrices = matrices / scale
    a, b, c, d = matrices[:, 0].tolist()
    return a, b, c, d, log_scale
