"""Model against real runs of the same items, and the faces of the result.

Here: the model levels, paired differences, verdicts, causes and advice; then the text,
page, charts and document of a comparison, and the self-test with its injected faults.
Not here: executing anything (`queuetwin.realrun`).
Start reading at `comparer`.
"""
