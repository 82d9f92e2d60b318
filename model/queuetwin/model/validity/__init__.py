"""Whether a real run may be believed.

Here: the words (`checks`), one module for each group of checks, the `certificate` that puts them
together, and the `replay` of a run's own measured times.
Not here: what is done about a disturbed run (`queuetwin.reports.comparison`).
Start reading at `certificate`.
"""
