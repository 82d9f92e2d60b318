"""What this machine adds to each step, measured before a run.

Here: `calibrate_machine`, stalls, noise, the profile of a task (`pilot`), and the store of what
was measured.
Not here: how the model uses it (`queuetwin.model.machine`).
Start reading at `calibrate_machine`.
"""
