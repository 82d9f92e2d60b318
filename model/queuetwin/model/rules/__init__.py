"""Rules that both engines and the real pool apply.

Here: which waiting item is next, how long an attempt occupies a worker, how a breakdown
stretches it.
Not here: clocks and state; each caller brings its own, so real threads may call these rules too.
Start reading at `queue_discipline`.
"""
