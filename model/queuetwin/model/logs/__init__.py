"""Reading what other programs wrote.

Here: lines and columns of text, one module for each kind of log, their common record `log`,
cleaning, and a log seen as a run (`as_run`).
Not here: distributions and processes that a log may be drawn from (`fitting`).
Start reading at `formats`, then `log`.
"""
