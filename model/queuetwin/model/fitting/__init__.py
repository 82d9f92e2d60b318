"""From a log to a scenario, with how each value was found and what the log does not show.

Here: the window of the log that is used, service times and late stamps, fits of distributions
and arrival processes, the choice among them, the fitted scenario, and its holdout validation.
Not here: reading the log (`logs`).
Start reading at `fitter`.
"""
