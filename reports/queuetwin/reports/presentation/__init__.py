"""How anything is written: words, units, tables, pages, charts, the console.

Here: what all faces share.
Not here: comparisons, plans, sweeps and fits, which this room does not know.
Start reading at `wording`.
"""
