"""A grid of configurations, computed cell by cell.

Here: the `sweeper`, one `cell`, the store that a second start goes on from, and the merging of
parts.
Not here: clusters and real runs of cells (`queuetwin.reports.sweep`).
Start reading at `sweeper`.
"""
