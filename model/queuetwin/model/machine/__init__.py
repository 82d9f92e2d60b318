"""What a machine adds to each step, as the model sees it.

Here: sampled `overheads`, workers that share a processor or an interpreter lock, `stalls` in
which nothing moves, and what one run says of its own overheads (`measured`).
Not here: measuring a machine (`queuetwin.realrun.calibration`).
Start reading at `overheads`.
"""
