"""The one format that engines, real pools, logs and reports exchange.

Here: the `run` with its tables and header, the builder of its `tables`, the `measures` that are
read off them, exact `figures` of one run, and the laws that every run keeps (`conservation`).
Not here: intervals (`estimation`), and how a run comes about (`engines`, `logs`, `realrun`).
Start reading at `run`, then `measures`.
"""
