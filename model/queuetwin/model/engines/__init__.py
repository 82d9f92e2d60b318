"""From variates to the records of a run, by two engines with one meaning.

Here: `simulation.simulate`, the entry; `reference`, on SimPy, which is read to learn the system;
`compiled`, on numba, which is fast.  Tests hold the two equal bit for bit.
Not here: estimates; an engine writes down what happened and nothing else.
Start reading at `simulation`, then `reference.station`.
"""
