"""The least number of workers, or the cheapest configuration, that keeps every limit.

Here: the `planner`, the search over worker counts, configurations of other keys, what-ifs, and
the bootstrap of a log that says how sure the answer is.
Not here: the decision on one limit (`estimation.slo_judgement`), and pages
(`queuetwin.reports.plan`).
Start reading at `planner`.
"""
