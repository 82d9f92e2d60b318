"""All that a service-time distribution is.

Here: its parameters and moments (`families`), its variates, its survival function, and
distributions that are measured `samples`.
Not here: which random number goes to which item (`sampling`), and how a distribution is chosen
for a log (`fitting`).
Start reading at `families`.
"""
