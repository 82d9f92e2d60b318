"""How long a prediction takes: M/M/4, load .8, mean and p99 within 2 %, in fresh processes.

Processor time of `predict` alone, the loading of the compiled engine included, and its figures
beside the formula's.

    python benchmarks/planning/predictions.py [times]
"""

from __future__ import annotations

import statistics
import subprocess
import sys

PREDICT = """
import time
from queuetwin.model import Scenario, predict, theory
pool = Scenario.from_dict({
    "items": 1, "arrivals": {"process": "poisson", "rate": "3.2/s"}, "workers": {"count": 4},
    "service": {"distribution": "exponential", "mean": "1s"},
})
begun = time.process_time()
found = predict(pool, precision=0.02)
took = time.process_time() - begun
form = theory.MMc(arrival_rate=3.2, service_time=1.0, servers=4)
response = found.measures["response_time"]
mean = response["mean"].estimate / form.mean_response_time - 1
p99 = response["p99"].estimate / form.response_time_quantile(0.99) - 1
print(took, found.notes[-1].replace(" ", "_"), f"{mean:+.2%}", f"{p99:+.2%}")
"""


def main(times: int) -> None:
    """Measure and print."""
    took = []
    for _ in range(times):
        answer = subprocess.run([sys.executable, "-c", PREDICT], check=True, text=True,
                                capture_output=True)  # fmt: skip
        seconds, note, mean, p99 = answer.stdout.split()
        took.append(float(seconds))
    print(f"predict, M/M/4, load .8, within 2 %: {statistics.median(took):.2f} s of processor time "
          f"({min(took):.2f} to {max(took):.2f}, {times} processes), {note.replace('_', ' ')}; "
          f"off the formula by {mean} (mean) and {p99} (p99)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
