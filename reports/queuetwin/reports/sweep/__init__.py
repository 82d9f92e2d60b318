"""The faces of a sweep, and its two ways to compute cells elsewhere.

Here: text, tables, charts, page, document; cells on real workers and on a Dask cluster.
Not here: the grid itself (`queuetwin.model.sweeping`).
Start reading at `text`.
"""
