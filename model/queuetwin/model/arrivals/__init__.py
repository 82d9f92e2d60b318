"""All that an arrival process is: its keys, its rate, its interarrival times, its properties.

Here: a class for each process, which owns all four, and the table of them (`processes`).
Not here: which generator belongs to which stream (`sampling`), and how a process is chosen for a
log (`fitting`).
Start reading at `process`, which says what a class must have.
"""
