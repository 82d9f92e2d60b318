"""The real bounded queue and who waits at it.

Here: the `line` under one lock, its lanes, the workers on shift (`attendance`), and the thread
that brings about what is due (`timekeeper`).
Not here: threads, processes and brokers (`backends`); the order of a queue is shared with the
model (`queuetwin.model.rules`).
Start reading at `line`.
"""
