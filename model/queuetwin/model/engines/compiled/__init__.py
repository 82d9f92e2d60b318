"""The compiled engine: the same run as the reference engine's, bit for bit, much sooner.

Here: `fcfs`, a recursion for pools in which no item overtakes another (`fcfs_stream` where only
figures are wanted); `event_driven`, for the whole language, in steps by `admission`, `service`
and `workers` on the plain arrays of `state`.
Not here: SimPy, estimators.
Start reading at `engine`, then `fcfs_kernel`.
"""
