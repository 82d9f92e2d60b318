"""From records to estimates with intervals.

Here: the `summary` of one run, one run that is extended until it is long enough
(`steady_state`), independent `replications`, predictions, paired differences, transients, SLO
windows, what all simulations that can be extended have in common (`estimator`), and the decision
whether a limit is kept (`slo_judgement`).
Not here: the estimators themselves (`statistics`), and whether a real run may be believed
(`validity`).
Start reading at `summary`, then `prediction`.
"""
