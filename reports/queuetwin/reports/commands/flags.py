"""The flags that stand for keys of a scenario; light, since `--help` reads them.

Each flag gives the key, how its text becomes a value, and what it says.
"""

FLAGS: dict[str, tuple[str, type, str]] = {
    "--items": ("items", int, "how many items"),
    "--duration": ("duration", str, "for how long items arrive, such as 60s"),
    "--rate": ("arrivals.rate", str, "arrivals, such as 320/s"),
    "--producers": ("arrivals.producers", int, "how many producers"),
    "--workers": ("workers.count", int, "how many workers"),
    "--capacity": ("queue.capacity", int, "waiting places"),
    "--when-full": ("queue.when_full", str, "block, reject or drop-oldest"),
    "--order": ("queue.order", str, "fifo, lifo or priority"),
    "--service": ("service.mean", str, "mean service time, such as 20ms"),
    "--seed": ("seed", int, "seed of all chance"),
}

# the flags of the program that this project grew from
ORIGINAL_FLAGS: dict[str, tuple[str, type, str]] = {
    "--consumers": ("workers.count", int, "workers, as the original program calls them"),
    "--processing-time": ("service.mean", str, "time of an item, in seconds or with a unit"),
    "--failure-rate": ("failures.probability", float, "share of items that fail at once"),
    "--timeout": ("workers.idle_timeout", str, "how long a worker waits for an item, then leaves"),
    "--rate-limit": ("arrivals.rate", str, "pause after each put, in seconds or with a unit"),
}

# which column of a log is what
COLUMN_FLAGS: dict[str, tuple[str, str]] = {
    "--arrival": ("COLUMN", "when an item came"),
    "--start": ("COLUMN", "when its service began"),
    "--end": ("COLUMN", "when it ended"),
    "--duration": ("COLUMN", "how long it took"),
    "--duration-is": ("KIND", "service, or response: with the waiting in it"),
    "--task": ("COLUMN", "the name of its task"),
    "--worker": ("COLUMN", "who served it"),
    "--status": ("COLUMN", "how it ended"),
    "--unit": ("UNIT", "of numbers without one: s, ms, us, ns, or what a size of 1 lasts"),
}
