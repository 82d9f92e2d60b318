"""Numbers in, estimates out.

Here: batch means, ratio estimators, quantiles with intervals, streaming accumulators, sequential
stopping and group-sequential levels.
Not here: scenarios and runs; which figures a run has is said in `records`, which of them get an
interval in `estimation`.
Start reading at `estimate`, then `ratio_estimators`.
"""
