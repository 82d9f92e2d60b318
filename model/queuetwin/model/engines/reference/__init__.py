"""The executable specification of the pool, on SimPy's clock and event list.

Read it to learn the system: `pool` (an item's way from arrival to final outcome), `lane` (a
queue with its blocked arrivals), `workers` (who serves and who is away), on an `event_calendar`
of absolute instants, into an `event_log`.
"""
