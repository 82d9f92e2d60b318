"""Charts are Vega-Altair specifications, rendered here to static SVG.

One specification a chart, and no drawing by hand.  Series are thinned before they become a
specification; a chart never holds more than a few hundred points a line.
"""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
from numpy.typing import NDArray

_TAIL_POINTS = 150


def svg(chart: alt.Chart | alt.LayerChart, background: str = "transparent") -> str:
    """A chart as static SVG text."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg({**chart.to_dict(), "background": background}))


def tail_points(times: NDArray[np.float64]) -> Iterator[tuple[float, float]]:
    """Times in seconds and the share of all that is above each, down to one of them."""
    values: NDArray[np.float64] = np.sort(times)
    if not len(values):
        return
    shares = np.geomspace(0.9, 1 / max(len(values), 2), _TAIL_POINTS)
    for share in shares:
        rank = min(int((1 - share) * len(values)), len(values) - 1)
        if values[rank] > 0:
            yield float(values[rank]), float((values > values[rank]).mean() or 1 / len(values))
