"""What everything else stands on and what knows no queue.

Here: errors that say what to write instead (`errors`, `faults`), quantities with units, the
fields of which the language is made, TOML with line numbers, columns of CSV files, array types,
and what a figure depends on beside its scenario (`environment`).
Not here: anything that knows what a queue, a scenario or a run is.
Start reading at `errors`.
"""
