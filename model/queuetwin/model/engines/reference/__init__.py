"""The executable specification of a station, on SimPy's clock and event list.

Read it to learn the system: `station` (an item's way from its offer to its final outcome), with
`producers` before it, `lane` (a queue with its blocked items) and `workers` (who is available)
in it, on an `event_calendar` of absolute instants, into an `event_log`.  `engine` puts them
together and ends the run; `shared_processor_station` is the variant on shared processors.
"""
