"""The scenario file: every key, its meaning and what it may hold.

Here: one model a table of the file (`scenario`, `stage`, `service`, `slo`, ...), the
JSON schema, advice on unwise scenarios (`lints`), and the arithmetic of how much a scenario asks
for (`traffic`).
Not here: how items come (`arrivals`), times (`distributions`), random numbers (`sampling`) and
command-line options (`queuetwin.reports.cli`).
Start reading at `scenario`.
"""
