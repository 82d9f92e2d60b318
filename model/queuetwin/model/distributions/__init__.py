"""All that the distribution of a time is: its parameters, its mean, its variates, its survival.

Here: a class for each distribution, which owns all four, and the table of them (`families`).
Not here: which random number goes to which item (`sampling`), and how a distribution is chosen
for a log (`fitting`).
Start reading at `distribution`, which says what a class must have.
"""
