"""From a scenario and a seed to arrays of random variates.

Here: the random `streams`, the `draws` that an engine takes, and the
`workload`, which is the recipe of them all.
Not here: instants; what happens with the variates is for the engines and the real pool.
Start reading at `workload`.
"""
