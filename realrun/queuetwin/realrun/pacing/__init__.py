"""When items are sent.

Here: the `pacer` with the only clock of a run, the producers, the rate that one producer can
keep up, and pacers with an injected fault for the self-test.
Not here: the queue that items are put into (`line`).
Start reading at `pacer`.
"""
